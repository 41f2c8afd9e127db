/// Rewrites a bound plan to one with the same output columns and rows that costs less.
///
/// Plans are at most `BindingBudget.planHeightMax` high, so rules may recurse.
enum Rewriter {
  static func optimise(_ plan: Plan) -> Plan {
    var plan = FilterPushDown.apply(plan)
    plan = ColumnPruning.apply(plan)
    return ProjectMerging.apply(plan)
  }
}

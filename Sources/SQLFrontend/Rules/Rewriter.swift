/// Rewrites a bound plan to one with the same output columns and rows that costs less.
///
/// Plans are at most `BindingBudget.planHeightMax` high, so rules may recurse.
enum Rewriter {
  static func optimise(_ plan: Plan) -> Plan {
    var plan = FilterPushDown.apply(plan)
    plan = ColumnPruning.apply(plan)
    return ProjectMerging.apply(plan)
  }

  /// As `optimise`, for a plan whose rows follow the clock.
  static func optimiseView(_ plan: Plan) -> Plan {
    var plan = ClockRules.apply(FilterPushDown.apply(plan))
    plan = ColumnPruning.apply(plan)
    return ProjectMerging.apply(plan)
  }
}

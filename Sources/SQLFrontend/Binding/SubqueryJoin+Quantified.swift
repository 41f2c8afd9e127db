import DataModel

/// `x > ALL (query)` and its kin, over the least and the greatest value of the query.
struct QuantifiedComparison {
  let function: ScalarFunction
  let isAll: Bool

  /// Nil for operators that are no comparisons.
  init?(_ written: BinaryOperator, isAll: Bool) {
    switch written {
    case .equal: function = .equal
    case .notEqual: function = .notEqual
    case .less: function = .less
    case .lessOrEqual: function = .lessOrEqual
    case .greater: function = .greater
    case .greaterOrEqual: function = .greaterOrEqual
    default: return nil
    }
    self.isAll = isAll
  }

  /// Whether the comparison holds for all values, or for one, when none is NULL.
  func test(
    _ value: ScalarExpression, least: ScalarExpression, greatest: ScalarExpression
  ) -> ScalarExpression {
    let compare = { (bound: ScalarExpression) in
      ScalarExpression(.call(self.function, [value, bound]), type: .boolean, nullable: true)
    }
    switch function {
    case .less, .lessOrEqual: return compare(isAll ? least : greatest)
    case .greater, .greaterOrEqual: return compare(isAll ? greatest : least)
    default:
      return ScalarExpression(
        .call(isAll ? .and : .or, [compare(least), compare(greatest)]), type: .boolean, nullable: true)
    }
  }
}

extension SubqueryJoin {
  /// Three-valued: NULL when what is known does not decide, and the operand or some value is NULL.
  mutating func addQuantified(
    _ body: CorrelatedPlan, _ inner: Plan, _ outer: [ScalarExpression], _ operand: ScalarExpression,
    _ comparison: QuantifiedComparison
  ) {
    let before = width
    let value = SubqueryJoin.reference(inner, 0)
    let groups = (body.width..<inner.output.count).map { SubqueryJoin.reference(inner, $0) }
    let calls = [
      AggregateCall(.countAll, argument: nil, distinct: false, type: .bigint, nullable: false),
      AggregateCall(.count, argument: value, distinct: false, type: .bigint, nullable: false),
      AggregateCall(.minimum, argument: value, distinct: false, type: value.type, nullable: true),
      AggregateCall(.maximum, argument: value, distinct: false, type: value.type, nullable: true),
    ]
    let grouped = Plan.aggregate(
      input: inner, groups: groups, calls: calls,
      output: (groups.map(\.type) + calls.map(\.type)).enumerated().map {
        PlanColumn(name: SQLIdentifier("RANGE$\($0.offset)"), type: $0.element, nullable: true)
      })
    join(grouped, CorrelatedPlan(body, width: 0).keys(outer))
    let results = (width - calls.count..<width).map { SubqueryJoin.reference(plan, $0) }
    let test = comparison.test(operand, least: results[2], greatest: results[3])
    finish(before, SubqueryJoin.decided(test, comparison.isAll, operand, results))
  }

  private static func decided(
    _ test: ScalarExpression, _ isAll: Bool, _ operand: ScalarExpression, _ results: [ScalarExpression]
  ) -> ScalarExpression {
    let boolean = { (function: ScalarFunction, sides: [ScalarExpression]) in
      ScalarExpression(.call(function, sides), type: .boolean, nullable: false)
    }
    let flag = { (value: Bool) in
      ScalarExpression(.literal(.boolean(value)), type: .boolean, nullable: false)
    }
    let zero = ScalarExpression(.literal(.int64(0)), type: .bigint, nullable: false)
    let total = ScalarExpression(.call(.coalesce, [results[0], zero]), type: .bigint, nullable: false)
    let isOpen = boolean(
      .or, [boolean(.isNull, [operand]), boolean(.less, [results[1], results[0]])])
    let unknown = ScalarExpression(.literal(.null), type: .boolean, nullable: true)
    let branches = [
      ConditionalBranch(condition: boolean(.equal, [total, zero]), result: flag(isAll)),
      ConditionalBranch(condition: boolean(isAll ? .isFalse : .isTrue, [test]), result: flag(!isAll)),
      ConditionalBranch(condition: isOpen, result: unknown),
    ]
    return ScalarExpression(
      .conditional(branches, otherwise: flag(isAll)), type: .boolean, nullable: true)
  }
}

import DataModel

/// Joins bound subqueries to the plan of the query around them.
struct SubqueryJoin {
  private(set) var plan: Plan

  init(_ plan: Plan) { self.plan = plan }

  var width: Int { plan.output.count }

  /// Adds the subquery's value as the last column. `outer` are the values that it depends on, and `operand`
  /// that of a membership, over the plan.
  mutating func add(_ subquery: BoundSubquery, outer: [ScalarExpression], operand: ScalarExpression?) {
    let body = subquery.body
    let inner = body.resolved(over: plan, outer)
    switch subquery.kind {
    case .scalar: addScalar(body, inner, outer)
    case .exists:
      let before = width
      let found = SubqueryJoin.marked(inner, columns: Array(body.width..<inner.output.count))
      join(found, CorrelatedPlan(body, width: 0).keys(outer))
      finish(before, SubqueryJoin.isPresent(width - 1))
    case .membership:
      guard let operand else { return }
      addMembership(body, inner, outer, operand)
    case .quantified(_, let comparison):
      guard let operand else { return }
      addQuantified(body, inner, outer, operand, comparison)
    }
  }

  /// Keeps the rows for which the subquery has (no) match.
  mutating func filter(
    _ subquery: BoundSubquery, outer: [ScalarExpression], operand: ScalarExpression?, negated: Bool
  ) {
    let inner = subquery.body.resolved(over: plan, outer)
    var keys = subquery.body.keys(outer)
    if let operand {
      let column = inner.output[0]
      keys.insert(
        JoinKey(
          left: operand, right: ScalarExpression(.column(0), type: column.type, nullable: column.nullable)),
        at: 0)
    }
    plan = .outerJoin(
      kind: negated ? .anti : .semi, left: plan, right: inner, keys: keys, residual: nil)
  }

  // MARK: Kinds

  private mutating func addScalar(_ body: CorrelatedPlan, _ inner: Plan, _ outer: [ScalarExpression]) {
    let before = width
    var single = inner
    if !body.isSingle { single = SubqueryJoin.checkedSingle(inner, body) }
    // Value first in both forms, then what it depends on.
    join(single, body.keys(outer))
    finish(before, ScalarExpression(.column(before), type: inner.output[0].type, nullable: true))
  }

  /// One row a group, or an error when the group has several.
  private static func checkedSingle(_ inner: Plan, _ body: CorrelatedPlan) -> Plan {
    let value = ScalarExpression(.column(0), type: inner.output[0].type, nullable: true)
    let groups = (body.width..<inner.output.count).map { reference(inner, $0) }
    let calls = [
      AggregateCall(.countAll, argument: nil, distinct: false, type: .bigint, nullable: false),
      AggregateCall(.minimum, argument: value, distinct: false, type: value.type, nullable: true),
    ]
    let grouped = Plan.aggregate(
      input: inner, groups: groups, calls: calls,
      output: (groups.map(\.type) + calls.map(\.type)).enumerated().map {
        PlanColumn(name: SQLIdentifier("SINGLE$\($0.offset)"), type: $0.element, nullable: true)
      })
    let count = reference(grouped, groups.count)
    let least = reference(grouped, groups.count + 1)
    let one = ScalarExpression(.literal(.int64(1)), type: .bigint, nullable: false)
    let text = "more than one row returned by a subquery used as an expression"
    let message = ScalarExpression(
      .literal(.text(text)), type: .varchar(length: nil), nullable: false)
    let failure = ScalarExpression(.call(.cast, [message]), type: .bigint, nullable: false)
    let isMany = ScalarExpression(.call(.greater, [count, one]), type: .boolean, nullable: false)
    let fails = ScalarExpression(.call(.equal, [failure, one]), type: .boolean, nullable: false)
    let error = ScalarExpression(
      .conditional([ConditionalBranch(condition: fails, result: least)], otherwise: nil), type: value.type,
      nullable: true)
    let checked = ScalarExpression(
      .conditional([ConditionalBranch(condition: isMany, result: error)], otherwise: least),
      type: value.type, nullable: true)
    let keys = groups.indices.map { reference(grouped, $0) }
    return .project(
      input: grouped, expressions: [checked] + keys,
      output: [inner.output[0]]
        + groups.indices.map {
          grouped.output[$0]
        })
  }

  /// Three-valued: NULL when there is no match, but the operand or some value is NULL.
  private mutating func addMembership(
    _ body: CorrelatedPlan, _ inner: Plan, _ outer: [ScalarExpression], _ operand: ScalarExpression
  ) {
    let before = width
    let value = SubqueryJoin.reference(inner, 0)
    let found = SubqueryJoin.marked(inner, columns: [0] + Array(body.width..<inner.output.count))
    let keys = [JoinKey(left: operand, right: value)] + CorrelatedPlan(body, width: 1).keys(outer)
    join(found, keys)
    let isFound = SubqueryJoin.isPresent(width - 1)
    guard operand.nullable || value.nullable else { return finish(before, isFound) }
    let groups = (body.width..<inner.output.count).map { SubqueryJoin.reference(inner, $0) }
    let counts = [
      AggregateCall(.countAll, argument: nil, distinct: false, type: .bigint, nullable: false),
      AggregateCall(.count, argument: value, distinct: false, type: .bigint, nullable: false),
    ]
    let grouped = Plan.aggregate(
      input: inner, groups: groups, calls: counts,
      output: (groups.map(\.type) + counts.map(\.type)).enumerated().map {
        PlanColumn(name: SQLIdentifier("COUNT$\($0.offset)"), type: $0.element, nullable: true)
      })
    join(grouped, CorrelatedPlan(body, width: 0).keys(outer))
    let all = SubqueryJoin.reference(plan, width - 2)
    let present = SubqueryJoin.reference(plan, width - 1)
    let zero = ScalarExpression(.literal(.int64(0)), type: .bigint, nullable: false)
    let none = ScalarExpression(.literal(.null), type: .boolean, nullable: true)
    let total = ScalarExpression(.call(.coalesce, [all, zero]), type: .bigint, nullable: false)
    let boolean = { (function: ScalarFunction, sides: [ScalarExpression]) in
      ScalarExpression(.call(function, sides), type: .boolean, nullable: false)
    }
    let flag = { (value: Bool) in
      ScalarExpression(.literal(.boolean(value)), type: .boolean, nullable: false)
    }
    let branches = [
      ConditionalBranch(condition: boolean(.equal, [total, zero]), result: flag(false)),
      ConditionalBranch(condition: isFound, result: flag(true)),
      ConditionalBranch(
        condition: boolean(.or, [boolean(.isNull, [operand]), boolean(.less, [present, all])]), result: none),
    ]
    finish(
      before,
      ScalarExpression(.conditional(branches, otherwise: flag(false)), type: .boolean, nullable: true))
  }

  // MARK: Parts

  static func reference(_ plan: Plan, _ index: Int) -> ScalarExpression {
    let column = plan.output[index]
    return ScalarExpression(.column(index), type: column.type, nullable: column.nullable)
  }

  private static func isPresent(_ column: Int) -> ScalarExpression {
    let marker = ScalarExpression(.column(column), type: .boolean, nullable: true)
    return ScalarExpression(.call(.isNotNull, [marker]), type: .boolean, nullable: false)
  }

  /// The distinct values of some columns, and TRUE behind them.
  private static func marked(_ plan: Plan, columns: [Int]) -> Plan {
    let mark = ScalarExpression(.literal(.boolean(true)), type: .boolean, nullable: false)
    let output = columns.map { plan.output[$0] }
    return .distinct(
      input: .project(
        input: plan, expressions: columns.map { reference(plan, $0) } + [mark],
        output: output + [PlanColumn(name: SQLIdentifier("MARK$"), type: .boolean, nullable: false)]))
  }

  mutating func join(_ right: Plan, _ keys: [JoinKey]) {
    plan = .outerJoin(kind: .left, left: plan, right: right, keys: keys, residual: nil)
  }

  /// Leaves the columns from before, and the value.
  mutating func finish(_ before: Int, _ value: ScalarExpression) {
    let kept = Array(plan.output.prefix(before))
    plan = .project(
      input: plan, expressions: Plan.identity(kept) + [value],
      output: kept + [
        PlanColumn(name: SQLIdentifier("SUBQUERY$"), type: value.type, nullable: value.nullable)
      ])
  }
}

extension CorrelatedPlan {
  /// The same dependence behind another number of columns.
  init(_ other: CorrelatedPlan, width: Int) {
    self.init(
      plan: other.plan, width: width, outer: other.outer, relation: other.relation, isSingle: other.isSingle)
  }
}

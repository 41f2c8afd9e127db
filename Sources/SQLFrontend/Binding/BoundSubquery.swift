import DataModel

/// A subquery inside an expression, bound but not yet joined to the query around it.
struct BoundSubquery {
  enum Kind {
    case scalar
    case exists
    /// Membership of the operand in the first column.
    case membership(ScalarExpression)
    /// Comparison of the operand with all values of the first column, or with any.
    case quantified(ScalarExpression, QuantifiedComparison)
  }

  let kind: Kind
  let body: CorrelatedPlan
  let type: ColumnType
  let nullable: Bool
  let range: TextRange

  /// What is compared with the rows of the query.
  var operand: ScalarExpression? {
    switch kind {
    case .membership(let operand), .quantified(let operand, _): operand
    case .scalar, .exists: nil
    }
  }
}

/// A plan whose output is `width` columns, then the columns of the query around that it depends on.
struct CorrelatedPlan {
  let plan: Plan
  let width: Int
  /// Positions, in the scope around, of what the plan depends on, and the relation that stands for them.
  let outer: [Int]
  let relation: SQLIdentifier
  /// At most one row for each row around, whatever the tables hold.
  let isSingle: Bool

  var columns: [PlanColumn] { Array(plan.output.prefix(width)) }

  /// The plan over the distinct values that it depends on; `values` are over `around`.
  func resolved(over around: Plan, _ values: [ScalarExpression]) -> Plan {
    guard !outer.isEmpty else { return plan }
    let output = values.enumerated().map { index, value in
      PlanColumn(name: SQLIdentifier("OUTER$\(index)"), type: value.type, nullable: value.nullable)
    }
    let domain = Plan.distinct(input: .project(input: around, expressions: values, output: output))
    return replacing(plan, by: domain)
  }

  private func replacing(_ plan: Plan, by domain: Plan) -> Plan {
    if case .scan(relation, _) = plan { return domain }
    return plan.replacingInputs { replacing($0, by: domain) }
  }

  /// Equality of the values around and the plan's last columns; NULL equals NULL.
  func keys(_ values: [ScalarExpression]) -> [JoinKey] {
    values.enumerated().flatMap { index, value in
      let column = ScalarExpression(.column(width + index), type: value.type, nullable: value.nullable)
      return CorrelatedPlan.nullSafe(value, column)
    }
  }

  static func nullSafe(_ left: ScalarExpression, _ right: ScalarExpression) -> [JoinKey] {
    guard left.nullable || right.nullable else { return [JoinKey(left: left, right: right)] }
    let zero: Value =
      switch left.type.physical {
      case .int64: .int64(0)
      case .float64: .float64(0)
      case .int128: .int128(0)
      case .bytes: .bytes([])
      }
    let absent = { (side: ScalarExpression) in
      ScalarExpression(.call(.isNull, [side]), type: .boolean, nullable: false)
    }
    let present = { (side: ScalarExpression) in
      let other = ScalarExpression(.literal(zero), type: side.type, nullable: false)
      return ScalarExpression(.call(.coalesce, [side, other]), type: side.type, nullable: false)
    }
    return [
      JoinKey(left: absent(left), right: absent(right)), JoinKey(left: present(left), right: present(right)),
    ]
  }
}

extension QueryBinder {
  /// Subqueries inside each other at most; each is bound twice.
  private static let subqueryDepthMax = 8

  /// Binds a subquery whose free names mean columns of the scope: first to learn which, then over those.
  func correlated(_ query: SyntaxQuery, in scope: Scope) throws(SQLFault) -> CorrelatedPlan {
    guard depth < QueryBinder.subqueryDepthMax else {
      throw SQLFault(
        .compilation, "Subqueries are nested more than \(QueryBinder.subqueryDepthMax) levels deep",
        at: query.range)
    }
    var inner = self
    inner.allowsOrder = false
    inner.depth = depth + 1
    let relation = SQLIdentifier("outer \(depth)", caseSensitive: true)
    let around = scope.columns.map { column in
      var column = column
      column.level += 1
      return column
    }
    let all = OuterColumns(around, relation: relation)
    inner.outer = all
    if !around.isEmpty { _ = try inner.bindScoped(query) }
    let used = all.used.sorted()
    for index in used { scope.use(index) }
    inner.outer = used.isEmpty ? nil : OuterColumns(used.map { around[$0] }, relation: relation)
    let bound = try inner.bindScoped(query)
    try context.budget.use(bound.plan, at: query.range)
    return CorrelatedPlan(
      plan: bound.plan, width: bound.visibleColumns, outer: used, relation: relation,
      isSingle: bound.isSingle)
  }
}

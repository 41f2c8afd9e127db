import DataModel

/// Subqueries as values.
extension ExpressionBinder {
  mutating func subquery(_ expression: SyntaxExpression) throws(SQLFault) -> ScalarExpression {
    guard let bound = try boundSubquery(expression) else { throw ExpressionBinder.refusal(expression) }
    let value = attach(bound)
    if case .inQuery(_, _, true) = expression.kind { return negate(value, when: true) }
    return value
  }

  private mutating func attach(_ subquery: BoundSubquery) -> ScalarExpression {
    guard var all = attachments else {
      return ScalarExpression(.literal(.null), type: .null, nullable: true)
    }
    defer { attachments = all }
    return all.column(of: subquery)
  }

  /// Nil for other expressions; NOT of a membership is the caller's.
  mutating func boundSubquery(_ expression: SyntaxExpression) throws(SQLFault) -> BoundSubquery? {
    guard let query = subqueryBinder, attachments != nil, !insideAggregate else {
      throw .unimplemented("subquery in \(insideAggregate ? "an aggregate" : clause)", at: expression.range)
    }
    let range = expression.range
    switch expression.kind {
    case .exists(let inner):
      let body = try query.correlated(inner, in: scope)
      return BoundSubquery(kind: .exists, body: body, type: .boolean, nullable: false, range: range)
    case .scalarQuery(let inner):
      let body = try query.correlated(inner, in: scope)
      guard body.width == 1 else {
        throw .validation("Cannot apply '$SCALAR_QUERY' to arguments with several columns", at: range)
      }
      return BoundSubquery(
        kind: .scalar, body: body, type: body.columns[0].type, nullable: true, range: range)
    case .inQuery(let operand, let inner, _): return try membership(operand, inner, query, at: range)
    default: return nil
    }
  }

  private mutating func membership(
    _ operand: SyntaxExpression, _ inner: SyntaxQuery, _ query: QueryBinder, at range: TextRange
  ) throws(SQLFault) -> BoundSubquery {
    if case .row = operand.kind { throw .unimplemented("ROW expression", at: operand.range) }
    let value = try bind(operand)
    let body = try query.correlated(inner, in: scope)
    guard body.width == 1, let type = Coercion.comparisonType(value.type, body.columns[0].type) else {
      throw .validation("Values passed to IN operator must have compatible types", at: range)
    }
    let wanted = type == .null ? ColumnType.integer : type
    var expressions = Plan.identity(body.plan.output)
    expressions[0] = Coercion.widen(expressions[0], to: wanted)
    var output = body.plan.output
    output[0] = PlanColumn(name: output[0].name, type: expressions[0].type, nullable: expressions[0].nullable)
    let typed = CorrelatedPlan(
      plan: .project(input: body.plan, expressions: expressions, output: output), width: 1, outer: body.outer,
      relation: body.relation, isSingle: body.isSingle)
    let left = Coercion.widen(value, to: wanted)
    return BoundSubquery(
      kind: .membership(left), body: typed, type: .boolean,
      nullable: left.nullable || output[0].nullable, range: range)
  }
}

import DataModel

/// Subqueries as values.
extension ExpressionBinder {
  mutating func subquery(_ expression: SyntaxExpression) throws(SQLFault) -> ScalarExpression {
    guard let bound = try boundSubquery(expression) else { throw ExpressionBinder.refusal(expression) }
    if case .inQuery(let operand, _, _) = expression.kind, case .row = operand.kind, bound.nullable {
      throw .unimplemented("[NOT] IN of rows with NULLs as a value", at: expression.range)
    }
    let value = attach(bound)
    if case .inQuery(_, _, true) = expression.kind { return negate(value, when: true) }
    return value
  }

  mutating func attach(_ subquery: BoundSubquery) -> ScalarExpression {
    guard var all = attachments else {
      return ScalarExpression(.literal(.null), type: .null, nullable: true)
    }
    defer { attachments = all }
    return insideAggregate ? all.inputColumn(of: subquery) : all.column(of: subquery)
  }

  /// Nil for other expressions; NOT of a membership is the caller's.
  mutating func boundSubquery(_ expression: SyntaxExpression) throws(SQLFault) -> BoundSubquery? {
    guard let query = subqueryBinder, attachments != nil else {
      throw .unimplemented("subquery in \(clause)", at: expression.range)
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
    if case .row(let items) = operand.kind { return try rowMembership(items, inner, query, at: range) }
    let (left, typed) = try comparable(operand, inner, query, "IN", at: range)
    return BoundSubquery(
      kind: .membership(left), body: typed, type: .boolean,
      nullable: left.nullable || typed.columns[0].nullable, range: range)
  }
}

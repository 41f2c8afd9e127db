import DataModel

/// LATENESS and WATERMARK of columns: how far changes may lie behind the greatest value seen.
struct LatenessBinder {
  let context: BindingContext

  /// The value below which changes are late, over the greatest value seen as column 0.
  func waterline(
    _ amount: SyntaxExpression, of column: PlanColumn, at place: Name, _ title: String
  ) throws(SQLFault) -> ScalarExpression {
    let type = column.type
    guard type == .timestamp || type == .date || (type.isInteger && type.physical == .int64) else {
      throw .unimplemented("\(title) of a column of type \(type.description)", at: place.range)
    }
    var constant = ExpressionBinder(scope: Scope([]), context: context, clause: "\(title) expression")
    let length = try constant.bind(amount)
    let value = ScalarExpression(.column(0), type: type, nullable: false)
    let bound: ScalarExpression
    if case .interval = length.type,
      let moved = try constant.intervalArithmetic(.subtract, value, length, at: amount.range)
    {
      bound = moved
    } else if type.isInteger, length.type.isInteger {
      bound = ScalarExpression(
        .call(.subtract, [Coercion.cast(value, to: .bigint), Coercion.cast(length, to: .bigint)]),
        type: .bigint,
        nullable: length.nullable)
    } else {
      throw SQLFault(
        .compilation,
        "\(title) of type \(length.type.description) cannot be subtracted from \(type.description)",
        at: amount.range)
    }
    // DATE minus hours is none of its kind.
    guard bound.type == type || type.isInteger else {
      throw SQLFault(
        .compilation,
        "\(title) of type \(length.type.description) cannot be subtracted from \(type.description)",
        at: amount.range)
    }
    return bound
  }
}

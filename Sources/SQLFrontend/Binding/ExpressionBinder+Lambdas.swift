import DataModel

/// TRANSFORM(array, x -> …) and ARRAY_EXISTS(array, x -> …).
///
/// The call's arguments are the array, the columns that the body reads, and the body. In the body the element
/// is `lambdaParameter(0)` and what it reads are those behind, so that it has no column: rules that move
/// columns find them as arguments.
extension ExpressionBinder {
  private static let lambdaFunctions: [String: ScalarFunction] = [
    "TRANSFORM": .transform, "ARRAY_EXISTS": .arrayExists, "EXISTS": .arrayExists,
  ]

  /// Nil for other functions.
  mutating func lambdaCall(
    _ name: String, _ call: SyntaxCall, at range: TextRange
  ) throws(SQLFault) -> ScalarExpression? {
    guard let function = ExpressionBinder.lambdaFunctions[name] else { return nil }
    guard call.arguments.count == 2 else { throw wrongCount(name, 2, at: range) }
    guard case .lambda(let parameters, let written) = call.arguments[1].kind, parameters.count == 1 else {
      throw .validation(
        "Second argument of \(name) must be a lambda with one parameter", at: call.arguments[1].range)
    }
    let array = try bind(call.arguments[0])
    guard case .array(let element) = array.type else { throw wrongTypes(name, [array], at: range) }
    let own = PlaceholderColumn.parameters + lambdaDepth
    let parameter = ScalarExpression(
      .column(own), type: element == .null ? .integer : element, nullable: true)
    var body = try lambdaBody(written, parameters[0], parameter)
    if function == .arrayExists {
      guard body.type == .boolean || body.type == .null else {
        throw wrongTypes(name, [array, body], at: range)
      }
      body = Coercion.cast(body, to: .boolean)
    } else if body.type == .null {
      body = Coercion.cast(body, to: .integer)
    }
    let type = function == .arrayExists ? ColumnType.boolean : .array(body.type)
    guard ExpressionBinder.depth(type) <= ExpressionBinder.depthMax else {
      throw .validation(ExpressionBinder.tooDeep, at: range)
    }
    let (captured, closed) = ExpressionBinder.closed(body, over: own)
    return ScalarExpression(
      .call(function, [array] + captured + [closed]), type: type,
      nullable: array.nullable || (function == .arrayExists && body.nullable))
  }

  /// The body sees its parameter before columns of that name. Aggregates, windows and subqueries belong to
  /// the query, not to an element.
  private mutating func lambdaBody(
    _ written: SyntaxExpression, _ name: Name, _ parameter: ScalarExpression
  ) throws(SQLFault) -> ScalarExpression {
    let around = (lambdas, aggregates, attachments, lambdaDepth)
    lambdas[name.identifier] = parameter
    (aggregates, attachments) = (nil, nil)
    lambdaDepth += 1
    defer { (lambdas, aggregates, attachments, lambdaDepth) = around }
    return try bind(written)
  }

  /// What a name means inside of lambdas; nil for other names.
  func lambdaParameter(_ parts: [Name]) throws(SQLFault) -> ScalarExpression? {
    guard let first = parts.first, var value = lambdas[first.identifier] else { return nil }
    for part in parts.dropFirst() { value = try field(value, part) }
    return value
  }

  private static func closed(
    _ body: ScalarExpression, over own: Int
  ) -> ([ScalarExpression], ScalarExpression) {
    var captured: [ScalarExpression] = []
    func replace(_ expression: ScalarExpression) -> ScalarExpression {
      guard case .column(let index) = expression.node else { return expression.mapChildren(replace) }
      var position = 0
      if index != own {
        let known = captured.firstIndex(of: expression) ?? captured.count
        if known == captured.count { captured.append(expression) }
        position = known + 1
      }
      let number = ScalarExpression(.literal(.int64(Int64(position))), type: .integer, nullable: false)
      return ScalarExpression(
        .call(.lambdaParameter, [number]), type: expression.type, nullable: expression.nullable)
    }
    let closed = replace(body)
    return (captured, closed)
  }
}

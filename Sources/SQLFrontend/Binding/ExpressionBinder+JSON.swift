import DataModel

/// The JSON functions of ad-hoc queries in the reference: `json_get(json, key, …)` and its kin, over texts of
/// JSON and VARIANT. Keys are names of objects, or positions in arrays from 0.
extension ExpressionBinder {
  static let jsonFunctions: [String: ColumnType] = [
    "JSON_GET": .variant, "JSON_GET_STR": .varchar(length: nil), "JSON_GET_INT": .bigint,
    "JSON_GET_FLOAT": .double, "JSON_GET_BOOL": .boolean, "JSON_AS_TEXT": .varchar(length: nil),
    "JSON_CONTAINS": .boolean,
  ]

  /// Nil for other functions.
  func jsonFunction(_ call: BoundCall) throws(SQLFault) -> ScalarExpression? {
    guard let type = ExpressionBinder.jsonFunctions[call.name] else { return nil }
    guard call.arguments.count >= 2 else { throw wrongCount(call.name, 2, at: call.range) }
    var value = call.arguments[0]
    if value.type.isString || value.type == .null {
      let text = Coercion.cast(value, to: .varchar(length: nil))
      value = ScalarExpression(.call(.parseJSON, [text]), type: .variant, nullable: true)
    }
    guard value.type == .variant else { throw wrongTypes(call) }
    for key in call.arguments.dropFirst() { value = try part(value, key, call) }
    let isText = ScalarExpression(
      .call(
        .equal,
        [
          ScalarExpression(.call(.typeOf, [value]), type: .varchar(length: nil), nullable: true),
          ScalarExpression(.literal(.text("VARCHAR")), type: .varchar(length: nil), nullable: false),
        ]), type: .boolean, nullable: true)
    switch call.name {
    case "JSON_GET": return value
    case "JSON_CONTAINS":
      return ScalarExpression(.call(.isNotNull, [value]), type: .boolean, nullable: false)
    case "JSON_GET_STR", "JSON_AS_TEXT":
      let json = ScalarExpression(.call(.toJSON, [value]), type: type, nullable: true)
      return ScalarExpression(
        .conditional(
          [ConditionalBranch(condition: isText, result: Coercion.cast(value, to: type))],
          otherwise: call.name == "JSON_AS_TEXT" ? json : nil), type: type, nullable: true)
    default:
      // A text is no number, whatever it looks like.
      let isOther = ScalarExpression(.call(.isNotTrue, [isText]), type: .boolean, nullable: false)
      return ScalarExpression(
        .conditional(
          [ConditionalBranch(condition: isOther, result: Coercion.cast(value, to: type))], otherwise: nil),
        type: type, nullable: true)
    }
  }

  private func part(
    _ value: ScalarExpression, _ key: ScalarExpression, _ call: BoundCall
  ) throws(SQLFault) -> ScalarExpression {
    if key.type.isString || key.type == .null {
      let name = Coercion.cast(key, to: .varchar(length: nil))
      return ScalarExpression(.call(.variantItem, [value, name]), type: .variant, nullable: true)
    }
    guard let position = ExpressionBinder.convert(key, for: .bigint) else { throw wrongTypes(call) }
    let one = ScalarExpression(.literal(.int64(1)), type: .bigint, nullable: false)
    let fromOne = ScalarExpression(.call(.add, [position, one]), type: .bigint, nullable: position.nullable)
    return ScalarExpression(.call(.variantItem, [value, fromOne]), type: .variant, nullable: true)
  }
}

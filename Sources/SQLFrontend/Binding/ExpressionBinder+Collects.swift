import DataModel

/// Aggregates over all values of a group.
extension ExpressionBinder {
  private static let collecting: [String: CollectCall.Function] = [
    "ARRAY_AGG": .array, "LISTAGG": .array, "STRING_AGG": .array, "BIT_AND": .bitAnd, "BIT_OR": .bitOr,
    "BIT_XOR": .bitXor, "MODE": .mode,
  ]

  /// Nil for other functions.
  mutating func collectAggregate(
    _ name: String, _ call: SyntaxCall, at range: TextRange
  ) throws(SQLFault) -> ScalarExpression? {
    guard let function = ExpressionBinder.collecting[name] else { return nil }
    guard aggregates != nil, attachments?.allowsWindows == true else {
      throw .validation("Aggregate expression is illegal in \(clause)", at: range)
    }
    guard !insideAggregate else { throw .validation("Aggregate expressions cannot be nested", at: range) }
    let isText = name == "LISTAGG" || name == "STRING_AGG"
    guard call.arguments.count == 1 || isText && call.arguments.count == 2 else {
      throw wrongCount(name, name == "STRING_AGG" ? 2 : 1, at: range)
    }
    let isArray = function == .array
    if !isArray {
      if call.withinGroup != nil { throw .unimplemented("WITHIN GROUP of \(name)", at: range) }
      if !call.order.isEmpty { throw .unimplemented("ORDER BY in \(name)", at: range) }
      if call.respectNulls != nil { throw .unimplemented("NULL treatment of \(name)", at: range) }
    }
    insideAggregate = true
    defer { insideAggregate = false }
    var argument = try bind(call.arguments[0])
    if argument.type == .null { argument = Coercion.cast(argument, to: .integer) }
    if isText { argument = Coercion.cast(argument, to: .varchar(length: nil)) }
    try checkCollected(function, name, argument, at: range)
    let skipsNulls = isText || call.respectNulls == false
    let filter = try collectFilter(call, skipsNulls ? argument : nil)
    let order = try collectOrder(call.withinGroup ?? call.order)
    let type = isArray ? ColumnType.array(argument.type) : argument.type
    let collected = CollectCall(
      function, argument: argument, filter: filter, distinct: call.distinct, type: type)
    let column = attach(Attachments.Collect(order: order, call: collected))
    return isText ? try joined(column, call, name) : column
  }

  private mutating func attach(_ collect: Attachments.Collect) -> ScalarExpression {
    guard var all = attachments else { return collect.call.argument }
    defer { attachments = all }
    return all.column(of: collect)
  }

  private func checkCollected(
    _ function: CollectCall.Function, _ name: String, _ argument: ScalarExpression, at range: TextRange
  ) throws(SQLFault) {
    switch function {
    case .bitAnd, .bitOr, .bitXor:
      guard argument.type.isInteger || argument.type.isBinary else {
        throw wrongTypes(name, [argument], at: range)
      }
    default:
      guard ExpressionBinder.depth(argument.type) < ExpressionBinder.depthMax else {
        throw .validation(ExpressionBinder.tooDeep, at: range)
      }
    }
  }

  /// The FILTER, and that the value is not NULL.
  private mutating func collectFilter(
    _ call: SyntaxCall, _ present: ScalarExpression?
  ) throws(SQLFault) -> ScalarExpression? {
    var conditions: [ScalarExpression] = []
    if let filter = call.filter { conditions.append(try condition(filter, of: "FILTER clause")) }
    if let present, present.nullable {
      conditions.append(ScalarExpression(.call(.isNotNull, [present]), type: .boolean, nullable: false))
    }
    return ScalarExpression.conjunction(conditions)
  }

  private mutating func collectOrder(_ items: [SyntaxOrderItem]) throws(SQLFault) -> [OrderKey] {
    var result: [OrderKey] = []
    for item in items {
      let key = try bind(item.expression)
      result.append(
        OrderKey(
          key.type == .null ? Coercion.cast(key, to: .integer) : key, descending: item.descending,
          nullsFirst: item.nullsFirst ?? item.descending))
    }
    return result
  }

  /// The texts with the separator between them; NULL without any.
  private mutating func joined(
    _ array: ScalarExpression, _ call: SyntaxCall, _ name: String
  ) throws(SQLFault) -> ScalarExpression {
    var separator = ScalarExpression(
      .literal(.text(name == "LISTAGG" ? "," : "")), type: .varchar(length: nil), nullable: false)
    if call.arguments.count > 1 {
      let written = call.arguments[1]
      separator = try bind(written)
      guard separator.type.isString, separator.columns.isEmpty else {
        throw .validation("The separator of \(name) must be a constant string", at: written.range)
      }
      separator = Coercion.cast(separator, to: .varchar(length: nil))
    }
    let text = ScalarExpression(
      .call(.arrayJoin, [array, separator]), type: .varchar(length: nil), nullable: true)
    let zero = ScalarExpression(.literal(.int64(0)), type: .bigint, nullable: false)
    let count = ScalarExpression(.call(.cardinality, [array]), type: .bigint, nullable: false)
    let isFilled = ScalarExpression(.call(.greater, [count, zero]), type: .boolean, nullable: false)
    return ScalarExpression(
      .conditional([ConditionalBranch(condition: isFilled, result: text)], otherwise: nil),
      type: text.type, nullable: true)
  }
}

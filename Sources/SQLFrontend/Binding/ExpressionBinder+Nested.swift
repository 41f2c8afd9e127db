import DataModel

/// ARRAY, MAP, ROW and VARIANT: constructors, access and functions.
extension ExpressionBinder {
  mutating func structured(_ expression: SyntaxExpression) throws(SQLFault) -> ScalarExpression {
    let range = expression.range
    switch expression.kind {
    case .interval(let amount, let units): return try interval(amount, units, at: range)
    case .array(let items): return try array(items.count, bindAll(items), at: range)
    case .map(let items): return try map(bindAll(items), at: range)
    case .row(let items): return ExpressionBinder.row(try bindAll(items))
    case .subscripted(let operand, let index): return try subscripted(operand, index, at: range)
    case .field(let operand, let name): return try field(bind(operand), name)
    default: throw .unimplemented("expression", at: range)
    }
  }

  private mutating func bindAll(_ items: [SyntaxExpression]) throws(SQLFault) -> [ScalarExpression] {
    var bound: [ScalarExpression] = []
    for item in items { bound.append(try bind(item)) }
    return bound
  }

  // MARK: Constructors

  private func array(_ count: Int, _ items: [ScalarExpression], at range: TextRange) throws(SQLFault)
    -> ScalarExpression
  {
    guard let common = Coercion.common(items.map(\.type)) else {
      throw .validation("Parameters must be of the same type", at: range)
    }
    return ScalarExpression(
      .call(.makeArray, items.map { ExpressionBinder.item($0, as: common) }), type: .array(common),
      nullable: false)
  }

  /// The value exactly in the layout of the type: items carry no type of their own.
  static func item(_ value: ScalarExpression, as type: ColumnType) -> ScalarExpression {
    if value.type.isString, type.isString { return value }
    return Coercion.cast(value, to: type)
  }

  private func map(_ items: [ScalarExpression], at range: TextRange) throws(SQLFault) -> ScalarExpression {
    guard items.count % 2 == 0 else { throw .validation("Map requires an even number of arguments", at: range) }
    let keys = stride(from: 0, to: items.count, by: 2).map { items[$0] }
    let values = stride(from: 1, to: items.count, by: 2).map { items[$0] }
    guard let key = Coercion.common(keys.map(\.type)), let value = Coercion.common(values.map(\.type)) else {
      throw .validation("Parameters must be of the same type", at: range)
    }
    var arguments: [ScalarExpression] = []
    for (a, b) in zip(keys, values) {
      arguments += [ExpressionBinder.item(a, as: key), ExpressionBinder.item(b, as: value)]
    }
    return ScalarExpression(.call(.makeMap, arguments), type: .map(key: key, value: value), nullable: false)
  }

  static func row(_ items: [ScalarExpression]) -> ScalarExpression {
    let fields = items.enumerated().map { index, item in
      RowField(name: SQLIdentifier("EXPR$\(index)"), type: item.type, nullable: item.nullable)
    }
    return ScalarExpression(.call(.makeRow, items), type: .row(fields), nullable: false)
  }

  /// `type(value, …)` of a type that CREATE TYPE made.
  mutating func construct(
    _ type: ColumnType, _ call: SyntaxCall, at range: TextRange
  ) throws(SQLFault) -> ScalarExpression {
    let name = call.name.identifier.spelled
    guard case .row(let fields) = type else { throw .validation("Type '\(name)' has no constructor", at: range) }
    let bound = try bound(call, fields.count, name, at: range)
    var arguments: [ScalarExpression] = []
    for (value, field) in zip(bound, fields) {
      guard Coercion.castable(value.type, field.type) else { throw wrongTypes(name, bound, at: range) }
      arguments.append(Coercion.cast(value, to: field.type))
    }
    return ScalarExpression(.call(.makeRow, arguments), type: type, nullable: false)
  }

  // MARK: Access

  func field(_ value: ScalarExpression, _ name: Name) throws(SQLFault) -> ScalarExpression {
    switch value.type {
    case .variant:
      let key = ScalarExpression(
        .literal(.text(name.identifier.canonical)), type: .varchar(length: nil), nullable: false)
      return ScalarExpression(.call(.variantItem, [value, key]), type: .variant, nullable: true)
    case .row(let fields):
      guard let index = fields.firstIndex(where: { $0.name == name.identifier }) else {
        throw .validation("Unknown field '\(name.identifier)'", at: name.range)
      }
      let position = ScalarExpression(.literal(.int64(Int64(index))), type: .integer, nullable: false)
      return ScalarExpression(
        .call(.field, [position, value]), type: fields[index].type,
        nullable: value.nullable || fields[index].nullable)
    default:
      throw .validation("Incompatible types: \(value.type.description) has no fields", at: name.range)
    }
  }

  private mutating func subscripted(
    _ operand: SyntaxExpression, _ index: SyntaxExpression, at range: TextRange
  ) throws(SQLFault) -> ScalarExpression {
    let value = try bind(operand)
    var base: ScalarFunction = .item
    var written = index
    if case .call(let call) = index.kind, call.arguments.count == 1 {
      switch call.name.identifier.spelled.uppercased() {
      case "SAFE_OFFSET": (base, written) = (.itemFromZero, call.arguments[0])
      case "SAFE_ORDINAL", "ORDINAL": written = call.arguments[0]
      default: break
      }
    }
    let key = try bind(written)
    let shape = "\(ExpressionBinder.shown(value))[\(ExpressionBinder.shown(key))]"
    switch value.type {
    case .array(let element):
      guard let position = ExpressionBinder.convert(key, for: .bigint) else {
        throw cannotApply("ITEM", shape, at: range)
      }
      return ScalarExpression(.call(base, [value, position]), type: element, nullable: true)
    case .map(let keyType, let element):
      guard Coercion.common(key.type, keyType) != nil else { throw cannotApply("ITEM", shape, at: range) }
      return ScalarExpression(
        .call(.mapItem, [value, ExpressionBinder.item(key, as: keyType)]), type: element, nullable: true)
    case .variant:
      return ScalarExpression(.call(.variantItem, [value, key]), type: .variant, nullable: true)
    case .row(let fields):
      guard case .literal(.int64(let number)) = key.node, fields.indices.contains(Int(clamping: number) - 1) else {
        throw cannotApply("ITEM", shape, at: range)
      }
      return try field(value, Name(identifier: fields[Int(number) - 1].name, range: range))
    default: throw cannotApply("ITEM", shape, at: range)
    }
  }
}

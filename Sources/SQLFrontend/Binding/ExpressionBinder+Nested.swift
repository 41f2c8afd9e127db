import DataModel

/// ARRAY, MAP, ROW and VARIANT: constructors, access and functions.
extension ExpressionBinder {
  /// Operands are bound first, so that what is built of them does not lie on the stack meanwhile.
  mutating func structured(_ expression: SyntaxExpression) throws(SQLFault) -> ScalarExpression {
    if case .interval(let amount, let units) = expression.kind {
      return try interval(amount, units, at: expression.range)
    }
    var bound: [ScalarExpression] = []
    for operand in ExpressionBinder.operands(expression.kind) { bound.append(try bind(operand)) }
    let built = try build(expression, bound)
    guard ExpressionBinder.depth(built.type) <= ExpressionBinder.depthMax else {
      throw .validation(
        ExpressionBinder.tooDeep, at: expression.range)
    }
    return built
  }

  /// Levels of ARRAY, MAP and ROW inside each other.
  static let depthMax = 32

  static let tooDeep =
    "Type is nested more than \(depthMax) levels deep, or has more than \(partsMax) parts"

  /// Parts of a type: those that name another one twice, which names another one twice, double each time.
  private static let partsMax = 16_384

  /// More than `depthMax` also for a type of more than `partsMax` parts.
  static func depth(_ type: ColumnType) -> Int {
    var left = partsMax
    let depth = depth(type, &left)
    return left > 0 ? depth : depthMax + 1
  }

  private static func depth(_ type: ColumnType, _ left: inout Int) -> Int {
    left -= 1
    switch type {
    case .array(let element): return 1 + depth(element, &left)
    case .map(let key, let value):
      let keyDepth = depth(key, &left)
      return 1 + max(keyDepth, depth(value, &left))
    case .row(let fields):
      var deepest = 0
      for field in fields where left > 0 { deepest = max(deepest, depth(field.type, &left)) }
      return 1 + deepest
    default: return 0
    }
  }

  private static func operands(_ kind: SyntaxExpressionKind) -> [SyntaxExpression] {
    switch kind {
    case .array(let items), .map(let items), .row(let items): return items
    case .field(let operand, _): return [operand]
    case .subscripted(let operand, let index):
      if case .call(let call) = index.kind, isOffset(call) { return [operand, call.arguments[0]] }
      return [operand, index]
    default: return []
    }
  }

  /// `SAFE_OFFSET(i)` and its kin as an index.
  private static func isOffset(_ call: SyntaxCall) -> Bool {
    ["SAFE_OFFSET", "SAFE_ORDINAL", "ORDINAL"].contains(call.name.identifier.spelled.uppercased())
      && call.arguments.count == 1
  }

  private func build(
    _ expression: SyntaxExpression, _ bound: [ScalarExpression]
  ) throws(SQLFault) -> ScalarExpression {
    switch expression.kind {
    case .array: return try array(bound, at: expression.range)
    case .map: return try map(bound, at: expression.range)
    case .row: return ExpressionBinder.row(bound)
    case .field(_, let name): return try field(bound[0], name)
    case .subscripted(_, let index):
      var function = ScalarFunction.item
      if case .call(let call) = index.kind, ExpressionBinder.isOffset(call),
        call.name.identifier.spelled.uppercased() == "SAFE_OFFSET"
      {
        function = .itemFromZero
      }
      return try subscripted(bound[0], bound[1], function, at: expression.range)
    default: throw .unimplemented("expression", at: expression.range)
    }
  }

  // MARK: Constructors

  private func array(_ items: [ScalarExpression], at range: TextRange) throws(SQLFault) -> ScalarExpression {
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
    guard items.count % 2 == 0 else {
      throw .validation("Map requires an even number of arguments", at: range)
    }
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
  func construct(_ type: ColumnType, _ call: BoundCall) throws(SQLFault) -> ScalarExpression {
    let name = call.name
    guard case .row(let fields) = type else {
      throw .validation("Type '\(name)' has no constructor", at: call.range)
    }
    let bound = try checked(call, fields.count)
    var arguments: [ScalarExpression] = []
    for (value, field) in zip(bound, fields) {
      guard Coercion.castable(value.type, field.type) else { throw wrongTypes(call) }
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

  private func subscripted(
    _ value: ScalarExpression, _ key: ScalarExpression, _ base: ScalarFunction, at range: TextRange
  ) throws(SQLFault) -> ScalarExpression {
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
      guard case .literal(.int64(let number)) = key.node, fields.indices.contains(Int(clamping: number) - 1)
      else {
        throw cannotApply("ITEM", shape, at: range)
      }
      return try field(value, Name(identifier: fields[Int(number) - 1].name, range: range))
    default: throw cannotApply("ITEM", shape, at: range)
    }
  }
}

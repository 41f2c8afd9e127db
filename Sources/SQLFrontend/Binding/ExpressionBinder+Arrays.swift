import DataModel

/// Functions of arrays, maps and VARIANT.
extension ExpressionBinder {
  /// A call of such a function; nil when the name is none of theirs.
  func nestedSpecial(_ call: BoundCall) throws(SQLFault) -> ScalarExpression? {
    switch call.name {
    case "SPLIT", "STRING_TO_ARRAY", "REGEXP_EXTRACT_ALL", "REGEXP_SPLIT":
      return try splitting(call)
    case "SEQUENCE":
      let bound = try checked(call, 2)
      guard
        let signature = ExpressionBinder.apply(
          FunctionSignature(.sequence, [.bigint, .bigint], .fixed(.array(.bigint))), bound)
      else { throw wrongTypes(call) }
      return signature
    case "VARIANTNULL":
      guard call.arguments.isEmpty else { throw wrongCount(call.name, 0, at: call.range) }
      return ScalarExpression(.literal(.bytes(VariantCodec.null)), type: .variant, nullable: false)
    case "TO_JSON":
      let bound = try checked(call, 1)
      let value = bound[0].type == .null ? Coercion.cast(bound[0], to: .variant) : bound[0]
      return ScalarExpression(.call(.toJSON, [value]), type: .varchar(length: nil), nullable: value.nullable)
    case "ARRAY_REPEAT":
      let bound = try checked(call, 2)
      guard let count = ExpressionBinder.convert(bound[1], for: .bigint) else {
        throw wrongTypes(call)
      }
      return ScalarExpression(
        .call(.arrayRepeat, [bound[0], count]), type: .array(bound[0].type), nullable: count.nullable)
    case "MAP_KEYS", "MAP_VALUES", "MAP_CONTAINS_KEY", "MAP_CONCAT", "MAP_FROM_ARRAYS":
      return try mapFunction(call)
    default:
      if let json = try jsonFunction(call) { return json }
      return try arrayFunction(call)
    }
  }

  private func splitting(_ call: BoundCall) throws(SQLFault) -> ScalarExpression {
    var bound = call.arguments
    if call.name == "SPLIT", bound.count == 1 {
      bound.append(ScalarExpression(.literal(.text(",")), type: .char(length: 1), nullable: false))
    }
    guard bound.count == 2 else { throw wrongCount(call.name, 2, at: call.range) }
    let function: ScalarFunction =
      call.name == "REGEXP_EXTRACT_ALL" ? .regexAll : call.name == "REGEXP_SPLIT" ? .regexSplit : .splitText
    let type = ColumnType.array(.varchar(length: nil))
    guard
      let result = ExpressionBinder.apply(
        FunctionSignature(function, [.string, .string], .fixed(type)), bound)
    else { throw wrongTypes(call) }
    return result
  }

  // MARK: Arrays

  /// What the function does with an array of these elements.
  private enum ArrayShape {
    case element
    case number(ColumnType)
    case same
  }

  private static let arrayFunctions: [String: (ScalarFunction, ArrayShape)] = [
    "CARDINALITY": (.cardinality, .number(.integer)), "ARRAY_LENGTH": (.cardinality, .number(.integer)),
    "ARRAY_SIZE": (.cardinality, .number(.integer)), "ELEMENT": (.singleElement, .element),
    "ARRAY_MAX": (.arrayMaximum, .element), "ARRAY_MIN": (.arrayMinimum, .element),
    "ARRAY_DISTINCT": (.arrayDistinct, .same), "ARRAY_COMPACT": (.arrayCompact, .same),
    "ARRAY_REVERSE": (.arrayReverse, .same), "SORT_ARRAY": (.arraySort, .same),
  ]

  private static let elementFunctions: [String: (ScalarFunction, ArrayShape)] = [
    "ARRAY_APPEND": (.arrayAppend, .same), "ARRAY_PREPEND": (.arrayPrepend, .same),
    "ARRAY_REMOVE": (.arrayRemove, .same), "ARRAY_CONTAINS": (.arrayContains, .number(.boolean)),
    "ARRAY_POSITION": (.arrayPosition, .number(.bigint)),
  ]

  private static let pairFunctions: [String: (ScalarFunction, ArrayShape)] = [
    "ARRAY_EXCEPT": (.arrayExcept, .same), "ARRAY_INTERSECT": (.arrayIntersect, .same),
    "ARRAY_UNION": (.arrayUnion, .same), "ARRAYS_OVERLAP": (.arraysOverlap, .number(.boolean)),
    "ARRAY_CONCAT": (.arrayConcat, .same),
  ]

  private func arrayFunction(_ call: BoundCall) throws(SQLFault) -> ScalarExpression? {
    if let (function, shape) = ExpressionBinder.arrayFunctions[call.name] {
      return try plainArray(function, shape, call)
    }
    if let (function, shape) = ExpressionBinder.elementFunctions[call.name] {
      let bound = try checked(call, 2)
      guard let (array, element, type) = ExpressionBinder.joined(bound[0], bound[1]) else {
        throw wrongTypes(call)
      }
      let isLoose = function == .arrayAppend || function == .arrayPrepend
      return ScalarExpression(
        .call(function, [array, element]), type: ExpressionBinder.result(shape, type),
        nullable: array.nullable || (element.nullable && !isLoose))
    }
    if let (function, shape) = ExpressionBinder.pairFunctions[call.name] {
      let bound = call.arguments
      guard bound.count == 2 || (function == .arrayConcat && !bound.isEmpty) else {
        throw wrongCount(call.name, 2, at: call.range)
      }
      guard case .array(let type)? = Coercion.common(bound.map(\.type)) else {
        throw wrongTypes(call)
      }
      return ScalarExpression(
        .call(function, bound.map { ExpressionBinder.item($0, as: .array(type)) }),
        type: ExpressionBinder.result(shape, type), nullable: bound.contains(where: \.nullable))
    }
    switch call.name {
    case "ARRAY_INSERT":
      let bound = try checked(call, 3)
      guard let position = ExpressionBinder.convert(bound[1], for: .bigint),
        let (array, element, type) = ExpressionBinder.joined(bound[0], bound[2])
      else { throw wrongTypes(call) }
      return ScalarExpression(
        .call(.arrayInsert, [array, position, element]), type: .array(type),
        nullable: array.nullable || position.nullable)
    case "ARRAY_JOIN", "ARRAY_TO_STRING": return try joinFunction(call)
    default: return nil
    }
  }

  private static func result(_ shape: ArrayShape, _ element: ColumnType) -> ColumnType {
    switch shape {
    case .element: element
    case .number(let type): type
    case .same: .array(element)
    }
  }

  /// An array and an element brought to one element type.
  private static func joined(
    _ array: ScalarExpression, _ element: ScalarExpression
  ) -> (ScalarExpression, ScalarExpression, ColumnType)? {
    guard case .array(let type) = array.type, let common = Coercion.common(type, element.type) else {
      return nil
    }
    return (item(array, as: .array(common)), item(element, as: common), common)
  }

  private func plainArray(
    _ function: ScalarFunction, _ shape: ArrayShape, _ call: BoundCall
  ) throws(SQLFault) -> ScalarExpression {
    var bound = call.arguments
    guard bound.count == 1 || (function == .arraySort && bound.count == 2) else {
      throw wrongCount(call.name, 1, at: call.range)
    }
    if bound.count == 2 {
      guard bound[1].type == .boolean else { throw wrongTypes(call) }
    }
    if bound[0].type == .null { bound[0] = Coercion.cast(bound[0], to: .array(.integer)) }
    var nullable = bound.contains(where: \.nullable)
    if case .element = shape { nullable = true }
    switch bound[0].type {
    case .array(let element):
      return ScalarExpression(
        .call(function, bound), type: ExpressionBinder.result(shape, element), nullable: nullable)
    case .map where function == .cardinality:
      return ScalarExpression(.call(.cardinality, bound), type: .integer, nullable: nullable)
    default: throw wrongTypes(call)
    }
  }

  private func joinFunction(_ call: BoundCall) throws(SQLFault) -> ScalarExpression {
    let bound = call.arguments
    guard (2...3).contains(bound.count) else { throw wrongCount(call.name, 2, at: call.range) }
    var values = [bound[0]]
    for value in bound.dropFirst() {
      guard let text = ExpressionBinder.convert(value, for: .string) else {
        throw wrongTypes(call)
      }
      values.append(text)
    }
    guard case .array = bound[0].type else { throw wrongTypes(call) }
    return ScalarExpression(
      .call(.arrayJoin, values), type: .varchar(length: nil),
      nullable: values[0].nullable || values[1].nullable)
  }

  // MARK: Maps

  private func mapFunction(_ call: BoundCall) throws(SQLFault) -> ScalarExpression {
    let bound = call.arguments
    let isPair = call.name == "MAP_CONTAINS_KEY" || call.name == "MAP_FROM_ARRAYS"
    guard isPair ? bound.count == 2 : call.name == "MAP_CONCAT" ? !bound.isEmpty : bound.count == 1 else {
      throw wrongCount(call.name, isPair ? 2 : 1, at: call.range)
    }
    let nullable = bound.contains(where: \.nullable)
    if call.name == "MAP_FROM_ARRAYS", case .array(let key) = bound[0].type,
      case .array(let value) = bound[1].type
    {
      return ScalarExpression(
        .call(.mapFromArrays, bound), type: .map(key: key, value: value), nullable: nullable)
    }
    guard case .map(let key, let value) = bound[0].type else { throw wrongTypes(call) }
    switch call.name {
    case "MAP_KEYS": return ScalarExpression(.call(.mapKeys, bound), type: .array(key), nullable: nullable)
    case "MAP_VALUES":
      return ScalarExpression(.call(.mapValues, bound), type: .array(value), nullable: nullable)
    case "MAP_CONTAINS_KEY":
      guard Coercion.common(key, bound[1].type) != nil else { throw wrongTypes(call) }
      return ScalarExpression(
        .call(.mapContainsKey, [bound[0], ExpressionBinder.item(bound[1], as: key)]), type: .boolean,
        nullable: nullable)
    default:
      guard let common = Coercion.common(bound.map(\.type)), case .map = common else {
        throw wrongTypes(call)
      }
      return ScalarExpression(
        .call(.mapConcat, bound.map { ExpressionBinder.item($0, as: common) }), type: common,
        nullable: nullable)
    }
  }
}

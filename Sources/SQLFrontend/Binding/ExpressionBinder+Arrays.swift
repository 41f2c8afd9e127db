import DataModel

/// Functions of arrays, maps and VARIANT.
extension ExpressionBinder {
  /// A call of such a function; nil when the name is none of theirs.
  mutating func nestedSpecial(
    _ name: String, _ call: SyntaxCall, at range: TextRange
  ) throws(SQLFault) -> ScalarExpression? {
    switch name {
    case "SPLIT", "STRING_TO_ARRAY", "REGEXP_EXTRACT_ALL", "REGEXP_SPLIT":
      return try splitting(name, call, at: range)
    case "SEQUENCE":
      let bound = try bound(call, 2, name, at: range)
      guard let signature = ExpressionBinder.apply(
        FunctionSignature(.sequence, [.bigint, .bigint], .fixed(.array(.bigint))), bound)
      else { throw wrongTypes(name, bound, at: range) }
      return signature
    case "VARIANTNULL":
      guard call.arguments.isEmpty else { throw wrongCount(name, 0, at: range) }
      return ScalarExpression(.literal(.bytes(VariantCodec.null)), type: .variant, nullable: false)
    case "TO_JSON":
      let bound = try bound(call, 1, name, at: range)
      let value = bound[0].type == .null ? Coercion.cast(bound[0], to: .variant) : bound[0]
      return ScalarExpression(.call(.toJSON, [value]), type: .varchar(length: nil), nullable: value.nullable)
    case "ARRAY_REPEAT":
      let bound = try bound(call, 2, name, at: range)
      guard let count = ExpressionBinder.convert(bound[1], for: .bigint) else {
        throw wrongTypes(name, bound, at: range)
      }
      return ScalarExpression(
        .call(.arrayRepeat, [bound[0], count]), type: .array(bound[0].type), nullable: count.nullable)
    case "MAP_KEYS", "MAP_VALUES", "MAP_CONTAINS_KEY", "MAP_CONCAT", "MAP_FROM_ARRAYS":
      return try mapFunction(name, call, at: range)
    default: return try arrayFunction(name, call, at: range)
    }
  }

  private mutating func splitting(
    _ name: String, _ call: SyntaxCall, at range: TextRange
  ) throws(SQLFault) -> ScalarExpression {
    var bound = try arguments(call)
    if name == "SPLIT", bound.count == 1 {
      bound.append(ScalarExpression(.literal(.text(",")), type: .char(length: 1), nullable: false))
    }
    guard bound.count == 2 else { throw wrongCount(name, 2, at: range) }
    let function: ScalarFunction =
      name == "REGEXP_EXTRACT_ALL" ? .regexAll : name == "REGEXP_SPLIT" ? .regexSplit : .splitText
    let type = ColumnType.array(.varchar(length: nil))
    guard let result = ExpressionBinder.apply(FunctionSignature(function, [.string, .string], .fixed(type)), bound)
    else { throw wrongTypes(name, bound, at: range) }
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

  private mutating func arrayFunction(
    _ name: String, _ call: SyntaxCall, at range: TextRange
  ) throws(SQLFault) -> ScalarExpression? {
    if let (function, shape) = ExpressionBinder.arrayFunctions[name] {
      return try plainArray(function, shape, name, call, at: range)
    }
    if let (function, shape) = ExpressionBinder.elementFunctions[name] {
      let bound = try bound(call, 2, name, at: range)
      guard let (array, element, type) = ExpressionBinder.joined(bound[0], bound[1]) else {
        throw wrongTypes(name, bound, at: range)
      }
      let isLoose = function == .arrayAppend || function == .arrayPrepend
      return ScalarExpression(
        .call(function, [array, element]), type: ExpressionBinder.result(shape, type),
        nullable: array.nullable || (element.nullable && !isLoose))
    }
    if let (function, shape) = ExpressionBinder.pairFunctions[name] {
      let bound = try arguments(call)
      guard bound.count == 2 || (function == .arrayConcat && !bound.isEmpty) else {
        throw wrongCount(name, 2, at: range)
      }
      guard case .array(let type)? = Coercion.common(bound.map(\.type)) else {
        throw wrongTypes(name, bound, at: range)
      }
      return ScalarExpression(
        .call(function, bound.map { ExpressionBinder.item($0, as: .array(type)) }),
        type: ExpressionBinder.result(shape, type), nullable: bound.contains(where: \.nullable))
    }
    switch name {
    case "ARRAY_INSERT":
      let bound = try bound(call, 3, name, at: range)
      guard let position = ExpressionBinder.convert(bound[1], for: .bigint),
        let (array, element, type) = ExpressionBinder.joined(bound[0], bound[2])
      else { throw wrongTypes(name, bound, at: range) }
      return ScalarExpression(
        .call(.arrayInsert, [array, position, element]), type: .array(type),
        nullable: array.nullable || position.nullable)
    case "ARRAY_JOIN", "ARRAY_TO_STRING": return try joinFunction(name, call, at: range)
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
    guard case .array(let type) = array.type, let common = Coercion.common(type, element.type) else { return nil }
    return (item(array, as: .array(common)), item(element, as: common), common)
  }

  private mutating func plainArray(
    _ function: ScalarFunction, _ shape: ArrayShape, _ name: String, _ call: SyntaxCall, at range: TextRange
  ) throws(SQLFault) -> ScalarExpression {
    var bound = try arguments(call)
    guard bound.count == 1 || (function == .arraySort && bound.count == 2) else {
      throw wrongCount(name, 1, at: range)
    }
    if bound.count == 2 {
      guard bound[1].type == .boolean else { throw wrongTypes(name, bound, at: range) }
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
    default: throw wrongTypes(name, bound, at: range)
    }
  }

  private mutating func joinFunction(
    _ name: String, _ call: SyntaxCall, at range: TextRange
  ) throws(SQLFault) -> ScalarExpression {
    let bound = try arguments(call)
    guard (2...3).contains(bound.count) else { throw wrongCount(name, 2, at: range) }
    var values = [bound[0]]
    for value in bound.dropFirst() {
      guard let text = ExpressionBinder.convert(value, for: .string) else {
        throw wrongTypes(name, bound, at: range)
      }
      values.append(text)
    }
    guard case .array = bound[0].type else { throw wrongTypes(name, bound, at: range) }
    return ScalarExpression(
      .call(.arrayJoin, values), type: .varchar(length: nil), nullable: values[0].nullable || values[1].nullable)
  }

  // MARK: Maps

  private mutating func mapFunction(
    _ name: String, _ call: SyntaxCall, at range: TextRange
  ) throws(SQLFault) -> ScalarExpression {
    let bound = try arguments(call)
    let isPair = name == "MAP_CONTAINS_KEY" || name == "MAP_FROM_ARRAYS"
    guard isPair ? bound.count == 2 : name == "MAP_CONCAT" ? !bound.isEmpty : bound.count == 1 else {
      throw wrongCount(name, isPair ? 2 : 1, at: range)
    }
    let nullable = bound.contains(where: \.nullable)
    if name == "MAP_FROM_ARRAYS", case .array(let key) = bound[0].type, case .array(let value) = bound[1].type {
      return ScalarExpression(
        .call(.mapFromArrays, bound), type: .map(key: key, value: value), nullable: nullable)
    }
    guard case .map(let key, let value) = bound[0].type else { throw wrongTypes(name, bound, at: range) }
    switch name {
    case "MAP_KEYS": return ScalarExpression(.call(.mapKeys, bound), type: .array(key), nullable: nullable)
    case "MAP_VALUES": return ScalarExpression(.call(.mapValues, bound), type: .array(value), nullable: nullable)
    case "MAP_CONTAINS_KEY":
      guard Coercion.common(key, bound[1].type) != nil else { throw wrongTypes(name, bound, at: range) }
      return ScalarExpression(
        .call(.mapContainsKey, [bound[0], ExpressionBinder.item(bound[1], as: key)]), type: .boolean,
        nullable: nullable)
    default:
      guard let common = Coercion.common(bound.map(\.type)), case .map = common else {
        throw wrongTypes(name, bound, at: range)
      }
      return ScalarExpression(
        .call(.mapConcat, bound.map { ExpressionBinder.item($0, as: common) }), type: common, nullable: nullable)
    }
  }
}

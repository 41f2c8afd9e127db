/// One JSON value of a control body: object members keep their order, numbers keep their digits.
///
/// For control bodies and answers only; records never pass through it.
package indirect enum JSONValue: Sendable, Hashable {
  case null
  case bool(Bool)
  /// The number as written: valid JSON number text.
  case number(String)
  case string(String)
  case array([JSONValue])
  case object([JSONMember])
}

/// One member of an object.
package struct JSONMember: Sendable, Hashable {
  package let name: String
  package var value: JSONValue

  package init(_ name: String, _ value: JSONValue) {
    self.name = name
    self.value = value
  }
}

// MARK: Making

extension JSONValue {
  package static func integer(_ value: some BinaryInteger) -> JSONValue { .number(String(value)) }

  /// NaN and the infinities, which JSON lacks, become null.
  package static func double(_ value: Double) -> JSONValue {
    guard value.isFinite else { return .null }
    return .number(value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : String(value))
  }

  package static func text(_ value: String?) -> JSONValue { value.map { .string($0) } ?? .null }

  package static func count(_ value: (some BinaryInteger)?) -> JSONValue {
    value.map { .integer($0) } ?? .null
  }

  package static func make(_ members: KeyValuePairs<String, JSONValue>) -> JSONValue {
    .object(members.map { JSONMember($0.key, $0.value) })
  }

  package static let emptyObject = JSONValue.object([])
}

extension JSONValue: ExpressibleByDictionaryLiteral, ExpressibleByStringLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral, ExpressibleByNilLiteral
{
  package init(dictionaryLiteral elements: (String, JSONValue)...) {
    self = .object(elements.map { JSONMember($0.0, $0.1) })
  }
  package init(stringLiteral value: String) { self = .string(value) }
  package init(booleanLiteral value: Bool) { self = .bool(value) }
  package init(integerLiteral value: Int) { self = .number(String(value)) }
  package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
  package init(nilLiteral: ()) { self = .null }
}

// MARK: Reading

extension JSONValue {
  package var isNull: Bool { self == .null }

  /// Member of an object, the last one when a name is repeated; nil for other values and missing members.
  package subscript(_ name: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members.last { $0.name == name }?.value
  }

  package var members: [JSONMember]? {
    if case .object(let members) = self { return members }
    return nil
  }

  package var elements: [JSONValue]? {
    if case .array(let elements) = self { return elements }
    return nil
  }

  package var stringValue: String? {
    if case .string(let text) = self { return text }
    return nil
  }

  package var boolValue: Bool? {
    if case .bool(let flag) = self { return flag }
    return nil
  }

  /// Exact 64-bit integer; nil for fractions, exponents and numbers out of range.
  package var integerValue: Int64? {
    if case .number(let text) = self { return Int64(text) }
    return nil
  }

  package var doubleValue: Double? {
    if case .number(let text) = self { return Double(text) }
    return nil
  }

  /// What the value is, for error messages.
  package var kind: String {
    switch self {
    case .null: "null"
    case .bool: "a boolean"
    case .number: "a number"
    case .string: "a string"
    case .array: "a list"
    case .object: "an object"
    }
  }
}

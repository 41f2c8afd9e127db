/// A JSON value of a connector's settings.
package enum ConnectorJSON: Hashable, Sendable {
  case null
  case boolean(Bool)
  /// The digits as written.
  case number(String)
  case string(String)
  case array([ConnectorJSON])
  /// Members in the order of the text; keys are unique.
  case object([Member])

  package struct Member: Hashable, Sendable {
    package let key: String
    package let value: ConnectorJSON

    package init(key: String, value: ConnectorJSON) {
      self.key = key
      self.value = value
    }
  }

  /// One whole JSON text. Errors: fatal, naming the fault and its byte position.
  package static func parse(_ text: String) throws(ConnectorError) -> ConnectorJSON {
    try ConnectorJSONParser.parse(text)
  }

  /// What the value is, as messages name it.
  package var kind: String {
    switch self {
    case .null: "null"
    case .boolean: "a boolean"
    case .number: "a number"
    case .string: "a string"
    case .array: "an array"
    case .object: "an object"
    }
  }

  /// The value as short text for messages.
  package var shown: String {
    switch self {
    case .null: "null"
    case .boolean(let flag): flag ? "true" : "false"
    case .number(let text): String(text.prefix(60))
    case .string(let text): "\"\(text.prefix(60))\""
    case .array, .object: kind
    }
  }

  /// A whole number within Int64, also written `1e6` or `5.0`; nil for all else.
  package var integer: Int64? {
    guard case .number(let text) = self else { return nil }
    if let exact = Int64(text) { return exact }
    guard let value = Double(text), value.magnitude < 9e15 else { return nil }
    return Int64(exactly: value)
  }

  /// A finite number; nil for all else.
  package var double: Double? {
    guard case .number(let text) = self, let value = Double(text), value.isFinite else { return nil }
    return value
  }
}

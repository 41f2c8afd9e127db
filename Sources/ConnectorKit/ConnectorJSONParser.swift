import DataModel

/// Builds a `ConnectorJSON` from text; nesting is bounded by `JSONTokenizer.depthMax`.
enum ConnectorJSONParser {
  static func parse(_ text: String) throws(ConnectorError) -> ConnectorJSON {
    // The tokenizer needs a byte behind the last number or literal.
    let bytes = Array(text.utf8) + [0x20]
    var position = 0
    do throws(JSONFault) {
      let value = try value(bytes.span, &position, depth: 0)
      JSONTokenizer.skipBlanks(bytes.span, &position)
      guard position == bytes.count else { throw JSONFault(.unexpectedByte, at: position) }
      return value
    } catch {
      let reason = error.kind == .rejected ? "a key occurs twice in an object" : error.reason
      throw ConnectorError(.fatal, "invalid JSON at byte \(error.position): \(reason)")
    }
  }

  private static func value(
    _ text: Span<UInt8>, _ position: inout Int, depth: Int
  ) throws(JSONFault) -> ConnectorJSON {
    guard depth < JSONTokenizer.depthMax else { throw JSONFault(.tooDeep, at: position) }
    switch try JSONTokenizer.peek(text, &position) {
    case 0x7B: return try object(text, &position, depth: depth)
    case 0x5B: return try array(text, &position, depth: depth)
    case 0x22: return .string(try string(text, &position))
    case 0x2D, 0x30...0x39:
      let range = try JSONTokenizer.number(text, &position)
      return .number(TextScan.string(text, range))
    default:
      switch try JSONTokenizer.literal(text, &position) {
      case 0x74: return .boolean(true)
      case 0x66: return .boolean(false)
      default: return .null
      }
    }
  }

  private static func string(_ text: Span<UInt8>, _ position: inout Int) throws(JSONFault) -> String {
    let token = try JSONTokenizer.string(text, &position)
    guard token.hasEscapes else { return TextScan.string(text, token.range) }
    var bytes: [UInt8] = []
    try JSONEscape.append(text, token.range, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func array(
    _ text: Span<UInt8>, _ position: inout Int, depth: Int
  ) throws(JSONFault) -> ConnectorJSON {
    position += 1
    var items: [ConnectorJSON] = []
    if try JSONTokenizer.peek(text, &position) == 0x5D {
      position += 1
      return .array(items)
    }
    while true {
      items.append(try value(text, &position, depth: depth + 1))
      if try closes(text, &position, with: 0x5D) { return .array(items) }
    }
  }

  private static func object(
    _ text: Span<UInt8>, _ position: inout Int, depth: Int
  ) throws(JSONFault) -> ConnectorJSON {
    position += 1
    var members: [ConnectorJSON.Member] = []
    var keys: Set<String> = []
    if try JSONTokenizer.peek(text, &position) == 0x7D {
      position += 1
      return .object(members)
    }
    while true {
      _ = try JSONTokenizer.peek(text, &position)
      let start = position
      let key = try string(text, &position)
      guard keys.insert(key).inserted else { throw JSONFault(.rejected, at: start) }
      try JSONTokenizer.expect(0x3A, text, &position)
      members.append(ConnectorJSON.Member(key: key, value: try value(text, &position, depth: depth + 1)))
      if try closes(text, &position, with: 0x7D) { return .object(members) }
    }
  }

  /// Behind an element: true at the closing byte, false at a comma; moves behind either.
  private static func closes(
    _ text: Span<UInt8>, _ position: inout Int, with end: UInt8
  ) throws(JSONFault) -> Bool {
    let byte = try JSONTokenizer.peek(text, &position)
    guard byte == end || byte == 0x2C else { throw JSONFault(.unexpectedByte, at: position) }
    position += 1
    return byte == end
  }
}

/// Where and why a text is not JSON.
package struct JSONSyntaxError: Error, Hashable, Sendable {
  /// Byte offset from 0.
  package let offset: Int
  package let message: String
}

extension JSONValue {
  /// Parses exactly one value with white space around it. Strict RFC 8259; invalid UTF-8 is refused.
  package init(parsing bytes: [UInt8], nestingMax: Int = 64) throws(JSONSyntaxError) {
    var parser = JSONParser(bytes: bytes, nestingMax: nestingMax)
    self = try parser.document()
  }

  package init(parsing text: String) throws(JSONSyntaxError) { try self.init(parsing: Array(text.utf8)) }
}

/// The elements of a text that is one list, one after the other: no more than one is in memory as values.
package struct JSONElements {
  private var parser: JSONParser
  private var isBegun = false

  /// `kind`: what the text is by its first byte, when it is no list.
  package enum Fault: Error, Hashable {
    case notAList(kind: String)
    /// The text of the element from 1 on has more bytes than it may have; it was not read.
    case tooLarge(element: Int)
    case syntax(JSONSyntaxError)
  }

  private(set) package var count = 0

  package init(_ bytes: [UInt8], nestingMax: Int = 64) { parser = JSONParser(bytes: bytes, nestingMax: nestingMax) }

  /// Nil at the end of the text, of which nothing may be left. `bytesMax`: of the element's text as it stands there.
  package mutating func next(bytesMax: Int) throws(Fault) -> JSONValue? {
    var kind: String?
    do throws(JSONSyntaxError) {
      if !isBegun { kind = try parser.kindOtherThanList() }
    } catch { throw .syntax(error) }
    if let kind { throw .notAList(kind: kind) }
    isBegun = true
    do throws(JSONSyntaxError) {
      guard try parser.hasElement(isFirst: count == 0) else { return nil }
    } catch { throw .syntax(error) }
    count += 1
    guard parser.endsWithin(bytesMax) else { throw .tooLarge(element: count) }
    do throws(JSONSyntaxError) { return try parser.element() } catch { throw .syntax(error) }
  }
}

private struct JSONParser {
  let bytes: [UInt8]
  let nestingMax: Int
  private var position = 0

  init(bytes: [UInt8], nestingMax: Int) {
    self.bytes = bytes
    self.nestingMax = nestingMax
  }

  private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

  private func fault(_ message: String) -> JSONSyntaxError {
    JSONSyntaxError(offset: position, message: message)
  }

  mutating func document() throws(JSONSyntaxError) -> JSONValue {
    let value = try self.value(depth: 0)
    skipBlanks()
    guard position == bytes.count else { throw fault("unexpected text after the value") }
    return value
  }

  private mutating func skipBlanks() {
    while let byte = current, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
  }

  private mutating func value(depth: Int) throws(JSONSyntaxError) -> JSONValue {
    guard depth < nestingMax else { throw fault("nested more than \(nestingMax) deep") }
    skipBlanks()
    switch current {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case .some(let byte) where byte == UInt8(ascii: "-") || isDigit(byte): return try number()
    case nil: throw fault("unexpected end of text")
    default: throw fault("expected a value")
    }
  }

  private mutating func word(_ word: String, _ value: JSONValue) throws(JSONSyntaxError) -> JSONValue {
    guard bytes[position...].starts(with: word.utf8) else { throw fault("expected a value") }
    position += word.utf8.count
    return value
  }

  private mutating func object(depth: Int) throws(JSONSyntaxError) -> JSONValue {
    position += 1
    var members: [JSONMember] = []
    skipBlanks()
    if take(UInt8(ascii: "}")) { return .object(members) }
    while true {
      skipBlanks()
      guard current == UInt8(ascii: "\"") else { throw fault("expected a member name") }
      let name = try string()
      skipBlanks()
      guard take(UInt8(ascii: ":")) else { throw fault("expected ':'") }
      members.append(JSONMember(name, try value(depth: depth + 1)))
      skipBlanks()
      if take(UInt8(ascii: "}")) { return .object(members) }
      guard take(UInt8(ascii: ",")) else { throw fault("expected ',' or '}'") }
    }
  }

  private mutating func array(depth: Int) throws(JSONSyntaxError) -> JSONValue {
    position += 1
    var elements: [JSONValue] = []
    skipBlanks()
    if take(UInt8(ascii: "]")) { return .array(elements) }
    while true {
      elements.append(try value(depth: depth + 1))
      skipBlanks()
      if take(UInt8(ascii: "]")) { return .array(elements) }
      guard take(UInt8(ascii: ",")) else { throw fault("expected ',' or ']'") }
    }
  }

  // MARK: One element after the other

  /// Steps into the list; nil then. Else what the text begins with.
  mutating func kindOtherThanList() throws(JSONSyntaxError) -> String? {
    skipBlanks()
    switch current {
    case UInt8(ascii: "["):
      position += 1
      return nil
    case UInt8(ascii: "{"): return JSONValue.object([]).kind
    case UInt8(ascii: "\""): return JSONValue.string("").kind
    default: return try value(depth: 0).kind
    }
  }

  /// False behind the end of the list, which must be that of the text.
  mutating func hasElement(isFirst: Bool) throws(JSONSyntaxError) -> Bool {
    skipBlanks()
    if take(UInt8(ascii: "]")) {
      skipBlanks()
      guard position == bytes.count else { throw fault("unexpected text after the value") }
      return false
    }
    guard isFirst || take(UInt8(ascii: ",")) else { throw fault("expected ',' or ']'") }
    skipBlanks()
    return true
  }

  /// Whether the value here has no more than so many bytes, if it is one: looks only for its end.
  func endsWithin(_ bytesMax: Int) -> Bool {
    guard bytes.count - position > bytesMax else { return true }
    var (at, depth, isText) = (position, 0, false)
    while at - position <= bytesMax {
      let byte = bytes[at]
      at += 1
      if isText {
        if byte == UInt8(ascii: "\\") { at += 1 } else if byte == UInt8(ascii: "\"") { isText = false }
        continue
      }
      switch byte {
      case UInt8(ascii: "\""): isText = true
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        depth -= 1
        if depth <= 0 { return true }
      case UInt8(ascii: ","): if depth == 0 { return true }
      default: break
      }
    }
    return false
  }

  mutating func element() throws(JSONSyntaxError) -> JSONValue { try value(depth: 1) }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard current == byte else { return false }
    position += 1
    return true
  }

  private func isDigit(_ byte: UInt8?) -> Bool { byte.map { (0x30...0x39).contains($0) } ?? false }

  private mutating func digits() throws(JSONSyntaxError) {
    guard isDigit(current) else { throw fault("expected a digit") }
    while isDigit(current) { position += 1 }
  }

  private mutating func number() throws(JSONSyntaxError) -> JSONValue {
    let start = position
    _ = take(UInt8(ascii: "-"))
    if !take(UInt8(ascii: "0")) { try digits() }
    if take(UInt8(ascii: ".")) { try digits() }
    if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
      if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
      try digits()
    }
    return .number(String(decoding: bytes[start..<position], as: UTF8.self))
  }

  private mutating func string() throws(JSONSyntaxError) -> String {
    position += 1
    var text: [UInt8] = []
    while let byte = current {
      position += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let string = String(validating: text, as: UTF8.self) else { throw fault("invalid UTF-8") }
        return string
      case UInt8(ascii: "\\"): try escape(into: &text)
      case 0..<0x20: throw fault("control character in a string")
      default: text.append(byte)
      }
    }
    throw fault("string without end")
  }

  private mutating func escape(into text: inout [UInt8]) throws(JSONSyntaxError) {
    guard let byte = current else { throw fault("string without end") }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0C)
    case UInt8(ascii: "n"): text.append(0x0A)
    case UInt8(ascii: "r"): text.append(0x0D)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "u"): try unicodeEscape(into: &text)
    default: throw fault("unknown escape")
    }
  }

  private mutating func unicodeEscape(into text: inout [UInt8]) throws(JSONSyntaxError) {
    var code = try hexWord()
    if (0xDC00...0xDFFF).contains(code) { throw fault("lone surrogate") }
    if (0xD800...0xDBFF).contains(code) {
      guard take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else { throw fault("lone surrogate") }
      let low = try hexWord()
      guard (0xDC00...0xDFFF).contains(low) else { throw fault("lone surrogate") }
      code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
    }
    guard let scalar = Unicode.Scalar(code) else { throw fault("not a character") }
    text += String(Character(scalar)).utf8
  }

  private mutating func hexWord() throws(JSONSyntaxError) -> UInt32 {
    guard bytes.count - position >= 4,
      let text = String(validating: bytes[position..<position + 4], as: UTF8.self),
      text.utf8.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }),
      let code = UInt32(text, radix: 16)
    else { throw fault("expected four hexadecimal digits") }
    position += 4
    return code
  }
}

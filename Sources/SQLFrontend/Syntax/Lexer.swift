/// Splits program text into tokens; never fails: what is no token becomes one of kind `invalid`.
struct Lexer {
  private let bytes: [UInt8]
  private var position = 0

  init(_ source: SourceText) { bytes = source.bytes }

  /// All tokens; the last one is of kind `end`.
  static func tokens(_ source: SourceText) -> [Token] {
    var lexer = Lexer(source)
    var result: [Token] = []
    while true {
      let token = lexer.next()
      result.append(token)
      if token.kind == .end { return result }
    }
  }

  private mutating func next() -> Token {
    if let bad = skipBlanks() { return bad }
    guard let byte = peek() else { return Token(kind: .end, text: "", range: TextRange(position, position)) }
    if Lexer.startsWord(byte) { return word(byte) }
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): return number()
    case UInt8(ascii: "."): return Lexer.isDigit(peek(1)) ? number() : symbol()
    case UInt8(ascii: "'"): return quoted(by: byte, from: position, kind: .string)
    case UInt8(ascii: "\""), UInt8(ascii: "`"): return quoted(by: byte, from: position, kind: .quotedName)
    default: return symbol()
    }
  }

  // MARK: Characters

  private func peek(_ ahead: Int = 0) -> UInt8? {
    let index = position + ahead
    return index < bytes.count ? bytes[index] : nil
  }

  private static func isDigit(_ byte: UInt8?) -> Bool {
    guard let byte else { return false }
    return byte >= 0x30 && byte <= 0x39
  }

  private static func startsWord(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x41...0x5A, 0x61...0x7A, 0x5F, 0x80...0xFF: true
    default: false
    }
  }

  private static func continuesWord(_ byte: UInt8) -> Bool {
    startsWord(byte) || isDigit(byte) || byte == UInt8(ascii: "$")
  }

  private func slice(_ start: Int, _ end: Int) -> String {
    String(decoding: bytes[start..<end], as: UTF8.self)
  }

  /// Skips blanks and comments; a token when a comment does not end.
  private mutating func skipBlanks() -> Token? {
    while let byte = peek() {
      if byte == 0x20 || (byte >= 0x09 && byte <= 0x0D) {
        position += 1
      } else if byte == UInt8(ascii: "-"), peek(1) == byte {
        while let inner = peek(), inner != UInt8(ascii: "\n") {
          _ = inner
          position += 1
        }
      } else if byte == UInt8(ascii: "/"), peek(1) == UInt8(ascii: "*") {
        let start = position
        position += 2
        while peek() != nil, !(peek() == UInt8(ascii: "*") && peek(1) == UInt8(ascii: "/")) { position += 1 }
        guard peek() != nil else {
          return Token(kind: .invalid, text: "comment is not closed", range: TextRange(start, start + 2))
        }
        position += 2
      } else {
        return nil
      }
    }
    return nil
  }

  // MARK: Tokens

  private mutating func word(_ first: UInt8) -> Token {
    let start = position
    if peek(1) == UInt8(ascii: "'") {
      if first | 0x20 == UInt8(ascii: "x") {
        position += 1
        return binary(quoted(by: UInt8(ascii: "'"), from: start, kind: .binary))
      }
      if first | 0x20 == UInt8(ascii: "n") {
        position += 1
        return quoted(by: UInt8(ascii: "'"), from: start, kind: .string)
      }
    }
    while let byte = peek(), Lexer.continuesWord(byte) { position += 1 }
    return Token(kind: .word, text: slice(start, position).uppercased(), range: TextRange(start, position))
  }

  private func binary(_ token: Token) -> Token {
    guard token.kind == .binary else { return token }
    let digits = token.text.utf8
    let valid = digits.allSatisfy { Lexer.isDigit($0) || ($0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x66) }
    guard valid, digits.count % 2 == 0 else {
      return Token(
        kind: .invalid, text: "Binary literal string must contain an even number of hexadecimal digits",
        range: token.range)
    }
    return token
  }

  private mutating func number() -> Token {
    let start = position
    var kind = Token.Kind.integer
    while Lexer.isDigit(peek()) { position += 1 }
    if peek() == UInt8(ascii: ".") {
      kind = .decimal
      position += 1
      while Lexer.isDigit(peek()) { position += 1 }
    }
    if let byte = peek(), byte | 0x20 == UInt8(ascii: "e") {
      let signed = peek(1) == UInt8(ascii: "+") || peek(1) == UInt8(ascii: "-")
      if Lexer.isDigit(peek(signed ? 2 : 1)) {
        kind = .approximate
        position += signed ? 2 : 1
        while Lexer.isDigit(peek()) { position += 1 }
      }
    }
    return Token(kind: kind, text: slice(start, position), range: TextRange(start, position))
  }

  /// The quoted text at `position`; a doubled quote stands for one.
  private mutating func quoted(by quote: UInt8, from start: Int, kind: Token.Kind) -> Token {
    position += 1
    var content: [UInt8] = []
    while let byte = peek() {
      position += 1
      if byte != quote {
        content.append(byte)
      } else if peek() == quote {
        content.append(quote)
        position += 1
      } else {
        return Token(
          kind: kind, text: String(decoding: content, as: UTF8.self), range: TextRange(start, position))
      }
    }
    let what = kind == .quotedName ? "name" : "string"
    return Token(kind: .invalid, text: "quoted \(what) is not closed", range: TextRange(start, start + 1))
  }

  private static let single: [UInt8: String] = Dictionary(
    uniqueKeysWithValues: "+-*/%()[]{},;.=<>:?^&|~".utf8.map { ($0, String(UnicodeScalar($0))) })

  private mutating func symbol() -> Token {
    let start = position
    let first = bytes[start]
    let isSame = first == UInt8(ascii: "<") && peek(1) == UInt8(ascii: "=") && peek(2) == UInt8(ascii: ">")
    let text = isSame ? "<=>" : Lexer.double(first, peek(1)) ?? Lexer.single[first]
    position += text?.utf8.count ?? 1
    return Token(kind: text == nil ? .invalid : .symbol, text: text ?? "", range: TextRange(start, position))
  }

  /// A symbol of two characters; nil when these make none.
  private static func double(_ first: UInt8, _ second: UInt8?) -> String? {
    switch (UnicodeScalar(first), second.map { UnicodeScalar($0) }) {
    case ("|", "|"): "||"
    case (":", ":"): "::"
    case ("<", ">"): "<>"
    case ("!", "="): "!="
    case ("<", "="): "<="
    case (">", "="): ">="
    case ("=", ">"): "=>"
    case ("-", ">"): "->"
    case ("<", "<"): "<<"
    default: nil
    }
  }
}

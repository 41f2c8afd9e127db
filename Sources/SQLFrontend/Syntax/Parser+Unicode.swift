/// `U&'\\0041' [UESCAPE '!']`
extension Parser {
  /// Nil when the word is only a name.
  mutating func unicodeLiteral() throws(SQLFault) -> SyntaxExpression? {
    let first = token.range
    let (sign, text) = (peek(1), peek(2))
    guard isSymbol("&", ahead: 1), text.kind == .string, sign.range.start == first.end,
      text.range.start == sign.range.end
    else { return nil }
    advance()
    advance()
    advance()
    var escape: Character = "\\"
    if accept("UESCAPE") {
      guard token.kind == .string, token.text.count == 1, let written = token.text.first else {
        throw unexpected()
      }
      escape = written
      advance()
    }
    guard let decoded = Parser.unescaped(text.text, by: escape) else {
      throw SQLFault(.parse, "Unicode escape sequence is malformed", at: text.range)
    }
    return try node(.string(decoded), range(from: first))
  }

  /// Four hexadecimal digits behind an escape, or itself twice; nil for anything else.
  private static func unescaped(_ text: String, by escape: Character) -> String? {
    var result = ""
    var rest = text[...]
    while let character = rest.popFirst() {
      guard character == escape else {
        result.append(character)
        continue
      }
      if rest.first == escape {
        result.append(escape)
        rest.removeFirst()
        continue
      }
      let digits = rest.prefix(4)
      guard digits.count == 4, digits.allSatisfy(\.isHexDigit), let code = UInt32(digits, radix: 16),
        let scalar = Unicode.Scalar(code)
      else {
        return nil
      }
      result.unicodeScalars.append(scalar)
      rest = rest.dropFirst(4)
    }
    return result
  }
}

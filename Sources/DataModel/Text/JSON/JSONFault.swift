/// Why JSON text could not be read on, and where.
@usableFromInline package struct JSONFault: Error, Hashable, Sendable {
  @usableFromInline package enum Kind: UInt8, Hashable, Sendable {
    /// The text ends inside a value: with more bytes it may become one.
    case incomplete
    case unexpectedByte, badEscape, badSurrogate, controlCharacter, badUTF8, badNumber, badLiteral, tooDeep
    /// Well-formed JSON that its reader does not want; details are with the reader.
    case rejected
  }

  @usableFromInline package let kind: Kind
  /// Index into the text.
  @usableFromInline package let position: Int

  @inlinable
  package init(_ kind: Kind, at position: Int) {
    self.kind = kind
    self.position = position
  }

  package var reason: String {
    switch kind {
    case .incomplete: "the text ends inside a value"
    case .unexpectedByte: "unexpected character"
    case .badEscape: "invalid escape sequence"
    case .badSurrogate: "lone surrogate in an escape sequence"
    case .controlCharacter: "control character inside a string"
    case .badUTF8: "invalid UTF-8"
    case .badNumber: "invalid number"
    case .badLiteral: "invalid literal"
    case .tooDeep: "nested deeper than \(JSONTokenizer.depthMax) levels"
    case .rejected: "unexpected value"
    }
  }
}

/// Where the content of a string lies, between its quotes.
@usableFromInline package struct JSONString {
  @usableFromInline package let range: Range<Int>
  @usableFromInline package let hasEscapes: Bool

  @inlinable
  package init(range: Range<Int>, hasEscapes: Bool) {
    self.range = range
    self.hasEscapes = hasEscapes
  }
}

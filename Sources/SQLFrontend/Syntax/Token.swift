/// One lexical unit of SQL text.
struct Token: Hashable, Sendable {
  enum Kind: Hashable, Sendable {
    /// Keyword or unquoted name; `text` is in upper case.
    case word
    /// Quoted name; `text` is without quotes.
    case quotedName
    /// Number without point or exponent.
    case integer
    /// Number with a point.
    case decimal
    /// Number with an exponent.
    case approximate
    /// Character string; `text` is without quotes, inner quotes single.
    case string
    /// Binary string `X'0F'`; `text` holds the hexadecimal digits.
    case binary
    /// Operator or punctuation.
    case symbol
    /// A place that is no token; `text` says why.
    case invalid
    case end
  }

  let kind: Kind
  let text: String
  let range: TextRange
}

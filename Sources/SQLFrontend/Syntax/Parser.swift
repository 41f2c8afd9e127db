import DataModel

/// Recursive descent over the tokens of a program; expressions by precedence climbing.
///
/// Accepts more than the binder does. Nesting and tree heights are bounded, so neither the parser nor any
/// later walk over its trees can exhaust the stack.
struct Parser {
  /// Levels of parentheses, queries and types inside each other.
  static let nestingMax = 200
  /// Levels of an expression tree; links of a chain of joins or set operations.
  static let heightMax = 300

  let source: SourceText
  let tokens: [Token]
  var index = 0
  var depth = 0

  init(_ source: SourceText) {
    self.source = source
    tokens = Lexer.tokens(source)
  }

  // MARK: Tokens

  var token: Token { tokens[min(index, tokens.count - 1)] }

  func peek(_ ahead: Int) -> Token { tokens[min(index + ahead, tokens.count - 1)] }

  @discardableResult
  mutating func advance() -> Token {
    let current = token
    if index < tokens.count - 1 { index += 1 }
    return current
  }

  func isWord(_ word: String, ahead: Int = 0) -> Bool {
    let token = peek(ahead)
    return token.kind == .word && token.text == word
  }

  func isSymbol(_ symbol: String, ahead: Int = 0) -> Bool {
    let token = peek(ahead)
    return token.kind == .symbol && token.text == symbol
  }

  /// Whether the next words are these, in order.
  func isWords(_ words: String...) -> Bool {
    words.enumerated().allSatisfy { isWord($0.element, ahead: $0.offset) }
  }

  mutating func accept(_ word: String) -> Bool {
    guard isWord(word) else { return false }
    advance()
    return true
  }

  mutating func acceptSymbol(_ symbol: String) -> Bool {
    guard isSymbol(symbol) else { return false }
    advance()
    return true
  }

  mutating func expect(_ word: String) throws(SQLFault) {
    guard accept(word) else { throw unexpected() }
  }

  @discardableResult
  mutating func expectSymbol(_ symbol: String) throws(SQLFault) -> TextRange {
    let range = token.range
    guard acceptSymbol(symbol) else { throw unexpected() }
    return range
  }

  /// The fault of a token that the grammar does not allow here.
  func unexpected() -> SQLFault {
    let token = token
    let place = source.place(of: token.range)
    let at = "at line \(place.startLine), column \(place.startColumn)"
    switch token.kind {
    case .end: return SQLFault(.parse, "Encountered \"<EOF>\" \(at).", at: token.range)
    case .invalid where token.text.isEmpty:
      return SQLFault(
        .parse, "Lexical error \(at). Encountered: \"\(source.text(token.range))\"", at: token.range)
    case .invalid: return SQLFault(.parse, "Lexical error \(at): \(token.text)", at: token.range)
    default: return SQLFault(.parse, "Encountered \"\(source.text(token.range))\" \(at).", at: token.range)
    }
  }

  /// From the given token through the last one taken.
  func range(from first: TextRange) -> TextRange {
    guard index > 0 else { return first }
    return first.joined(tokens[index - 1].range)
  }

  // MARK: Bounds

  /// Counts one level of nesting; every call is paired with `depth -= 1`.
  mutating func enter() throws(SQLFault) {
    guard depth < Parser.nestingMax else {
      throw SQLFault(
        .parse, "Statement is nested more than \(Parser.nestingMax) levels deep", at: token.range)
    }
    depth += 1
  }

  func node(
    _ kind: SyntaxExpressionKind, _ range: TextRange, height: Int = 1
  ) throws(SQLFault) -> SyntaxExpression {
    guard height <= Parser.heightMax else {
      throw SQLFault(.parse, "Expression is more than \(Parser.heightMax) levels deep", at: range)
    }
    return SyntaxExpression(kind: kind, range: range, height: height)
  }

  func node(
    _ kind: SyntaxExpressionKind, _ range: TextRange, over children: [SyntaxExpression]
  ) throws(SQLFault) -> SyntaxExpression {
    try node(kind, range, height: 1 + (children.map(\.height).max() ?? 0))
  }

  // MARK: Names

  func startsName(_ token: Token) -> Bool {
    switch token.kind {
    case .quotedName: true
    case .word: !Keywords.reserved.contains(token.text)
    default: false
    }
  }

  mutating func name() throws(SQLFault) -> Name {
    guard startsName(token) else { throw unexpected() }
    return takeName()
  }

  /// The next token as a name, whatever it is.
  mutating func takeName() -> Name {
    let token = advance()
    let identifier =
      token.kind == .quotedName
      ? SQLIdentifier(token.text, caseSensitive: true) : SQLIdentifier(source.text(token.range))
    return Name(identifier: identifier, range: token.range)
  }

  /// `a`, `a.b`, `a.b.c`.
  mutating func qualifiedName() throws(SQLFault) -> [Name] {
    var parts = [try name()]
    while isSymbol("."), startsName(peek(1)) {
      advance()
      parts.append(takeName())
    }
    return parts
  }

  /// `(a, b, …)`.
  mutating func nameList() throws(SQLFault) -> [Name] {
    try expectSymbol("(")
    var names = [try name()]
    while acceptSymbol(",") { names.append(try name()) }
    try expectSymbol(")")
    return names
  }
}

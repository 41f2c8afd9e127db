import Platform

/// Parses one expression of the supported subset of JavaScript.
///
/// Statements, assignments, `new`, regular expressions and function values are refused where they stand.
struct ScriptParser {
  var lexer: ScriptLexer
  private(set) var program = ScriptProgram()
  /// Nesting under each node, to bound the evaluator.
  private var depths: [Int] = []
  private(set) var token = ScriptToken.end
  private(set) var tokenPosition = 0
  private var nesting = 0

  /// Parses the whole of `text`.
  static func parse(_ text: String) throws(ExpressionFault) -> ScriptProgram {
    let units = Array(text.utf16)
    guard units.count <= Limits.expressionTextMax else {
      throw ExpressionFault("longer than \(Limits.expressionTextMax) characters", at: 0)
    }
    var parser = ScriptParser(units: units, position: 0)
    let program = try parser.expression()
    guard parser.token == .end else { throw parser.unexpected() }
    return program
  }

  init(units: [UInt16], position: Int) {
    lexer = ScriptLexer(units: units, position: position)
  }

  /// Parses from the present position to where the expression ends; the next token is then `token`.
  mutating func expression() throws(ExpressionFault) -> ScriptProgram {
    try advance()
    program.root = try value()
    return program
  }

  // MARK: Tokens

  mutating func advance() throws(ExpressionFault) {
    (token, tokenPosition) = try lexer.next()
  }

  func unexpected() -> ExpressionFault {
    switch token {
    case .end: ExpressionFault("unexpected end", at: tokenPosition)
    case .mark(.assign): ExpressionFault("assignments are not available", at: tokenPosition)
    case .mark(.divide): ExpressionFault("regular expressions are not available", at: tokenPosition)
    case .mark(.arrow): ExpressionFault("a function is only allowed as an argument", at: tokenPosition)
    case .mark(let mark): ExpressionFault("unexpected '\(mark.rawValue)'", at: tokenPosition)
    case .name(let name): ExpressionFault("unexpected '\(name)'", at: tokenPosition)
    case .number, .string: ExpressionFault("unexpected literal", at: tokenPosition)
    }
  }

  mutating func take(_ mark: ScriptMark) throws(ExpressionFault) -> Bool {
    guard token == .mark(mark) else { return false }
    try advance()
    return true
  }

  mutating func expect(_ mark: ScriptMark) throws(ExpressionFault) {
    guard try take(mark) else { throw unexpected() }
  }

  mutating func add(
    _ node: ScriptNode, at position: Int, over children: [ScriptIndex] = []
  ) throws(ExpressionFault) -> ScriptIndex {
    var depth = 0
    for child in children { depth = max(depth, depths[child]) }
    guard depth < 2 * Limits.expressionDepthMax else {
      throw ExpressionFault("nested too deep", at: position)
    }
    program.nodes.append(node)
    program.positions.append(position)
    depths.append(depth + 1)
    return program.nodes.count - 1
  }

  // MARK: Operators

  /// One expression, a conditional included.
  mutating func value() throws(ExpressionFault) -> ScriptIndex {
    nesting += 1
    defer { nesting -= 1 }
    guard nesting <= Limits.expressionDepthMax else {
      throw ExpressionFault("nested too deep", at: tokenPosition)
    }
    let condition = try operation(above: 0)
    let position = tokenPosition
    guard try take(.question) else { return condition }
    let then = try value()
    try expect(.colon)
    let otherwise = try value()
    return try add(
      .conditional(condition, then: then, otherwise: otherwise), at: position,
      over: [condition, then, otherwise])
  }

  private mutating func operation(above floor: Int) throws(ExpressionFault) -> ScriptIndex {
    let isPrefixed =
      token == .name("typeof") || token == .mark(.minus) || token == .mark(.plus) || token == .mark(.not)
    var left = try prefixed()
    // JavaScript refuses `-a ** b`: it could be read both ways.
    if isPrefixed, token == .mark(.power) { throw unexpected() }
    while case .mark(let mark) = token, let precedence = mark.precedence, precedence > floor {
      let position = tokenPosition
      nesting += 1
      defer { nesting -= 1 }
      guard nesting <= 2 * Limits.expressionDepthMax else {
        throw ExpressionFault("nested too deep", at: position)
      }
      try advance()
      let right = try operation(above: mark == .power ? precedence - 1 : precedence)
      let isLogical = mark == .and || mark == .or || mark == .coalesce
      left = try add(
        isLogical ? .logical(mark, left, right) : .binary(mark, left, right), at: position,
        over: [left, right])
    }
    return left
  }

  private mutating func prefixed() throws(ExpressionFault) -> ScriptIndex {
    let position = tokenPosition
    nesting += 1
    defer { nesting -= 1 }
    guard nesting <= 2 * Limits.expressionDepthMax else {
      throw ExpressionFault("nested too deep", at: position)
    }
    if token == .name("typeof") {
      try advance()
      let operand = try prefixed()
      return try add(.typeName(operand), at: position, over: [operand])
    }
    if case .mark(let mark) = token, mark == .not || mark == .minus || mark == .plus {
      try advance()
      let operand = try prefixed()
      return try add(.unary(mark, operand), at: position, over: [operand])
    }
    return try chained()
  }
}

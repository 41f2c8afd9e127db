import DataModel

/// Binding powers of the dialect's operators; higher binds closer.
enum Precedence {
  static let or = 22
  static let and = 24
  static let not = 26
  static let test = 28
  static let comparison = 30
  static let range = 32
  static let bits = 36
  static let additive = 40
  static let multiplicative = 60
  static let sign = 80

  static func infix(_ token: Token) -> (BinaryOperator, Int)? {
    if token.kind == .word { return token.text == "RLIKE" ? (.regularLike, range) : nil }
    guard token.kind == .symbol else { return nil }
    switch token.text {
    case "=": return (.equal, comparison)
    case "<>", "!=": return (.notEqual, comparison)
    case "<": return (.less, comparison)
    case "<=": return (.lessOrEqual, comparison)
    case ">": return (.greater, comparison)
    case ">=": return (.greaterOrEqual, comparison)
    case "&": return (.bitAnd, bits)
    case "|": return (.bitOr, bits)
    case "^": return (.bitXor, bits)
    case "<<": return (.shiftLeft, bits)
    case ">>": return (.shiftRight, bits)
    case "+": return (.add, additive)
    case "-": return (.subtract, additive)
    case "*": return (.multiply, multiplicative)
    case "/": return (.divide, multiplicative)
    case "%": return (.modulo, multiplicative)
    case "||": return (.concatenate, multiplicative)
    default: return nil
    }
  }
}

/// Expressions by precedence climbing.
extension Parser {
  /// An expression whose operators all bind closer than `above`.
  mutating func expression(above: Int = 0) throws(SQLFault) -> SyntaxExpression {
    try enter()
    defer { depth -= 1 }
    var left = try prefix()
    while let next = try infix(left, above: above) { left = next }
    return left
  }

  private mutating func prefix() throws(SQLFault) -> SyntaxExpression {
    let first = token.range
    if accept("NOT") {
      let operand = try expression(above: Precedence.not - 1)
      return try node(.unary(.not, operand), range(from: first), over: [operand])
    }
    if isSymbol("-") || isSymbol("+") {
      let sign: UnaryOperator = advance().text == "-" ? .minus : .plus
      let operand = try expression(above: Precedence.sign - 1)
      return try node(.unary(sign, operand), range(from: first), over: [operand])
    }
    return try postfix(primary())
  }

  /// `::type`, `[index]`, `.field` behind a primary.
  private mutating func postfix(_ operand: SyntaxExpression) throws(SQLFault) -> SyntaxExpression {
    var operand = operand
    while true {
      if acceptSymbol("::") {
        let type = try type()
        operand = try node(.cast(operand, type, safe: false), range(from: operand.range), over: [operand])
      } else if acceptSymbol("[") {
        let index = try expression()
        try expectSymbol("]")
        operand = try node(.subscripted(operand, index), range(from: operand.range), over: [operand, index])
      } else if isSymbol("."), startsName(peek(1)) {
        advance()
        let field = takeName()
        operand = try node(.field(operand, field), range(from: operand.range), over: [operand])
      } else {
        return operand
      }
    }
  }

  /// One operator behind `left`; nil when the next token is none that binds close enough.
  private mutating func infix(_ left: SyntaxExpression, above: Int) throws(SQLFault) -> SyntaxExpression? {
    if isWord("AND"), above < Precedence.and { return try chain(left, "AND", Precedence.and) }
    if isWord("OR"), above < Precedence.or { return try chain(left, "OR", Precedence.or) }
    if isWord("IS"), above < Precedence.test { return try isTest(left) }
    if above < Precedence.range, let predicate = try rangePredicate(left) { return predicate }
    if isSymbol("<=>"), above < Precedence.comparison {
      advance()
      let right = try expression(above: Precedence.comparison)
      return try node(
        .distinctFrom(left, right, negated: true), left.range.joined(right.range), over: [left, right])
    }
    if let shift = try shiftRight(left, above: above) { return shift }
    guard let (binary, precedence) = Precedence.infix(token), above < precedence else { return nil }
    advance()
    if precedence == Precedence.comparison, let quantified = try quantified(left, binary) {
      return quantified
    }
    let right = try expression(above: precedence)
    return try node(.binary(binary, left, right), left.range.joined(right.range), over: [left, right])
  }

  /// `>>`, which comes as two tokens because types may end with it.
  private mutating func shiftRight(_ left: SyntaxExpression, above: Int) throws(SQLFault) -> SyntaxExpression?
  {
    guard above < Precedence.bits, isSymbol(">"), isSymbol(">", ahead: 1),
      token.range.end == peek(1).range.start
    else { return nil }
    advance()
    advance()
    let right = try expression(above: Precedence.bits)
    return try node(.binary(.shiftRight, left, right), left.range.joined(right.range), over: [left, right])
  }

  private mutating func chain(
    _ left: SyntaxExpression, _ word: String, _ precedence: Int
  ) throws(SQLFault) -> SyntaxExpression {
    var operands = [left]
    while accept(word) { operands.append(try expression(above: precedence)) }
    var levels = 1
    while 1 << levels < operands.count { levels += 1 }
    let height = levels + (operands.map(\.height).max() ?? 0)
    return try node(word == "AND" ? .and(operands) : .or(operands), range(from: left.range), height: height)
  }

  private mutating func isTest(_ left: SyntaxExpression) throws(SQLFault) -> SyntaxExpression {
    advance()
    let negated = accept("NOT")
    if accept("DISTINCT") {
      try expect("FROM")
      let right = try expression(above: Precedence.comparison)
      return try node(
        .distinctFrom(left, right, negated: negated), left.range.joined(right.range), over: [left, right])
    }
    guard token.kind == .word, let test = TruthTest(rawValue: token.text) else { throw unexpected() }
    advance()
    return try node(.test(left, test, negated: negated), range(from: left.range), over: [left])
  }

  /// `= ANY (query)` and the like.
  private mutating func quantified(
    _ left: SyntaxExpression, _ binary: BinaryOperator
  ) throws(SQLFault) -> SyntaxExpression? {
    guard isWord("ANY") || isWord("SOME") || isWord("ALL"), isSymbol("(", ahead: 1) else { return nil }
    let all = advance().text == "ALL"
    guard startsQueryInParentheses() else { return try listed(left, binary, all: all) }
    advance()
    let query = try query()
    try expectSymbol(")")
    let isMembership = all ? binary == .notEqual : binary == .equal
    return try node(
      isMembership ? .inQuery(left, query, negated: all) : .quantified(binary, all: all, left, query),
      range(from: left.range), over: [left])
  }

  /// `> ALL (a, b)`: the comparison with each.
  private mutating func listed(
    _ left: SyntaxExpression, _ binary: BinaryOperator, all: Bool
  ) throws(SQLFault) -> SyntaxExpression {
    var tests: [SyntaxExpression] = []
    for item in try list("(", ")") {
      tests.append(
        try node(.binary(binary, left, item), left.range.joined(item.range), over: [left, item]))
    }
    guard tests.count > 1 else {
      guard let only = tests.first else { throw unexpected() }
      return only
    }
    var levels = 1
    while 1 << levels < tests.count { levels += 1 }
    let height = levels + (tests.map(\.height).max() ?? 0)
    return try node(all ? .and(tests) : .or(tests), range(from: left.range), height: height)
  }

  /// `[NOT] BETWEEN`, `[NOT] IN`, `[NOT] LIKE`.
  private mutating func rangePredicate(_ left: SyntaxExpression) throws(SQLFault) -> SyntaxExpression? {
    let words: Set<String> = ["BETWEEN", "IN", "LIKE", "ILIKE", "SIMILAR", "RLIKE"]
    let negated = isWord("NOT")
    let keyword = peek(negated ? 1 : 0)
    guard keyword.kind == .word, words.contains(keyword.text) else { return nil }
    if negated { advance() }
    advance()
    switch keyword.text {
    case "BETWEEN": return try between(left, negated: negated)
    case "IN": return try membership(left, negated: negated)
    case "LIKE":
      let pattern = try expression(above: Precedence.range)
      let escape = accept("ESCAPE") ? try expression(above: Precedence.range) : nil
      return try node(
        .like(left, pattern: pattern, escape: escape, negated: negated), range(from: left.range),
        over: [left, pattern] + (escape.map { [$0] } ?? []))
    default:
      if keyword.text == "SIMILAR" { try expect("TO") }
      return try match(left, keyword, negated: negated)
    }
  }

  /// RLIKE, ILIKE, SIMILAR TO as calls of functions of those names.
  private mutating func match(
    _ left: SyntaxExpression, _ keyword: Token, negated: Bool
  ) throws(SQLFault) -> SyntaxExpression {
    var arguments = [left, try expression(above: Precedence.range)]
    if keyword.text != "RLIKE", accept("ESCAPE") { arguments.append(try expression(above: Precedence.range)) }
    let name = Name(identifier: SQLIdentifier(keyword.text), range: keyword.range)
    let call = try node(
      .call(SyntaxCall(name: name, arguments: arguments)), range(from: left.range), over: arguments)
    return negated ? try node(.unary(.not, call), call.range, over: [call]) : call
  }

  private mutating func between(_ left: SyntaxExpression, negated: Bool) throws(SQLFault) -> SyntaxExpression
  {
    let symmetric = accept("SYMMETRIC")
    _ = accept("ASYMMETRIC")
    let low = try expression(above: Precedence.range)
    try expect("AND")
    let high = try expression(above: Precedence.range)
    return try node(
      .between(left, low: low, high: high, negated: negated, symmetric: symmetric),
      range(from: left.range), height: 2 + max(left.height, low.height, high.height))
  }

  private mutating func membership(_ left: SyntaxExpression, negated: Bool) throws(SQLFault)
    -> SyntaxExpression
  {
    if startsQueryInParentheses() {
      advance()
      let query = try query()
      try expectSymbol(")")
      return try node(.inQuery(left, query, negated: negated), range(from: left.range), over: [left])
    }
    let items = try list("(", ")")
    var levels = 2
    while 1 << levels < items.count { levels += 1 }
    let height = levels + max(left.height, items.map(\.height).max() ?? 0)
    return try node(.inList(left, items, negated: negated), range(from: left.range), height: height)
  }

  /// Whether `(` and then a query come next.
  func startsQueryInParentheses() -> Bool {
    guard isSymbol("(") else { return false }
    return isWord("SELECT", ahead: 1) || isWord("WITH", ahead: 1) || isWord("VALUES", ahead: 1)
  }
}

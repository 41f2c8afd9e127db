/// Literals, names, parentheses and the forms that start with a word.
extension Parser {
  mutating func primary() throws(SQLFault) -> SyntaxExpression {
    let token = token
    switch token.kind {
    case .integer: return try literal(.integer(token.text))
    case .decimal: return try literal(.decimal(token.text))
    case .approximate: return try literal(.approximate(token.text))
    case .string: return try stringLiteral()
    case .binary: return try literal(.binaryString(token.text))
    case .quotedName: return try nameOrCall()
    case .symbol: return try symbolPrimary()
    case .word: return try wordPrimary()
    case .invalid, .end: throw unexpected()
    }
  }

  private mutating func literal(_ kind: SyntaxExpressionKind) throws(SQLFault) -> SyntaxExpression {
    try node(kind, advance().range)
  }

  /// Strings that follow each other on different lines are one.
  private mutating func stringLiteral() throws(SQLFault) -> SyntaxExpression {
    let first = advance()
    var text = first.text
    while token.kind == .string { text += advance().text }
    return try node(.string(text), range(from: first.range))
  }

  private mutating func symbolPrimary() throws(SQLFault) -> SyntaxExpression {
    let first = token.range
    if isSymbol("?") { return try literal(.parameter) }
    guard isSymbol("(") else { throw unexpected() }
    if startsQueryInParentheses() {
      advance()
      let query = try query()
      try expectSymbol(")")
      return try node(.scalarQuery(query), range(from: first))
    }
    advance()
    var items = [try expression()]
    while acceptSymbol(",") { items.append(try expression()) }
    try expectSymbol(")")
    if items.count == 1, case .binary(.subtract, _, _) = items[0].kind, let units = try intervalUnits() {
      return try node(.interval(items[0], units: units), range(from: first), over: items)
    }
    if items.count == 1, isSymbol("->"), case .name(let parts) = items[0].kind, parts.count == 1 {
      advance()
      let body = try expression()
      return try node(.lambda(parts, body), range(from: first), over: [body])
    }
    guard items.count > 1 else {
      return SyntaxExpression(kind: items[0].kind, range: range(from: first), height: items[0].height)
    }
    return try node(.row(items), range(from: first), over: items)
  }

  private mutating func wordPrimary() throws(SQLFault) -> SyntaxExpression {
    let first = token.range
    switch token.text {
    case "NULL": return try literal(.null)
    case "TRUE": return try literal(.boolean(true))
    case "FALSE": return try literal(.boolean(false))
    case "CASE": return try caseExpression()
    case "CAST": return try castCall(safe: false)
    case "TRY_CAST", "SAFE_CAST":
      if isSymbol("(", ahead: 1) { return try castCall(safe: true) }
    case "EXISTS":
      guard startsExists else { break }
      advance()
      try expectSymbol("(")
      let query = try query()
      try expectSymbol(")")
      return try node(.exists(query), range(from: first))
    case "INTERVAL": return try interval()
    case "DATE", "TIME", "TIMESTAMP":
      if peek(1).kind == .string {
        let type = advance().text
        let text = advance().text
        return try node(.dateTime(type: type, text: text), range(from: first))
      }
    case "U":
      if let text = try unicodeLiteral() { return text }
    case "ARRAY", "MAP", "ROW":
      if let collection = try collection() { return collection }
    default: break
    }
    return try nameOrCall()
  }

  /// Whether a query follows, or another parenthesis; else EXISTS is a function of an array.
  private var startsExists: Bool {
    !isSymbol("(", ahead: 1) || isSymbol("(", ahead: 2)
      || ["SELECT", "WITH", "VALUES", "TABLE"].contains { isWord($0, ahead: 2) }
  }

  private mutating func caseExpression() throws(SQLFault) -> SyntaxExpression {
    let first = advance().range
    let operand = isWord("WHEN") ? nil : try expression()
    var branches: [SyntaxBranch] = []
    while accept("WHEN") {
      let condition = try expression()
      try expect("THEN")
      branches.append(SyntaxBranch(condition: condition, result: try expression()))
    }
    guard !branches.isEmpty else { throw unexpected() }
    let otherwise = accept("ELSE") ? try expression() : nil
    try expect("END")
    var children = branches.flatMap { [$0.condition, $0.result] }
    if let operand { children.append(operand) }
    if let otherwise { children.append(otherwise) }
    let height = 2 + (children.map(\.height).max() ?? 0)
    return try node(
      .cases(operand: operand, branches, otherwise: otherwise), range(from: first), height: height)
  }

  private mutating func castCall(safe: Bool) throws(SQLFault) -> SyntaxExpression {
    let first = advance().range
    try expectSymbol("(")
    let operand = try expression()
    try expect("AS")
    let type = try type()
    try expectSymbol(")")
    return try node(.cast(operand, type, safe: safe), range(from: first), over: [operand])
  }

  /// `INTERVAL [sign] 'text' unit [TO unit]`, `INTERVAL n unit`.
  private mutating func interval() throws(SQLFault) -> SyntaxExpression {
    let first = advance().range
    let amount = try expression(above: Precedence.sign - 1)
    if case .interval(let difference, let units) = amount.kind {
      // `INTERVAL (a - b) DAY`: the parentheses took the unit.
      return try node(.interval(difference, units: units), range(from: first), over: [difference])
    }
    guard let units = try intervalUnits() else { throw unexpected() }
    return try node(.interval(amount, units: units), range(from: first), over: [amount])
  }

  /// `unit [(precision)] [TO unit [(precision)]]`; nil when no unit is here.
  private mutating func intervalUnits() throws(SQLFault) -> [String]? {
    guard token.kind == .word, Keywords.intervalUnits.contains(token.text) else { return nil }
    var units = [advance().text]
    if isSymbol("(") {
      advance()
      while token.kind == .integer || isSymbol(",") { advance() }
      try expectSymbol(")")
    }
    if accept("TO") {
      guard token.kind == .word, Keywords.intervalUnits.contains(token.text) else { throw unexpected() }
      units.append(advance().text)
      if isSymbol("(") {
        advance()
        while token.kind == .integer { advance() }
        try expectSymbol(")")
      }
    }
    return units
  }

  private mutating func collection() throws(SQLFault) -> SyntaxExpression? {
    let first = token.range
    let word = token.text
    let opening = peek(1)
    guard opening.kind == .symbol, opening.text == "[" || opening.text == "(" else { return nil }
    if word == "ROW" {
      guard opening.text == "(" else { return nil }
      advance()
      let items = try list("(", ")")
      return try node(.row(items), range(from: first), over: items)
    }
    if opening.text == "(" {
      guard word == "ARRAY" || peek(2).kind == .word && Parser.queryWords.contains(peek(2).text) else {
        return nil
      }
      advance()
      guard startsQueryInParentheses() else {
        let items = try list("(", ")")
        return try node(.array(items), range(from: first), over: items)
      }
      advance()
      let query = try query()
      try expectSymbol(")")
      return try node(.arrayQuery(query, isMap: word == "MAP"), range(from: first))
    }
    advance()
    let items = try list("[", "]")
    return try node(word == "MAP" ? .map(items) : .array(items), range(from: first), over: items)
  }

  private static let queryWords: Set<String> = ["SELECT", "WITH", "VALUES"]

  /// Expressions between the two symbols; may be none.
  mutating func list(_ opening: String, _ closing: String) throws(SQLFault) -> [SyntaxExpression] {
    try expectSymbol(opening)
    var items: [SyntaxExpression] = []
    if acceptSymbol(closing) { return items }
    repeat { items.append(try expression()) } while acceptSymbol(",")
    try expectSymbol(closing)
    return items
  }

  private mutating func nameOrCall() throws(SQLFault) -> SyntaxExpression {
    let isFunction = token.kind == .word && Keywords.functionLike.contains(token.text)
    guard startsName(token) || (isFunction && isSymbol("(", ahead: 1)) else { throw unexpected() }
    if isSymbol("(", ahead: 1) { return try call() }
    if isSymbol("->", ahead: 1) {
      let parameter = takeName()
      advance()
      let body = try expression()
      return try node(.lambda([parameter], body), range(from: parameter.range), over: [body])
    }
    let first = token.range
    var parts = [takeName()]
    while parts.count < 3, isSymbol("."), startsName(peek(1)) {
      advance()
      parts.append(takeName())
    }
    return try node(.name(parts), range(from: first))
  }
}

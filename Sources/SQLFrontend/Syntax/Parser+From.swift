import DataModel

/// The FROM clause.
extension Parser {
  mutating func fromClause() throws(SQLFault) -> SyntaxTable {
    let first = token.range
    var links = 0
    var left = try joinChain(&links)
    while isSymbol(",") {
      advance()
      let right = try joinChain(&links)
      try countLink(&links)
      left = .join(.cross, left, right, .none, range(from: first))
    }
    return left
  }

  private func countLink(_ links: inout Int) throws(SQLFault) {
    links += 1
    guard links < Parser.nestingMax else {
      throw SQLFault(.parse, "Query joins more than \(Parser.nestingMax) tables", at: token.range)
    }
  }

  private mutating func joinChain(_ links: inout Int) throws(SQLFault) -> SyntaxTable {
    let first = token.range
    var left = try tablePrimary()
    while true {
      let natural = isWord("NATURAL") ? advance().range : nil
      if let applied = try apply(left, from: first, natural: natural) {
        try countLink(&links)
        left = applied
        continue
      }
      guard let kind = try joinKind() else {
        if natural != nil { throw unexpected() }
        return left
      }
      let right = try tablePrimary()
      let condition = try joinCondition(natural: natural, kind: kind)
      try countLink(&links)
      left = .join(kind, left, right, condition, range(from: first))
    }
  }

  private var startsApply: Bool { isWords("CROSS", "APPLY") || isWords("OUTER", "APPLY") }

  /// `CROSS APPLY x` is `CROSS JOIN LATERAL x`, `OUTER APPLY x` is `LEFT JOIN LATERAL x ON TRUE`.
  private mutating func apply(
    _ left: SyntaxTable, from first: TextRange, natural: TextRange?
  ) throws(SQLFault) -> SyntaxTable? {
    guard startsApply, natural == nil else { return nil }
    let isOuter = advance().text == "OUTER"
    advance()
    var right = try tablePrimary()
    if case .query(let query, let alias, _) = right { right = .query(query, alias: alias, lateral: true) }
    let always = try node(.boolean(true), right.range)
    return .join(isOuter ? .left : .cross, left, right, isOuter ? .on(always) : .none, range(from: first))
  }

  private mutating func joinKind() throws(SQLFault) -> JoinKind? {
    let sides: [(String, JoinKind)] = [("LEFT", .left), ("RIGHT", .right), ("FULL", .full)]
    for (word, kind) in sides where accept(word) {
      if kind == .left, accept("ASOF") {
        try expect("JOIN")
        return .leftAsof
      }
      _ = accept("OUTER")
      try expect("JOIN")
      return kind
    }
    if accept("CROSS") {
      try expect("JOIN")
      return .cross
    }
    if accept("INNER") {
      try expect("JOIN")
      return .inner
    }
    return accept("JOIN") ? .inner : nil
  }

  private mutating func joinCondition(
    natural: TextRange?, kind: JoinKind
  ) throws(SQLFault) -> JoinCondition {
    if let natural { return .natural(natural) }
    if accept("MATCH_CONDITION") {
      let match = try expression()
      try expect("ON")
      return .asof(match: match, on: try expression())
    }
    if kind == .cross { return .none }
    if accept("ON") { return .on(try expression()) }
    if accept("USING") { return .using(try nameList()) }
    throw unexpected()
  }

  private mutating func tablePrimary() throws(SQLFault) -> SyntaxTable {
    let first = token.range
    let table = try plainPrimary()
    guard startsPivot else { return table }
    let pivot = try pivot()
    return .pivot(table, pivot, alias: try alias(), range(from: first))
  }

  private mutating func plainPrimary() throws(SQLFault) -> SyntaxTable {
    let first = token.range
    let lateral = accept("LATERAL")
    if isWord("UNNEST") { return try unnest(from: first) }
    if isWord("TABLE"), isSymbol("(", ahead: 1) {
      advance()
      advance()
      let call = try tableCall()
      try expectSymbol(")")
      return .function(call, alias: try alias(), range(from: first))
    }
    if isSymbol("(") { return try parenthesisedTable(lateral: lateral) }
    if startsName(token), isSymbol("(", ahead: 1) {
      let call = try tableCall()
      return .function(call, alias: try alias(), range(from: first))
    }
    let parts = try qualifiedName()
    return .named(parts, alias: try alias())
  }

  private mutating func parenthesisedTable(lateral: Bool) throws(SQLFault) -> SyntaxTable {
    try enter()
    defer { depth -= 1 }
    if startsQuery() {
      // `((SELECT …) UNION …)` and `((SELECT …) JOIN …)` differ only behind the inner parenthesis.
      let start = index
      advance()
      do throws(SQLFault) {
        let query = try query()
        try expectSymbol(")")
        return .query(query, alias: try alias(), lateral: lateral)
      } catch {
        guard peekAfter(start).isSymbolParenthesis, lateral == false else { throw error }
        index = start
        guard depth < 6 else { throw error }
      }
    }
    try expectSymbol("(")
    var links = 0
    let inner = try joinChain(&links)
    try expectSymbol(")")
    guard isWord("AS") || (startsName(token) && !startsPivot && !startsApply) else { return inner }
    throw SQLFault.unimplemented("alias of a parenthesised join", at: token.range)
  }

  private func peekAfter(_ start: Int) -> Token { tokens[min(start + 1, tokens.count - 1)] }

  /// A call whose arguments may be `TABLE t`, `DESCRIPTOR(c)` and intervals.
  private mutating func tableCall() throws(SQLFault) -> SyntaxCall {
    let name = try name()
    try expectSymbol("(")
    var arguments: [SyntaxExpression] = []
    var names: [Name] = []
    if !isSymbol(")") {
      repeat {
        if token.kind == .word, isSymbol("=>", ahead: 1) {
          names.append(takeName())
          advance()
        }
        if isWord("TABLE") {
          let first = advance().range
          let parts = try qualifiedName()
          arguments.append(try node(.name(parts), range(from: first)))
        } else {
          arguments.append(try expression())
        }
      } while acceptSymbol(",")
    }
    try expectSymbol(")")
    return SyntaxCall(name: name, arguments: try Parser.ordered(arguments, names, of: name))
  }

  private static let parameters: [String: [String]] = [
    "TUMBLE": ["DATA", "TIMECOL", "SIZE", "OFFSET"], "HOP": ["DATA", "TIMECOL", "SLIDE", "SIZE", "OFFSET"],
    "SESSION": ["DATA", "TIMECOL", "KEY", "SIZE"],
  ]

  /// Arguments with names (`size => …`) in the order of the function's parameters.
  private static func ordered(
    _ arguments: [SyntaxExpression], _ names: [Name], of function: Name
  ) throws(SQLFault) -> [SyntaxExpression] {
    guard let first = names.first else { return arguments }
    let known = parameters[function.identifier.spelled.uppercased()] ?? []
    guard names.count == arguments.count else {
      throw .validation("Either all arguments have names or none", at: first.range)
    }
    var places: [(place: Int, argument: SyntaxExpression)] = []
    for (name, argument) in zip(names, arguments) {
      guard let place = known.firstIndex(of: name.identifier.spelled.uppercased()),
        !places.contains(where: { $0.place == place })
      else { throw .validation("Unknown parameter '\(name.identifier)'", at: name.range) }
      places.append((place, argument))
    }
    return places.sorted { $0.place < $1.place }.map(\.argument)
  }

  private mutating func unnest(from first: TextRange) throws(SQLFault) -> SyntaxTable {
    advance()
    try expectSymbol("(")
    var arguments = [try expression()]
    while acceptSymbol(",") { arguments.append(try expression()) }
    try expectSymbol(")")
    var ordinality = false
    if isWords("WITH", "ORDINALITY") {
      advance()
      advance()
      ordinality = true
    }
    return .unnest(arguments, ordinality: ordinality, alias: try alias(), range(from: first))
  }

  private mutating func alias() throws(SQLFault) -> SyntaxAlias? {
    guard accept("AS") || (startsName(token) && !startsPivot && !startsApply) else { return nil }
    let name = try name()
    return SyntaxAlias(name: name, columns: isSymbol("(") ? try nameList() : [])
  }
}

extension Token {
  fileprivate var isSymbolParenthesis: Bool { kind == .symbol && text == "(" }
}

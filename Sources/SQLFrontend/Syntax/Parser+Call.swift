import DataModel

/// Calls of functions, with the forms of the standard that are not plain argument lists.
extension Parser {
  mutating func call() throws(SQLFault) -> SyntaxExpression {
    let name = takeName()
    var call = SyntaxCall(name: name, arguments: [])
    let word = name.identifier.caseSensitive ? "" : name.identifier.spelled.uppercased()
    try expectSymbol("(")
    try arguments(of: word, &call)
    try expectSymbol(")")
    try suffix(&call)
    let height = 1 + (call.arguments.map(\.height).max() ?? 0)
    return try node(.call(call), range(from: name.range), height: height)
  }

  private mutating func arguments(of word: String, _ call: inout SyntaxCall) throws(SQLFault) {
    switch word {
    case "EXTRACT": try extractArguments(&call)
    case "TRIM": try trimArguments(&call)
    case "SUBSTRING": try separated(&call, by: ["FROM", "FOR"])
    case "OVERLAY": try separated(&call, by: ["PLACING", "FROM", "FOR"])
    case "POSITION":
      call.arguments = [try expression(above: Precedence.range)]
      if accept("IN") {
        call.arguments.append(try expression())
      } else {
        try expectSymbol(",")
        call.arguments.append(try expression())
      }
    case "TIMESTAMPADD", "TIMESTAMPDIFF", "DATEDIFF", "DATEADD":
      call.unit = try unit()
      try expectSymbol(",")
      try plainArguments(&call)
    default: try plainArguments(&call)
    }
  }

  private mutating func plainArguments(_ call: inout SyntaxCall) throws(SQLFault) {
    if isSymbol(")") { return }
    if isSymbol("*"), isSymbol(")", ahead: 1) {
      call.arguments = [try node(.star, advance().range)]
      return
    }
    if accept("DISTINCT") { call.distinct = true } else { _ = accept("ALL") }
    repeat {
      // `TRUNC(x, MONTH)` and `FLOOR(x TO MONTH)`: a unit is a word that stands alone.
      call.arguments.append(try expression())
    } while acceptSymbol(",")
    if accept("TO") { call.unit = try unit() }
    try nullTreatment(&call)
    if isWords("ORDER", "BY") { call.order = try orderBy() }
  }

  private mutating func unit() throws(SQLFault) -> String {
    if token.kind == .string, Keywords.timeUnits.contains(token.text.uppercased()) {
      return advance().text.uppercased()
    }
    guard token.kind == .word, Keywords.timeUnits.contains(token.text) else { throw unexpected() }
    return advance().text
  }

  private mutating func extractArguments(_ call: inout SyntaxCall) throws(SQLFault) {
    call.unit = try unit()
    try expect("FROM")
    call.arguments = [try expression()]
  }

  /// `TRIM([BOTH|LEADING|TRAILING] [characters] FROM x)`, `TRIM(x [, characters])`: the value comes first.
  private mutating func trimArguments(_ call: inout SyntaxCall) throws(SQLFault) {
    var side: String?
    for word in ["BOTH", "LEADING", "TRAILING"] where isWord(word) && !isSymbol(")", ahead: 1) {
      side = advance().text
      break
    }
    call.unit = side ?? "BOTH"
    if side != nil, accept("FROM") {
      call.arguments = [try expression()]
      return
    }
    let first = try expression()
    if accept("FROM") {
      call.arguments = [try expression(), first]
    } else if acceptSymbol(",") {
      call.arguments = [first, try expression()]
    } else {
      call.arguments = [first]
    }
  }

  /// Arguments separated by commas or by these words in order.
  private mutating func separated(_ call: inout SyntaxCall, by words: [String]) throws(SQLFault) {
    call.arguments = [try expression()]
    for word in words where accept(word) { call.arguments.append(try expression()) }
    while acceptSymbol(",") { call.arguments.append(try expression()) }
  }

  // MARK: Behind the arguments

  private mutating func suffix(_ call: inout SyntaxCall) throws(SQLFault) {
    if isWords("WITHIN", "GROUP") {
      advance()
      advance()
      try expectSymbol("(")
      call.withinGroup = try orderBy()
      try expectSymbol(")")
    }
    if isWord("FILTER"), isSymbol("(", ahead: 1) {
      advance()
      advance()
      try expect("WHERE")
      call.filter = try expression()
      try expectSymbol(")")
    }
    try nullTreatment(&call)
    if isWord("OVER") {
      let first = advance().range
      if startsName(token) {
        let base = takeName()
        call.window = SyntaxWindow(
          base: base, partition: [], order: [], frame: nil, bounds: [], range: range(from: first))
      } else {
        call.window = try window(from: first)
      }
    }
  }

  private mutating func nullTreatment(_ call: inout SyntaxCall) throws(SQLFault) {
    for word in ["IGNORE", "RESPECT"] where isWords(word, "NULLS") {
      advance()
      advance()
      call.respectNulls = word == "RESPECT"
    }
  }

  mutating func window() throws(SQLFault) -> SyntaxWindow { try window(from: token.range) }

  private mutating func window(from first: TextRange) throws(SQLFault) -> SyntaxWindow {
    try expectSymbol("(")
    let base = startsName(token) && !frameWord() ? takeName() : nil
    var partition: [SyntaxExpression] = []
    if accept("PARTITION") {
      try expect("BY")
      repeat { partition.append(try expression()) } while acceptSymbol(",")
    }
    let order = isWords("ORDER", "BY") ? try orderBy() : []
    var frame: String?
    var bounds: [SyntaxWindow.Bound] = []
    if frameWord() {
      frame = advance().text
      if accept("BETWEEN") {
        bounds.append(try bound())
        try expect("AND")
      }
      bounds.append(try bound())
    }
    try expectSymbol(")")
    return SyntaxWindow(
      base: base, partition: partition, order: order, frame: frame, bounds: bounds, range: range(from: first))
  }

  private func frameWord() -> Bool { isWord("ROWS") || isWord("RANGE") || isWord("GROUPS") }

  private mutating func bound() throws(SQLFault) -> SyntaxWindow.Bound {
    if isWords("CURRENT", "ROW") {
      advance()
      advance()
      return SyntaxWindow.Bound(offset: nil, word: "CURRENT ROW")
    }
    let offset = accept("UNBOUNDED") ? nil : try expression(above: Precedence.comparison)
    guard isWord("PRECEDING") || isWord("FOLLOWING") else { throw unexpected() }
    return SyntaxWindow.Bound(offset: offset, word: advance().text)
  }
}

extension Parser {
  /// All statements that can be read, and the faults of those that cannot.
  static func program(_ source: SourceText) -> (statements: [SyntaxStatement], faults: [SQLFault]) {
    var parser = Parser(source)
    var statements: [SyntaxStatement] = []
    var faults: [SQLFault] = []
    while true {
      while parser.acceptSymbol(";") {}
      guard parser.token.kind != .end else { return (statements, faults) }
      do throws(SQLFault) {
        statements.append(try parser.statement())
      } catch {
        faults.append(error)
        guard faults.count < 20 else { return (statements, faults) }
        parser.depth = 0
        parser.skipStatement()
      }
    }
  }

  /// Exactly one statement, with or without a semicolon behind it.
  static func single(_ source: SourceText) throws(SQLFault) -> SyntaxStatement {
    var parser = Parser(source)
    while parser.acceptSymbol(";") {}
    let statement = try parser.statement()
    while parser.acceptSymbol(";") {}
    guard parser.token.kind == .end else { throw parser.unexpected() }
    return statement
  }

  /// All statements of a request.
  static func script(_ source: SourceText) throws(SQLFault) -> [SyntaxStatement] {
    var parser = Parser(source)
    var statements: [SyntaxStatement] = []
    while true {
      while parser.acceptSymbol(";") {}
      guard parser.token.kind != .end || statements.isEmpty else { return statements }
      statements.append(try parser.statement())
    }
  }

  mutating func skipStatement() {
    while token.kind != .end, !isSymbol(";") { advance() }
  }

  mutating func statement() throws(SQLFault) -> SyntaxStatement {
    let first = token.range
    let kind: SyntaxStatement.Kind
    if isWord("CREATE") {
      kind = try create()
    } else if isWords("DECLARE", "RECURSIVE", "VIEW") {
      for _ in 0..<3 { advance() }
      kind = .declareView(try declareView())
    } else if accept("LATENESS") {
      let view = try name()
      try expectSymbol(".")
      kind = .lateness(SyntaxLateness(view: view, column: try name(), amount: try expression()))
    } else if startsQuery() {
      kind = .query(try query())
    } else if isWords("INSERT", "INTO") {
      kind = .insert(try insert())
    } else if accept("EXPLAIN") {
      if isWords("PLAN", "FOR") {
        advance()
        advance()
      }
      kind = .explain(try query())
    } else if token.kind == .word, Parser.refused.contains(token.text) {
      kind = other(named: token.text)
    } else {
      throw unexpected()
    }
    let range = range(from: first)
    guard token.kind == .end || isSymbol(";") else { throw unexpected() }
    return SyntaxStatement(kind: kind, range: range)
  }

  private mutating func insert() throws(SQLFault) -> SyntaxInsert {
    advance()
    advance()
    let table = try name()
    let columns = isSymbol("(") && !startsQuery() ? try nameList() : []
    return SyntaxInsert(table: table, columns: columns, query: try query())
  }

  private static let refused: Set<String> = [
    "INSERT", "DELETE", "UPDATE", "DROP", "ALTER", "DECLARE", "REMOVE", "SET", "DESCRIBE", "MERGE",
    "UPSERT", "TRUNCATE", "LATENESS", "SHOW", "BEGIN", "COMMIT", "ROLLBACK",
  ]

  private mutating func other(named name: String) -> SyntaxStatement.Kind {
    skipStatement()
    return .other(name)
  }

  private mutating func create() throws(SQLFault) -> SyntaxStatement.Kind {
    if isWords("CREATE", "TABLE") {
      advance()
      advance()
      return .createTable(try createTable())
    }
    let first = advance().range
    let kinds: [(String, SyntaxCreateView.Kind)] = [
      ("MATERIALIZED", .materialized), ("LOCAL", .local), ("RECURSIVE", .recursive),
    ]
    for (word, kind) in kinds where isWords(word, "VIEW") {
      advance()
      advance()
      return .createView(try createView(kind, range(from: first)))
    }
    if accept("TYPE") { return .createType(try createType()) }
    if accept("VIEW") { return .createView(try createView(.plain, range(from: first))) }
    guard token.kind == .word else { throw unexpected() }
    let known: Set<String> = [
      "FUNCTION", "INDEX", "AGGREGATE", "LINEAR", "OR", "UNIQUE", "SCHEMA", "TRIGGER",
    ]
    guard known.contains(token.text) else { throw unexpected() }
    return other(named: "CREATE " + token.text)
  }

  private mutating func declareView() throws(SQLFault) -> SyntaxDeclareView {
    let name = try name()
    guard case .row(let columns) = try fields().kind else {
      return SyntaxDeclareView(name: name, columns: [])
    }
    return SyntaxDeclareView(name: name, columns: columns)
  }

  /// `name AS type`, `name AS (field type, …)`.
  private mutating func createType() throws(SQLFault) -> SyntaxCreateType {
    let name = try name()
    try expect("AS")
    return SyntaxCreateType(name: name, type: isSymbol("(") ? try fields() : try type())
  }

  private mutating func createView(
    _ kind: SyntaxCreateView.Kind, _ kindRange: TextRange
  ) throws(SQLFault) -> SyntaxCreateView {
    let name = try name()
    let columns = isSymbol("(") ? try nameList() : []
    let properties = accept("WITH") ? try propertyList() : []
    try expect("AS")
    let query = try query()
    return SyntaxCreateView(
      kind: kind, kindRange: kindRange, name: name, columns: columns, properties: properties, query: query)
  }

  mutating func propertyList() throws(SQLFault) -> [SyntaxProperty] {
    try expectSymbol("(")
    var properties: [SyntaxProperty] = []
    repeat {
      guard token.kind == .string else { throw unexpected() }
      let key = advance()
      try expectSymbol("=")
      guard token.kind == .string else { throw unexpected() }
      let value = advance()
      properties.append(
        SyntaxProperty(key: key.text, keyRange: key.range, value: value.text, valueRange: value.range))
    } while acceptSymbol(",")
    try expectSymbol(")")
    return properties
  }
}

import DataModel

/// CREATE TABLE: columns, constraints, properties.
extension Parser {
  mutating func createTable() throws(SQLFault) -> SyntaxCreateTable {
    if isWords("IF", "NOT") { throw unexpected() }
    var table = SyntaxCreateTable(name: try name())
    try expectSymbol("(")
    repeat {
      if try !tableConstraint(&table) { table.columns.append(try column()) }
    } while acceptSymbol(",")
    try expectSymbol(")")
    if accept("WITH") { table.properties = try propertyList() }
    return table
  }

  /// Whether a constraint of the whole table was here.
  private mutating func tableConstraint(_ table: inout SyntaxCreateTable) throws(SQLFault) -> Bool {
    let first = token.range
    if accept("CONSTRAINT") { _ = try name() }
    if isWords("PRIMARY", "KEY") {
      advance()
      advance()
      let columns = try nameList()
      table.primaryKeys.append((columns, range(from: first)))
    } else if isWords("FOREIGN", "KEY") {
      advance()
      advance()
      _ = try nameList()
      try references()
    } else if isWord("UNIQUE"), isSymbol("(", ahead: 1) {
      advance()
      _ = try nameList()
      table.unsupported.append(("UNIQUE constraint", range(from: first)))
    } else if isWord("CHECK"), isSymbol("(", ahead: 1) {
      advance()
      advance()
      _ = try expression()
      try expectSymbol(")")
      table.unsupported.append(("CHECK constraint", range(from: first)))
    } else {
      return false
    }
    return true
  }

  /// `REFERENCES t [(columns)]`.
  private mutating func references() throws(SQLFault) {
    try expect("REFERENCES")
    _ = try qualifiedName()
    if isSymbol("(") { _ = try nameList() }
  }

  private mutating func column() throws(SQLFault) -> SyntaxColumn {
    let name = try name()
    var column = SyntaxColumn(name: name, type: try type())
    while try columnOption(&column) {}
    return column
  }

  private mutating func columnOption(_ column: inout SyntaxColumn) throws(SQLFault) -> Bool {
    let first = token.range
    if accept("CONSTRAINT") { _ = try name() }
    if isWords("NOT", "NULL") {
      advance()
      advance()
      column.nullable = false
    } else if accept("NULL") {
      return true
    } else if isWords("PRIMARY", "KEY") {
      advance()
      advance()
      column.primaryKey = range(from: first)
    } else if accept("DEFAULT") {
      column.defaultValue = try expression(above: Precedence.not)
    } else if isWords("FOREIGN", "KEY") {
      advance()
      advance()
      try references()
    } else if isWord("REFERENCES") {
      try references()
    } else {
      return try refusedColumnOption(&column, from: first)
    }
    return true
  }

  private mutating func refusedColumnOption(
    _ column: inout SyntaxColumn, from first: TextRange
  ) throws(SQLFault) -> Bool {
    if accept("LATENESS") {
      column.lateness = try expression(above: Precedence.not)
    } else if accept("WATERMARK") {
      column.watermark = try expression(above: Precedence.not)
    } else if isWord("CHECK"), isSymbol("(", ahead: 1) {
      advance()
      _ = try expression()
      column.check = range(from: first)
    } else if accept("UNIQUE") || accept("INTERNED") {
      column.check = range(from: first)
    } else {
      return false
    }
    return true
  }
}

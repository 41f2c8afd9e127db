/// PIVOT behind a table, and changes of `*`.
extension Parser {
  var startsPivot: Bool { isWord("PIVOT") && isSymbol("(", ahead: 1) }

  mutating func pivot() throws(SQLFault) -> SyntaxPivot {
    advance()
    try expectSymbol("(")
    var aggregates: [SyntaxPivot.Aggregate] = []
    repeat {
      let call = try expression()
      aggregates.append(SyntaxPivot.Aggregate(call: call, alias: try optionalAlias()))
    } while acceptSymbol(",")
    try expect("FOR")
    let columns = isSymbol("(") ? try nameList() : [try name()]
    try expect("IN")
    try expectSymbol("(")
    var values: [SyntaxPivot.Value] = []
    repeat {
      let value = try expression()
      var items = [value]
      if case .row(let parts) = value.kind { items = parts }
      values.append(SyntaxPivot.Value(items: items, alias: try optionalAlias(), range: value.range))
    } while acceptSymbol(",")
    try expectSymbol(")")
    try expectSymbol(")")
    return SyntaxPivot(aggregates: aggregates, columns: columns, values: values)
  }

  private mutating func optionalAlias() throws(SQLFault) -> Name? {
    if accept("AS") { return try name() }
    return startsName(token) ? takeName() : nil
  }

  /// `EXCEPT (a, b)` or `EXCLUDE (a, b)`, then `REPLACE (x AS c)` behind a star.
  mutating func starChanges() throws(SQLFault) -> SyntaxStarChanges {
    var changes = SyntaxStarChanges()
    let isList = isSymbol("(", ahead: 1) && !startsQuery(ahead: 2)
    if isWord("EXCEPT") && isList || isWord("EXCLUDE") && isList {
      advance()
      changes.excluded = try nameList()
    }
    if isWord("REPLACE"), isSymbol("(", ahead: 1) {
      advance()
      advance()
      repeat {
        let expression = try expression()
        try expect("AS")
        changes.replaced.append(SyntaxStarChanges.Replacement(expression: expression, name: try name()))
      } while acceptSymbol(",")
      try expectSymbol(")")
    }
    return changes
  }

  private func startsQuery(ahead: Int) -> Bool {
    ["SELECT", "WITH", "VALUES", "TABLE"].contains { isWord($0, ahead: ahead) } || isSymbol("(", ahead: ahead)
  }
}

/// Query expressions.
extension Parser {
  func startsQuery() -> Bool {
    if isWord("SELECT") || isWord("WITH") || isWord("VALUES") { return true }
    if isWord("TABLE"), !isSymbol("(", ahead: 1) { return true }
    // A parenthesis opens a query when the first thing inside all parentheses starts one.
    guard isSymbol("(") else { return false }
    var ahead = 1
    while ahead <= Parser.nestingMax, isSymbol("(", ahead: ahead) { ahead += 1 }
    return isWord("SELECT", ahead: ahead) || isWord("WITH", ahead: ahead) || isWord("VALUES", ahead: ahead)
  }

  mutating func query() throws(SQLFault) -> SyntaxQuery {
    try enter()
    defer { depth -= 1 }
    let first = token.range
    var with: [SyntaxCommonTable] = []
    var recursive: TextRange?
    if accept("WITH") {
      if isWord("RECURSIVE") { recursive = advance().range }
      repeat { with.append(try commonTable()) } while acceptSymbol(",")
    }
    var query = SyntaxQuery(body: try queryBody(), range: first)
    query.with = with
    query.recursive = recursive
    try queryTail(&query)
    query.range = range(from: first)
    return query
  }

  private mutating func commonTable() throws(SQLFault) -> SyntaxCommonTable {
    let name = try name()
    let columns = isSymbol("(") ? try nameList() : []
    try expect("AS")
    try expectSymbol("(")
    let query = try query()
    try expectSymbol(")")
    return SyntaxCommonTable(name: name, columns: columns, query: query)
  }

  private mutating func queryTail(_ query: inout SyntaxQuery) throws(SQLFault) {
    if isWords("ORDER", "BY") {
      let first = token.range
      query.order = try orderBy()
      query.orderRange = range(from: first)
    }
    while true {
      if query.limit == nil, accept("LIMIT") {
        if accept("ALL") { continue }
        query.limit = try expression()
      } else if query.offset == nil, accept("OFFSET") {
        query.offset = try expression()
        if !accept("ROWS") { _ = accept("ROW") }
      } else if query.limit == nil, accept("FETCH") {
        if !accept("FIRST") { try expect("NEXT") }
        query.limit = try expression()
        if !accept("ROWS") { try expect("ROW") }
        try expect("ONLY")
      } else {
        return
      }
    }
  }

  /// `ORDER BY item, …`.
  mutating func orderBy() throws(SQLFault) -> [SyntaxOrderItem] {
    try expect("ORDER")
    try expect("BY")
    var items: [SyntaxOrderItem] = []
    repeat {
      let expression = try expression()
      var descending = false
      if accept("DESC") { descending = true } else { _ = accept("ASC") }
      var nullsFirst: Bool?
      if accept("NULLS") {
        nullsFirst = accept("FIRST")
        if nullsFirst == false { try expect("LAST") }
      }
      items.append(SyntaxOrderItem(expression: expression, descending: descending, nullsFirst: nullsFirst))
    } while acceptSymbol(",")
    return items
  }

  // MARK: Set operations

  /// UNION and EXCEPT, to the left; INTERSECT binds closer.
  private mutating func queryBody() throws(SQLFault) -> SyntaxQueryBody {
    let first = token.range
    var chain = SetChain(try intersection(), from: first)
    while isWord("UNION") || isWord("EXCEPT") || isWord("MINUS") {
      let setOperator = advance().text == "UNION" ? SetOperator.union : .except
      let all = try setQuantifier()
      try append(try intersection(), setOperator, all, to: &chain)
    }
    return chain.body(range(from: chain.first))
  }

  private mutating func intersection() throws(SQLFault) -> SyntaxQueryBody {
    let first = token.range
    var chain = SetChain(try queryTerm(), from: first)
    while accept("INTERSECT") {
      let all = try setQuantifier()
      try append(try queryTerm(), .intersect, all, to: &chain)
    }
    return chain.body(range(from: chain.first))
  }

  private mutating func setQuantifier() throws(SQLFault) -> Bool {
    if accept("ALL") { return true }
    _ = accept("DISTINCT")
    return false
  }

  private func append(
    _ operand: SyntaxQueryBody, _ setOperator: SetOperator, _ all: Bool, to chain: inout SetChain
  ) throws(SQLFault) {
    chain.append(operand, setOperator, all, range(from: chain.first))
    guard chain.levels <= Parser.nestingMax else {
      throw SQLFault(.parse, "Query has more than \(Parser.nestingMax) set operations", at: token.range)
    }
  }

  private mutating func queryTerm() throws(SQLFault) -> SyntaxQueryBody {
    if isWord("SELECT") { return .select(try select()) }
    if isWord("VALUES") { return try values() }
    if isWord("TABLE") {
      advance()
      return .table(try qualifiedName())
    }
    try expectSymbol("(")
    let inner = try query()
    try expectSymbol(")")
    return .nested(inner)
  }

  private mutating func values() throws(SQLFault) -> SyntaxQueryBody {
    let first = advance().range
    var rows: [[SyntaxExpression]] = []
    repeat {
      if isWord("ROW"), isSymbol("(", ahead: 1) { advance() }
      if acceptSymbol("(") {
        var row = [try expression()]
        while acceptSymbol(",") { row.append(try expression()) }
        try expectSymbol(")")
        rows.append(row)
      } else {
        rows.append([try expression()])
      }
    } while acceptSymbol(",")
    return .values(rows, range(from: first))
  }

  // MARK: SELECT

  private mutating func select() throws(SQLFault) -> SyntaxSelect {
    var select = SyntaxSelect(range: advance().range)
    if accept("DISTINCT") { select.distinct = true } else { _ = accept("ALL") }
    repeat { select.items.append(try selectItem()) } while acceptSymbol(",")
    if accept("FROM") { select.from = try fromClause() }
    if accept("WHERE") { select.filter = try expression() }
    if isWords("GROUP", "BY") { try groupBy(&select) }
    if accept("HAVING") { select.having = try expression() }
    if isWord("WINDOW") {
      advance()
      repeat {
        let name = try name()
        try expect("AS")
        select.windows.append(SyntaxNamedWindow(name: name, window: try window()))
      } while acceptSymbol(",")
    }
    if accept("QUALIFY") { select.qualify = try expression() }
    select.range = range(from: select.range)
    return select
  }

  private mutating func selectItem() throws(SQLFault) -> SyntaxSelectItem {
    if isSymbol("*") {
      let range = advance().range
      return .star(range, try starChanges())
    }
    if startsName(token), isSymbol(".", ahead: 1), isSymbol("*", ahead: 2) {
      let name = takeName()
      advance()
      advance()
      let range = range(from: name.range)
      return .qualifiedStar(name, range, try starChanges())
    }
    let expression = try expression()
    if accept("AS") { return .expression(expression, alias: try name()) }
    return .expression(expression, alias: startsName(token) ? takeName() : nil)
  }

  private mutating func groupBy(_ select: inout SyntaxSelect) throws(SQLFault) {
    let first = token.range
    advance()
    advance()
    select.groupDistinct = accept("DISTINCT")
    if !select.groupDistinct { _ = accept("ALL") }
    var items: [SyntaxGroupItem] = []
    repeat { items.append(try groupItem()) } while acceptSymbol(",")
    select.group = items
    select.groupRange = range(from: first)
  }

  private mutating func groupItem() throws(SQLFault) -> SyntaxGroupItem {
    try enter()
    defer { depth -= 1 }
    let first = token.range
    for word in ["ROLLUP", "CUBE"] where isWord(word) && isSymbol("(", ahead: 1) {
      advance()
      let parts = try groupParts()
      return word == "CUBE" ? .cube(parts, range(from: first)) : .rollup(parts, range(from: first))
    }
    if isWords("GROUPING", "SETS") {
      advance()
      advance()
      try expectSymbol("(")
      var items: [SyntaxGroupItem] = []
      repeat { items.append(try groupItem()) } while acceptSymbol(",")
      try expectSymbol(")")
      return .sets(items, range(from: first))
    }
    if isSymbol("("), isSymbol(")", ahead: 1) {
      advance()
      advance()
      return .empty
    }
    return .expression(try expression())
  }

  /// `(a, (b, c), …)`
  private mutating func groupParts() throws(SQLFault) -> [[SyntaxExpression]] {
    try expectSymbol("(")
    var parts: [[SyntaxExpression]] = []
    repeat {
      let item = try expression()
      if case .row(let items) = item.kind { parts.append(items) } else { parts.append([item]) }
    } while acceptSymbol(",")
    try expectSymbol(")")
    return parts
  }
}

/// Operands of set operations on one level; those of one operator in a row are one operation.
private struct SetChain {
  let first: TextRange
  private var operands: [SyntaxQueryBody]
  private var last: (setOperator: SetOperator, all: Bool)?
  private(set) var levels = 0

  init(_ operand: SyntaxQueryBody, from first: TextRange) {
    self.first = first
    operands = [operand]
  }

  mutating func append(
    _ operand: SyntaxQueryBody, _ setOperator: SetOperator, _ all: Bool, _ range: TextRange
  ) {
    if last.map({ $0 != (setOperator, all) }) ?? true {
      operands = [body(range)]
      last = (setOperator, all)
      levels += 1
    }
    operands.append(operand)
  }

  func body(_ range: TextRange) -> SyntaxQueryBody {
    guard let last else { return operands[0] }
    return .setOperation(last.setOperator, all: last.all, operands, range)
  }
}

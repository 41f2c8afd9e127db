/// Types.
extension Parser {
  mutating func type() throws(SQLFault) -> SyntaxType {
    try enter()
    defer { depth -= 1 }
    let first = token.range
    var type = try baseType()
    var levels = 0
    while isWord("ARRAY") || isWord("MULTISET") {
      if isWord("MULTISET") { throw .unimplemented("MULTISET type", at: token.range) }
      advance()
      type = SyntaxType(kind: .array(type), range: range(from: first))
      levels += 1
      guard depth + levels <= Parser.nestingMax else {
        throw SQLFault(
          .parse, "Statement is nested more than \(Parser.nestingMax) levels deep", at: token.range)
      }
    }
    return type
  }

  private mutating func baseType() throws(SQLFault) -> SyntaxType {
    let first = token.range
    if isWord("ROW"), isSymbol("(", ahead: 1) {
      advance()
      return try fields()
    }
    if isWord("MAP"), isSymbol("<", ahead: 1) {
      advance()
      advance()
      let key = try type()
      try expectSymbol(",")
      let value = try type()
      try expectSymbol(">")
      return SyntaxType(kind: .map(key, value), range: range(from: first))
    }
    return try namedType(from: first)
  }

  /// `(name type [[NOT] NULL], …)`.
  mutating func fields() throws(SQLFault) -> SyntaxType {
    let first = token.range
    try expectSymbol("(")
    var fields: [SyntaxColumn] = []
    repeat {
      var field = SyntaxColumn(name: try name(), type: try type())
      if isWords("NOT", "NULL") {
        advance()
        advance()
        field.nullable = false
      } else {
        _ = accept("NULL")
      }
      fields.append(field)
    } while acceptSymbol(",")
    try expectSymbol(")")
    return SyntaxType(kind: .row(fields), range: range(from: first))
  }

  private mutating func namedType(from first: TextRange) throws(SQLFault) -> SyntaxType {
    if accept("INTERVAL") {
      var words = "INTERVAL"
      while token.kind == .word, Keywords.timeUnits.contains(token.text) || token.text == "TO" {
        words += " " + advance().text
        if isSymbol("(") { _ = try typeNumbers() }
      }
      return SyntaxType(kind: .named(words, []), range: range(from: first))
    }
    if accept("UNSIGNED") {
      return SyntaxType(kind: .named("INTEGER UNSIGNED", []), range: range(from: first))
    }
    guard startsName(token) else { throw unexpected() }
    let isQuoted = token.kind == .quotedName
    var words = token.text
    advance()
    if isQuoted { return SyntaxType(kind: .named(words, []), range: range(from: first)) }
    let second: [String: Set<String>] = [
      "DOUBLE": ["PRECISION"], "CHARACTER": ["VARYING"], "CHAR": ["VARYING"], "BINARY": ["VARYING"],
    ]
    if token.kind == .word, second[words]?.contains(token.text) == true { words += " " + advance().text }
    if accept("UNSIGNED") { words += " UNSIGNED" }
    let numbers = isSymbol("(") ? try typeNumbers() : []
    if words == "TIMESTAMP" || words == "TIME" { words += try timeZoneSuffix() }
    return SyntaxType(kind: .named(words, numbers), range: range(from: first))
  }

  private mutating func timeZoneSuffix() throws(SQLFault) -> String {
    if isWords("WITHOUT", "TIME", "ZONE") {
      for _ in 0..<3 { advance() }
      return ""
    }
    if isWords("WITH", "TIME", "ZONE") || isWords("WITH", "LOCAL", "TIME") {
      while token.kind == .word, ["WITH", "LOCAL", "TIME", "ZONE"].contains(token.text) { advance() }
      return " WITH TIME ZONE"
    }
    return ""
  }

  /// `(n)` or `(n, m)`.
  private mutating func typeNumbers() throws(SQLFault) -> [Int] {
    try expectSymbol("(")
    var numbers: [Int] = []
    repeat {
      guard token.kind == .integer, let number = Int(token.text) else { throw unexpected() }
      advance()
      numbers.append(number)
    } while acceptSymbol(",") && numbers.count < 2
    try expectSymbol(")")
    return numbers
  }
}

import DataModel
import SQLFrontend

/// Statements of scripts as changes of the tables.
extension ScriptWorld {
  enum Effect {
    case none
    /// Of contents or relations.
    case change
    /// Nothing that the dialect has.
    case unsupported(String)
  }

  mutating func execute(_ sql: String) throws -> Effect {
    let words = StatementWords(sql.hasSuffix(";") ? String(sql.dropLast()) : sql)
    if words.begins("CREATE", "TABLE") { return try createTable(words) }
    if words.begins("CREATE", "VIEW") { return try createView(words) }
    if words.begins("DROP", "VIEW") || words.begins("DROP", "TABLE") { return try drop(words) }
    if words.begins("CREATE", "INDEX") || words.begins("CREATE", "UNIQUE") || words.begins("DROP", "INDEX")
      || words.begins("REINDEX")
    {
      return .none
    }
    if words.begins("INSERT", "INTO") { return try insert(words, at: 2, replacing: false) }
    if words.begins("REPLACE", "INTO") { return try insert(words, at: 2, replacing: true) }
    if words.begins("INSERT", "OR", "REPLACE", "INTO") { return try insert(words, at: 4, replacing: true) }
    if words.begins("DELETE", "FROM") { return try delete(words) }
    if words.begins("UPDATE") { return try update(words) }
    if words.begins("SELECT") || words.begins("WITH") || words.begins("VALUES") {
      _ = try query(words.text(from: 0))
      return .none
    }
    return .unsupported(words.word(0))
  }

  private static func identifier(_ word: String) -> SQLIdentifier {
    guard word.hasPrefix("\"") else { return SQLIdentifier(word) }
    return SQLIdentifier(word.filter { $0 != "\"" }, caseSensitive: true)
  }

  // MARK: Relations

  /// UNIQUE is no constraint of the dialect: it is left out.
  private mutating func createTable(_ words: StatementWords) throws -> Effect {
    var parts: [String] = []
    for (index, word) in words.words.enumerated() where word.text != "UNIQUE" {
      parts.append(words.string(words.words[index].range))
    }
    let definition = parts.joined(separator: " ") + " with ('materialized' = 'true')"
    guard let table = try Self.compile(definition).tables.first else { throw ScriptProblem("no table") }
    guard !tables.contains(where: { $0.name == table.name }),
      !views.contains(where: { $0.name == table.name })
    else { throw ScriptProblem("\(table.name) is there already") }
    tables.append(ScriptTable(name: table.name, definition: definition, schema: table.schema))
    return .change
  }

  private mutating func createView(_ words: StatementWords) throws -> Effect {
    let name = Self.identifier(words.word(2))
    let text = "create materialized view " + words.text(from: 2)
    _ = try Self.compile(program + text)
    views.append((name, text))
    return .change
  }

  private mutating func drop(_ words: StatementWords) throws -> Effect {
    let isConditional = words.word(2) == "IF"
    let name = Self.identifier(words.word(isConditional ? 4 : 2))
    if let view = views.firstIndex(where: { $0.name == name }) {
      views.remove(at: view)
    } else if let table = tables.firstIndex(where: { $0.name == name }) {
      tables.remove(at: table)
    } else if !isConditional {
      throw ScriptProblem("no relation \(name)")
    } else {
      return .none
    }
    return .change
  }

  // MARK: Contents

  /// Values are computed by the engine: the source is a query whose columns are cast to those of the table.
  private mutating func insert(_ words: StatementWords, at place: Int, replacing: Bool) throws -> Effect {
    let table = try table(Self.identifier(words.word(place)))
    let fields = tables[table].schema.fields
    var targets = Array(fields.indices)
    var source = place + 1
    if words.word(source) == "(", words.word(source + 1) != "SELECT" {
      let end = words.behindParenthesis(source)
      targets = try words.words[(source + 1)..<(end - 1)].filter { $0.text != "," }.map { word in
        let name = Self.identifier(word.text)
        guard let index = fields.firstIndex(where: { $0.name == name }) else {
          throw ScriptProblem("no column \(name)")
        }
        return index
      }
      source = end
    }
    let names = targets.indices.map { "c\($0)" }
    let casts = zip(names, targets).map { "cast(\($0) as \(fields[$1].type.description))" }
    let found = try query(
      "select \(casts.joined(separator: ", ")) from (\(words.text(from: source))) "
        + "as q (\(names.joined(separator: ", ")))")
    let rows = found.rows.map { values in
      var row = fields.map { $0.defaultValue ?? .null }
      for (target, value) in zip(targets, values) { row[target] = value }
      return row
    }
    try tables[table].insert(rows, replacing: replacing)
    return .change
  }

  private mutating func delete(_ words: StatementWords) throws -> Effect {
    let table = try table(Self.identifier(words.word(2)))
    let gone = try query("select * from " + words.text(from: 2))
    tables[table].remove(gone.rows)
    return .change
  }

  private mutating func update(_ words: StatementWords) throws -> Effect {
    let table = try table(Self.identifier(words.word(1)))
    guard words.word(2) == "SET" else { throw ScriptProblem("UPDATE without SET") }
    let end = words.index(of: "WHERE", from: 3) ?? words.words.count
    var values: [SQLIdentifier: String] = [:]
    var place = 3
    while place < end {
      let next = min(words.index(of: ",", from: place) ?? end, end)
      guard words.word(place + 1) == "=" else { throw ScriptProblem("bad assignment") }
      values[Self.identifier(words.word(place))] = words.text(from: place + 2, to: next)
      place = next + 1
    }
    let fields = tables[table].schema.fields
    let new = fields.map { field in
      "cast(\(values[field.name] ?? "\"\(field.name.canonical)\"") as \(field.type.description))"
    }
    let old = fields.map { "\"\($0.name.canonical)\"" }
    let name = words.word(1)
    let changes = try query(
      "select \((old + new).joined(separator: ", ")) from \(name) \(words.text(from: end))")
    tables[table].remove(changes.rows.map { Array($0.prefix(fields.count)) })
    try tables[table].insert(changes.rows.map { Array($0.suffix(fields.count)) }, replacing: false)
    return .change
  }
}

import DataModel

/// A column that a name can mean.
struct ScopeColumn {
  /// Alias or name of the table in FROM; nil when it has none.
  var relation: SQLIdentifier?
  let name: SQLIdentifier
  let type: ColumnType
  let nullable: Bool
  /// Merged into another one by USING: only its qualified name means it.
  var hidden = false
}

/// The columns of a FROM clause, in the order of the plan's columns.
struct Scope {
  let columns: [ScopeColumn]
  private let byName: [SQLIdentifier: [Int]]
  private let relations: Set<SQLIdentifier>

  init(_ columns: [ScopeColumn]) {
    self.columns = columns
    byName = Dictionary(grouping: columns.indices) { columns[$0].name }
    relations = Set(columns.compactMap(\.relation))
  }

  var width: Int { columns.count }

  func column(_ index: Int) -> ScalarExpression {
    ScalarExpression(.column(index), type: columns[index].type, nullable: columns[index].nullable)
  }

  /// Position of the column that a name of one or two parts means.
  func resolve(_ parts: [Name]) throws(SQLFault) -> Int {
    guard let last = parts.last else { return 0 }
    let name = last.identifier
    let range = parts.dropFirst().reduce(parts[0].range) { $0.joined($1.range) }
    let named = byName[name] ?? []
    if parts.count == 1 {
      let visible = named.filter { !columns[$0].hidden }
      guard visible.count <= 1 else { throw .validation("Column '\(name)' is ambiguous", at: range) }
      guard let index = visible.first else {
        throw .validation("Column '\(name)' not found in any table", at: range)
      }
      return index
    }
    let relation = parts[parts.count - 2].identifier
    guard relations.contains(relation) else { throw .validation("Table '\(relation)' not found", at: range) }
    let matching = named.filter { columns[$0].relation == relation }
    guard matching.count <= 1 else { throw .validation("Column '\(name)' is ambiguous", at: range) }
    guard let index = matching.first else {
      throw .validation("Column '\(name)' not found in table '\(relation)'", at: range)
    }
    return index
  }

  func hasColumn(_ name: SQLIdentifier) -> Bool { byName[name] != nil }

  /// Positions that `*` means.
  var star: [Int] { columns.indices.filter { !columns[$0].hidden } }

  /// Positions that `relation.*` means; nil when there is no such table.
  func star(of relation: SQLIdentifier) -> [Int]? {
    guard relations.contains(relation) else { return nil }
    return columns.indices.filter { columns[$0].relation == relation }
  }
}

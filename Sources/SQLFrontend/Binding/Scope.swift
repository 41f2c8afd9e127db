import DataModel

/// A column that a name can mean.
struct ScopeColumn {
  /// Alias or name of the table in FROM; nil when it has none.
  var relation: SQLIdentifier?
  let name: SQLIdentifier
  let type: ColumnType
  var nullable: Bool
  /// Merged into another one by USING: only its qualified name means it.
  var hidden = false
  /// Queries around this one whose column it is; 0 for its own.
  var level = 0
  /// Position in the query around of the column that this one repeats.
  var outerCopy: Int?
}

/// The columns of the query around a subquery; shared by all binders of the subquery, hence a class.
final class OuterColumns {
  /// Columns as names find them.
  let columns: [ScopeColumn]
  /// Stands in the subquery's plan for the distinct rows of the outer columns.
  let relation: SQLIdentifier
  /// Positions in `columns` that the subquery reads.
  private(set) var used: Set<Int> = []

  init(_ columns: [ScopeColumn], relation: SQLIdentifier) {
    self.columns = columns
    self.relation = relation
  }

  func use(_ index: Int) { used.insert(index) }

  var output: [PlanColumn] {
    columns.map { PlanColumn(name: $0.name, type: $0.type, nullable: $0.nullable) }
  }
}

/// The columns of a FROM clause, in the order of the plan's columns.
struct Scope {
  let columns: [ScopeColumn]
  private let byName: [SQLIdentifier: [Int]]
  private let relations: Set<SQLIdentifier>
  /// The query around; its columns are the last ones here.
  private let outer: OuterColumns?

  init(_ columns: [ScopeColumn], outer: OuterColumns? = nil) {
    self.columns = columns
    self.outer = outer
    byName = Dictionary(grouping: columns.indices) { columns[$0].name }
    relations = Set(columns.compactMap(\.relation))
  }

  var width: Int { columns.count }

  func column(_ index: Int) -> ScalarExpression {
    ScalarExpression(.column(index), type: columns[index].type, nullable: columns[index].nullable)
  }

  /// Columns of the query itself.
  var ownWidth: Int { columns.count - (outer?.columns.count ?? 0) }

  /// Position of the column that a name of one or two parts means: that of the nearest query that has it.
  func resolve(_ parts: [Name]) throws(SQLFault) -> Int {
    let index = try find(parts)
    use(index)
    return index
  }

  /// Notes that a column is read, which matters when it is one of the query around.
  func use(_ index: Int) {
    if index >= ownWidth { outer?.use(index - ownWidth) }
  }

  private func nearest(_ indices: [Int]) -> [Int] {
    guard let level = indices.map({ columns[$0].level }).min() else { return [] }
    return indices.filter { columns[$0].level == level }
  }

  private func find(_ parts: [Name]) throws(SQLFault) -> Int {
    guard let last = parts.last else { return 0 }
    let name = last.identifier
    let range = parts.dropFirst().reduce(parts[0].range) { $0.joined($1.range) }
    let named = byName[name] ?? []
    if parts.count == 1 {
      let visible = nearest(named.filter { !columns[$0].hidden })
      guard visible.count <= 1 else { throw .validation("Column '\(name)' is ambiguous", at: range) }
      guard let index = visible.first else {
        throw .validation("Column '\(name)' not found in any table", at: range)
      }
      return index
    }
    let relation = parts[parts.count - 2].identifier
    guard relations.contains(relation) else { throw .validation("Table '\(relation)' not found", at: range) }
    let matching = nearest(named.filter { columns[$0].relation == relation })
    guard matching.count <= 1 else { throw .validation("Column '\(name)' is ambiguous", at: range) }
    guard let index = matching.first else {
      throw .validation("Column '\(name)' not found in table '\(relation)'", at: range)
    }
    return index
  }

  func hasColumn(_ name: SQLIdentifier) -> Bool { byName[name] != nil }

  /// Positions that `*` means.
  var star: [Int] { columns.indices.filter { !columns[$0].hidden && columns[$0].level == 0 } }

  /// Positions that `relation.*` means; nil when there is no such table.
  func star(of relation: SQLIdentifier) -> [Int]? {
    guard relations.contains(relation) else { return nil }
    let own = columns.indices.filter { columns[$0].relation == relation && columns[$0].level == 0 }
    return own.isEmpty ? nil : own
  }
}

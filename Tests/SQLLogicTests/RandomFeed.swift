import DataModel
import Dataflow

/// The way of the contents into tables: random steps, with rows that come twice or are taken back.
struct RandomFeed {
  struct Change {
    let table: Int
    let row: [Value]
    let kind: ChangeKind
  }

  private(set) var steps: [[Change]]

  /// Everything at once.
  init(all tables: [ScriptTable]) {
    steps = [
      tables.indices.flatMap { table in
        tables[table].rows.map { Change(table: table, row: $0, kind: .insert) }
      }
    ]
  }

  init(_ tables: [ScriptTable], _ random: inout SeededGenerator) {
    let count = Int.random(in: 1...4, using: &random)
    steps = [[Change]](repeating: [], count: count)
    for (table, content) in tables.enumerated() {
      for row in content.rows {
        let step = Int.random(in: 0..<count, using: &random)
        let others = Self.mixed(content, row, &random)
        if content.schema.primaryKey == nil {
          if count > 1, Int.random(in: 0..<4, using: &random) == 0 {
            // A row that is not in the contents: it goes in a later step.
            let first = Int.random(in: 0..<(count - 1), using: &random)
            let last = Int.random(in: (first + 1)..<count, using: &random)
            steps[first].append(Change(table: table, row: others, kind: .insert))
            steps[last].append(Change(table: table, row: others, kind: .delete))
          }
        } else if step > 0, Bool.random(using: &random) {
          // An older row of the same key: replaced, or deleted first.
          let first = Int.random(in: 0..<step, using: &random)
          steps[first].append(Change(table: table, row: others, kind: .insert))
          if Bool.random(using: &random) {
            steps[step].append(Change(table: table, row: others, kind: .delete))
          }
        }
        steps[step].append(Change(table: table, row: row, kind: .insert))
      }
    }
  }

  /// Another row of the table's values; of the same key, if there is one.
  private static func mixed(
    _ table: ScriptTable, _ row: [Value], _ random: inout SeededGenerator
  ) -> [Value] {
    row.indices.map { column in
      if table.schema.primaryKey?.contains(column) == true { return row[column] }
      return table.rows.randomElement(using: &random)?[column] ?? row[column]
    }
  }

  /// The records of one step.
  func inputs(_ step: Int, _ tables: [ScriptTable]) -> [TableInput] {
    tables.indices.compactMap { index in
      let mine = steps[step].filter { $0.table == index }
      return mine.isEmpty ? nil : tables[index].changes(mine.map(\.row), mine.map(\.kind))
    }
  }

  /// The tables after so many steps.
  func contents(after count: Int, _ tables: [ScriptTable]) throws -> [ScriptTable] {
    var result = tables.map { ScriptTable(name: $0.name, definition: $0.definition, schema: $0.schema) }
    for change in steps.prefix(count).joined() {
      if change.kind == .insert {
        try result[change.table].insert([change.row], replacing: true)
      } else {
        result[change.table].remove([change.row])
      }
    }
    return result
  }
}

/// SplitMix64.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64
  init(_ seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

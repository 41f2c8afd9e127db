import DataModel
import Dataflow

/// A table as the script believes it to be.
struct ScriptTable {
  let name: SQLIdentifier
  /// CREATE TABLE, materialized.
  let definition: String
  let schema: Schema
  private(set) var rows: [[Value]] = []

  init(name: SQLIdentifier, definition: String, schema: Schema) {
    self.name = name
    self.definition = definition
    self.schema = schema
  }

  /// A key that is there already is an error, or its row is replaced.
  mutating func insert(_ new: [[Value]], replacing: Bool) throws {
    for row in new {
      for (field, value) in zip(schema.fields, row) where !field.nullable && value.isNull {
        throw ScriptProblem("column \(field.name) is NULL")
      }
    }
    guard let key = schema.primaryKey else {
      rows += new
      return
    }
    var places: [[Value]: Int] = [:]
    for (index, row) in rows.enumerated() { places[key.map { row[$0] }] = index }
    var changed = rows
    for row in new {
      let place = places[key.map { row[$0] }]
      if let place {
        guard replacing else { throw ScriptProblem("duplicate key") }
        changed[place] = row
      } else {
        places[key.map { row[$0] }] = changed.count
        changed.append(row)
      }
    }
    rows = changed
  }

  /// Takes each of the rows away once.
  mutating func remove(_ gone: [[Value]]) {
    var counts: [[Value]: Int] = [:]
    for row in gone { counts[row, default: 0] += 1 }
    rows.removeAll { row in
      guard let count = counts[row], count > 0 else { return false }
      counts[row] = count - 1
      return true
    }
  }

  /// The rows as records of the given kinds.
  func changes(_ rows: [[Value]], _ kinds: [ChangeKind]) -> TableInput {
    let columns = schema.physicalTypes.enumerated().map { index, type in
      var builder = ColumnBuilder(type)
      for row in rows { builder.append(row[index]) }
      return builder.finish()
    }
    return TableInput(table: name, changes: [ChangeBatch(columns: columns, kinds: kinds.map(\.rawValue))])
  }
}

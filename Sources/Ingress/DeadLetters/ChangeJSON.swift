import DataModel
import Formats

/// A change of the log as text that `insert_delete` reads back.
enum ChangeJSON {
  static let format = InputFormat(kind: .json, updateFormat: .insertDelete)

  /// The first record of a batch of the table's changes; empty when it has none.
  static func text(_ changes: ChangeBatch, _ schema: Schema) -> [UInt8] {
    guard changes.count > 0, changes.columns.count == schema.fields.count,
      let kind = ChangeKind(rawValue: changes.kinds[0])
    else { return [] }
    let named = changes.columns.indices.filter { kind != .update || isPresent(changes, $0) }
    var fields = Schema(fields: named.map { schema.fields[$0] })
    if named.count == schema.fields.count { fields = schema }
    let row = ColumnBatch(columns: named.map { changes.columns[$0].gather([0]) }, weights: [1])
    var bytes = Array("{\"\(word(kind))\":".utf8)
    RowJSONEncoder(schema: fields, flavor: .egress).appendRow(row, row: 0, to: &bytes)
    bytes.append(0x7D)
    return bytes
  }

  private static func isPresent(_ changes: ChangeBatch, _ column: Int) -> Bool {
    let word = column >> 6
    guard changes.presence.indices.contains(word) else { return true }
    return changes.presence[word] >> UInt64(column & 63) & 1 == 1
  }

  private static func word(_ kind: ChangeKind) -> String {
    switch kind {
    case .insert: "insert"
    case .delete: "delete"
    case .update: "update"
    }
  }
}

import DataModel
import PipelineModel
import StorageAPI

/// Where in the log the rows of each table begin: a table that a change of the program adds or modifies begins empty.
///
/// Rows `m` + "table_origin/" + canonical name: offset u64; a table without a row begins at 0 when the row
/// "table_origins" is there. Stores of builds that did not keep it may have changed tables before.
struct TableOrigins {
  private let rows: [String: Offset]
  private let isKept: Bool
  /// Where the log begins; nil without records.
  private let logFirst: Offset?

  private static let prefix = "table_origin/"
  private static let kept = KeySpace.meta.key("table_origins")

  /// Errors: `corruption` for a row that cannot be read, and those of the store.
  init(from store: any OrderedStore) throws(StorageError) {
    var rows: [String: Offset] = [:]
    var damaged: String?
    var logFirst: Offset?
    let from = KeySpace.meta.key(Self.prefix)
    try store.scan(.base, from: from, to: KeySpace.meta.key("table_origin0")) { key, value in
      let name = String(decoding: key.dropFirst(from.count), as: UTF8.self)
      guard value.count == 8, let offset = KeySpace.number(value, at: 0) else {
        damaged = name
        return false
      }
      rows[name] = Offset(offset)
      return true
    }
    if let damaged { throw StorageError(.corruption, "table origin is damaged table=\(damaged)") }
    try store.scan(.log, from: [], to: nil) { key, _ in
      logFirst = KeySpace.number(key, at: 0).map { Offset($0) }
      return false
    }
    isKept = try store.get(.base, Self.kept) != nil
    self.rows = rows
    self.logFirst = logFirst
  }

  /// First record that may count for the table's rows.
  func origin(of table: SQLIdentifier) -> Offset { rows[table.canonical] ?? .zero }

  /// Why the log does not give all records that the table's rows come from; nil when it does.
  func lacking(_ table: SQLIdentifier) -> String? {
    guard rows[table.canonical] != nil || isKept else {
      return "a former release has not kept where in the log they begin"
    }
    let origin = origin(of: table)
    guard let logFirst else { return "the log has no records any more" }
    guard logFirst > origin else { return nil }
    return "the log does not hold them any more: they begin at offset=\(origin), and checkpoints have trimmed the log"
      + " to offset=\(logFirst)"
  }

  /// In the first write of a store.
  static func found(in batch: inout WriteBatch) { batch.put(kept, []) }

  static func put(_ tables: [SQLIdentifier], at end: Offset, in batch: inout WriteBatch) {
    for table in tables {
      batch.put(KeySpace.meta.key(prefix + table.canonical), KeySpace.bigEndian(end.rawValue))
    }
  }
}

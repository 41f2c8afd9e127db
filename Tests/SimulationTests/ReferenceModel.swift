import DataModel
import PipelineModel

/// One record as a client sends it; no two are equal, so that one which is lost or comes twice is noticed.
struct Record: Hashable {
  enum Table: String { case t, p }

  let table: Table
  let isDelete: Bool
  /// `t`: id, k, v. `p`: k, w.
  let values: [Int64]

  /// A view divides by v: its row is missing there, or the record is dead, as the pipeline is set.
  var fails: Bool { table == .t && !isDelete && values[2] == 0 }

  var json: String {
    let names = table == .t ? ["id", "k", "v"] : ["k", "w"]
    let fields = zip(names, values).map { "\"\($0)\":\($1)" }.joined(separator: ",")
    return "{\"\(isDelete ? "delete" : "insert")\":{\(fields)}}"
  }
}

/// What clients sent in one request.
struct Request {
  let id: Int
  let table: Record.Table
  let records: [Record]
  /// Lines of the body that are no records.
  let badLines: Int
  let key: String?
  /// Where the log has it.
  var logged: OffsetRange?
  /// What a client was told; of an empty range only the first answer counts.
  var answered: OffsetRange?

  var body: String {
    (records.map(\.json) + Array(repeating: "{\"insert\":{\"k\":\"x\"}}", count: badLines)).joined(separator: "\n")
  }
}

typealias Row = [Int64]

/// The log and the views as they should be: plain arrays and loops over all records.
struct ReferenceModel {
  private(set) var records: [Record] = []
  private var t: [Int64: (k: Int64, v: Int64)] = [:]
  private var p: [Int64: Int64] = [:]
  /// Records that `t` and `p` hold.
  private var applied = 0
  /// Records that fail in a view die.
  let failingDie: Bool

  init(failingDie: Bool) { self.failingDie = failingDie }

  var end: Offset { Offset(UInt64(records.count)) }

  mutating func append(_ more: [Record]) { records += more }

  private func isDead(_ record: Record) -> Bool { failingDie && record.fails }

  func dead(in range: OffsetRange) -> UInt64 {
    UInt64(records[Int(range.first.rawValue)..<Int(range.end.rawValue)].count { isDead($0) })
  }

  var deadOffsets: [UInt64] { records.indices.filter { isDead(records[$0]) }.map { UInt64($0) } }

  /// Rows of a view over the records below `end`, sorted.
  mutating func view(_ name: String, at end: Offset) -> [Row] {
    move(to: Int(end.rawValue))
    switch name {
    case "sums":
      let groups = Dictionary(grouping: t.values) { $0.k }
      return groups.map { [$0.key, Int64($0.value.count), $0.value.reduce(0) { $0 + $1.v }] }.sorted(by: precedes)
    case "quotients":
      return t.filter { $0.value.v != 0 }.map { [$0.key, 1000 / $0.value.v] }.sorted(by: precedes)
    default:
      return t.compactMap { row in p[row.value.k].map { [row.key, $0] } }.sorted(by: precedes)
    }
  }

  private mutating func move(to end: Int) {
    if end < applied { (t, p, applied) = ([:], [:], 0) }
    for record in records[applied..<end] where !isDead(record) {
      let values = record.values
      switch (record.table, record.isDelete) {
      case (.t, false): t[values[0]] = (values[1], values[2])
      case (.t, true): t[values[0]] = nil
      case (.p, false): p[values[0]] = values[1]
      case (.p, true): p[values[0]] = nil
      }
    }
    applied = end
  }
}

func precedes(_ left: Row, _ right: Row) -> Bool { left.lexicographicallyPrecedes(right) }

extension ColumnBatch {
  /// Rows with their weights; all columns of the programs here are numbers.
  var weighted: [(row: Row, weight: Int64)] {
    (0..<count).map { index in
      let row = columns.map { column -> Int64 in
        guard case .int64(let value) = column.value(at: index) else { return .min }
        return value
      }
      return (row, weights[index])
    }
  }
}

extension ChangeBatch {
  func records(of table: Record.Table) -> [Record] {
    kinds.indices.map { index in
      let values = columns.map { column -> Int64 in
        guard case .int64(let value) = column.value(at: index) else { return .min }
        return value
      }
      return Record(table: table, isDelete: kinds[index] == ChangeKind.delete.rawValue, values: values)
    }
  }
}

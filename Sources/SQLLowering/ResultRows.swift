import DataModel
import SQLFrontend

/// Collects the answer of a query: weights become repetitions, OFFSET and LIMIT cut, columns that only
/// ordered
/// fall away.
struct ResultRows {
  private(set) var batches: [ColumnBatch] = []
  private let visibleColumns: Int
  private var toSkip: Int
  private var toTake: Int
  /// Whether a LIMIT, and not the product's bound, ends the answer.
  private let isLimited: Bool

  init(_ query: QueryPlan) {
    visibleColumns = max(0, query.visibleColumns)
    toSkip = max(0, query.offset)
    isLimited = query.limit.map { $0 <= QueryRunner.rowsMax } ?? false
    toTake = isLimited ? max(0, query.limit ?? 0) : QueryRunner.rowsMax
  }

  /// Nothing more is taken.
  var isFull: Bool { isLimited && toTake == 0 }

  mutating func append(_ rows: ColumnBatch) throws(EvaluationError) {
    var chosen: [Int32] = []
    for row in 0..<rows.count {
      guard var times = Int(exactly: rows.weights[row]), times > 0 else { continue }
      let skipped = min(times, toSkip)
      toSkip -= skipped
      times -= skipped
      if times > toTake {
        guard isLimited else {
          throw EvaluationError(
            .invalidArgument, "the answer has more than \(QueryRunner.rowsMax) rows: use LIMIT")
        }
        times = toTake
      }
      toTake -= times
      while times > 0 {
        let part = min(times, QueryRunner.chunkRows - chosen.count)
        chosen.append(contentsOf: repeatElement(Int32(truncatingIfNeeded: row), count: part))
        times -= part
        if chosen.count == QueryRunner.chunkRows { flush(rows, &chosen) }
      }
      if isFull { break }
    }
    flush(rows, &chosen)
  }

  private mutating func flush(_ rows: ColumnBatch, _ chosen: inout [Int32]) {
    guard !chosen.isEmpty else { return }
    let columns = rows.columns.prefix(visibleColumns).map { $0.gather(chosen) }
    batches.append(ColumnBatch(columns: columns, weights: [Int64](repeating: 1, count: chosen.count)))
    chosen.removeAll(keepingCapacity: true)
  }
}

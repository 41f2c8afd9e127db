package import DataModel

/// A row of a block of a trace.
package struct TraceRow {
  package let batch: SortedBatch
  package let row: Int
  var valueRange: Range<Int> { batch.valueRange(row) }
}

extension Trace {
  /// The least (or greatest) value of the key with a positive summed weight; nil when there is none.
  package func extreme(
    _ key: SeekKey, in bytes: [UInt8], greatest: Bool
  ) throws(EvaluationError) -> TraceRow? {
    if !greatest {
      var cursor = MergeCursor(seeking: runs)
      try cursor.seek(key, in: bytes)
      while let (batch, row, weight) = try cursor.next() {
        if weight > 0 { return TraceRow(batch: batch, row: row) }
      }
      return nil
    }
    var ranges: [KeyRows] = []
    for run in runs {
      if let rows = try KeyRows(run, key, in: bytes) { ranges.append(rows) }
    }
    while let front = Self.greatest(ranges) {
      var weight: Int64 = 0
      var left: [KeyRows] = []
      for var rows in ranges {
        if SortedBatch.compare(rows.batch, rows.last, front.batch, front.row) == 0 {
          weight = try Weight.sum(weight, rows.batch.weights[rows.last])
          guard try rows.drop() else { continue }
        }
        left.append(rows)
      }
      if weight > 0 { return front }
      ranges = left
    }
    return nil
  }

  private static func greatest(_ ranges: [KeyRows]) -> TraceRow? {
    guard var best = ranges.first else { return nil }
    for rows in ranges.dropFirst()
    where SortedBatch.compare(rows.batch, rows.last, best.batch, best.last) > 0 {
      best = rows
    }
    return TraceRow(batch: best.batch, row: best.last)
  }
}

/// The rows of one key in one run, walked from the last one back.
private struct KeyRows {
  private let run: TraceRun
  private let firstBlock: Int
  private let firstRow: Int
  private var block: Int
  private var low: Int
  private(set) var batch: SortedBatch
  private(set) var last: Int

  init?(_ run: TraceRun, _ key: SeekKey, in bytes: [UInt8]) throws(EvaluationError) {
    var cursor = RunCursor(run, keeping: true)
    guard let (batch, range) = try cursor.rows(of: key, in: bytes) else { return nil }
    self.run = run
    firstBlock = cursor.block
    firstRow = range.lowerBound
    block = firstBlock
    low = firstRow
    self.batch = batch
    last = range.upperBound - 1
    guard case .stored(let stored) = run, range.upperBound == batch.count else { return }
    while stored.footer.continues(block + 1, key, in: bytes) { block += 1 }
    guard block > firstBlock else { return }
    self.batch = try stored.block(block, keeping: true)
    low = 0
    last = self.batch.keyEnd(key, in: bytes, from: 0) - 1
  }

  /// One row less at the end; false when none is left.
  mutating func drop() throws(EvaluationError) -> Bool {
    last -= 1
    if last >= low { return true }
    guard case .stored(let stored) = run, block > firstBlock else { return false }
    block -= 1
    batch = try stored.block(block, keeping: true)
    low = block == firstBlock ? firstRow : 0
    last = batch.count - 1
    return true
  }
}

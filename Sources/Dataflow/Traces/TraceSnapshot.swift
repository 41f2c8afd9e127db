package import DataModel

/// A frozen trace: a list of immutable batches, free to read on any thread while steps go on.
package struct TraceSnapshot: Sendable {
  package let layout: TraceLayout
  package let batches: [SortedBatch]

  /// Types of the rows shown: the value's, or the key's when the trace has no values.
  package var types: [PhysicalType] { layout.value.isEmpty ? layout.key : layout.value }

  /// At least the number of rows; equal right after merges.
  package var rowCountHint: Int { batches.reduce(0) { $0 + $1.count } }

  /// Consolidated rows in key order, also those of negative weight, in batches of at most `rowsMax`;
  /// `visit` answers whether to go on. A weight that overflows over the batches saturates.
  package func forEachBatch<Failure: Error>(
    rowsMax: Int, _ visit: (ColumnBatch) throws(Failure) -> Bool
  ) throws(Failure) {
    var cursor = MergeCursor(batches)
    while true {
      let batch = take(&cursor, rowsMax: max(1, rowsMax))
      if batch.isEmpty { return }
      guard try visit(batch) else { return }
    }
  }

  /// The rows of one key, with their weights.
  package func lookup(_ key: [Value]) -> ColumnBatch {
    let bytes = RowCodec.encode(key, physical: layout.key)
    let seek = SeekKey(prefix: ByteOrder.prefix(bytes, 0, bytes.count), range: 0..<bytes.count)
    let ranges = batches.map { batch in
      let low = batch.lowerBound(seek, in: bytes, from: 0)
      return low..<batch.keyEnd(seek, in: bytes, from: low)
    }
    var cursor = MergeCursor(batches, ranges)
    return take(&cursor, rowsMax: .max)
  }

  private func take(_ cursor: inout MergeCursor, rowsMax: Int) -> ColumnBatch {
    var rows = RowAppender(reservingRows: 0, bytes: 0)
    var weights: [Int64] = []
    while weights.count < rowsMax, let (batch, row, weight) = cursor.next() {
      let range = layout.value.isEmpty ? batch.keyRange(row) : batch.valueRange(row)
      rows.append(batch.rows.bytes, range.lowerBound, range.upperBound)
      weights.append(weight)
    }
    return ColumnBatch(columns: StateRows.decode(rows.finish(), types), weights: weights)
  }
}

/// Walks several batches as one consolidated run.
struct MergeCursor {
  private let batches: [SortedBatch]
  private var ranges: [Range<Int>]

  init(_ batches: [SortedBatch], _ ranges: [Range<Int>]? = nil) {
    self.batches = batches
    self.ranges = ranges ?? batches.map { 0..<$0.count }
  }

  /// The next row whose summed weight is not 0.
  mutating func next() -> (SortedBatch, row: Int, weight: Int64)? {
    while true {
      var best = -1
      for slot in ranges.indices where !ranges[slot].isEmpty {
        if best < 0 || order(slot, best) < 0 { best = slot }
      }
      guard best >= 0 else { return nil }
      let row = ranges[best].lowerBound
      var weight: Int64 = 0
      for slot in ranges.indices where !ranges[slot].isEmpty {
        let own = ranges[slot].lowerBound
        guard slot == best || SortedBatch.compare(batches[slot], own, batches[best], row) == 0 else {
          continue
        }
        let (sum, overflow) = weight.addingReportingOverflow(batches[slot].weights[own])
        weight = overflow ? (weight < 0 ? .min : .max) : sum
        ranges[slot] = own + 1..<ranges[slot].upperBound
      }
      if weight != 0 { return (batches[best], row, weight) }
    }
  }

  private func order(_ left: Int, _ right: Int) -> Int {
    SortedBatch.compare(batches[left], ranges[left].lowerBound, batches[right], ranges[right].lowerBound)
  }
}

/// Decodes rows of our own traces: written here, or checked by `Trace.replace` when restored.
package enum StateRows {
  package static func decode(_ rows: ByteColumn, _ types: [PhysicalType]) -> [ColumnVector] {
    do {
      return try RowCodec.decode(rows, types: types)
    } catch {
      preconditionFailure("a trace holds rows of another layout: \(error)")
    }
  }
}

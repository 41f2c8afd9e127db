package import DataModel

/// A frozen trace: a list of immutable runs, free to read on any thread while steps go on.
package struct TraceSnapshot: Sendable {
  package let layout: TraceLayout
  package let runs: [TraceRun]

  /// Types of the rows shown: the value's, or the key's when the trace has no values.
  package var types: [PhysicalType] { layout.value.isEmpty ? layout.key : layout.value }

  /// At least the number of rows; equal right after merges.
  package var rowCountHint: Int { runs.reduce(0) { $0 + $1.count } }

  /// Consolidated rows in key order, also those of negative weight, in batches of at most `rowsMax`;
  /// `visit` answers whether to go on. Errors: what `visit` throws, and `corrupt` or `storage` of a file.
  package func forEachBatch(
    rowsMax: Int, _ visit: (ColumnBatch) throws(EvaluationError) -> Bool
  ) throws(EvaluationError) {
    try walk(try MergeCursor(runs), rowsMax: rowsMax, visit)
  }

  /// The same for rows whose first key columns have these values; more values than the key has are passed over.
  package func forEachBatch(
    startingWith values: [Value], rowsMax: Int, _ visit: (ColumnBatch) throws(EvaluationError) -> Bool
  ) throws(EvaluationError) {
    let low = RowCodec.encode(values, physical: layout.key)
    try walk(try MergeCursor(runs, from: low, below: TraceSnapshot.behind(low), keeping: true), rowsMax: rowsMax, visit)
  }

  /// The least bytes behind all that begin with these; nil when there are none.
  private static func behind(_ prefix: [UInt8]) -> [UInt8]? {
    var bytes = prefix
    while let last = bytes.popLast() {
      if last < 0xFF { return bytes + [last + 1] }
    }
    return nil
  }

  private func walk(
    _ cursor: consuming MergeCursor, rowsMax: Int, _ visit: (ColumnBatch) throws(EvaluationError) -> Bool
  ) throws(EvaluationError) {
    var cursor = cursor
    while true {
      let batch = try take(&cursor, rowsMax: max(1, rowsMax))
      if batch.isEmpty { return }
      guard try visit(batch) else { return }
    }
  }

  /// The rows of one key, with their weights.
  package func lookup(_ key: [Value]) throws(EvaluationError) -> ColumnBatch {
    let bytes = RowCodec.encode(key, physical: layout.key)
    var cursor = MergeCursor(seeking: runs)
    try cursor.seek(SeekKey(bytes), in: bytes)
    return try take(&cursor, rowsMax: .max)
  }

  private func take(_ cursor: inout MergeCursor, rowsMax: Int) throws(EvaluationError) -> ColumnBatch {
    var rows = RowAppender(reservingRows: 0, bytes: 0)
    var weights: [Int64] = []
    while weights.count < rowsMax, let (batch, row, weight) = try cursor.next() {
      let range = layout.value.isEmpty ? batch.keyRange(row) : batch.valueRange(row)
      rows.append(batch.rows.bytes, range.lowerBound, range.upperBound)
      weights.append(weight)
    }
    return ColumnBatch(columns: StateRows.decode(rows.finish(), types), weights: weights)
  }
}

/// Decodes rows of our own traces: written here, or checked by `RowCheck` when a block was read.
package enum StateRows {
  package static func decode(_ rows: ByteColumn, _ types: [PhysicalType]) -> [ColumnVector] {
    do {
      return try RowCodec.decode(rows, types: types)
    } catch {
      preconditionFailure("a trace holds rows of another layout: \(error)")
    }
  }
}

package import DataModel
import Platform

/// One sorted run of a trace: in memory, or in a file.
package enum TraceRun: Sendable {
  case memory(SortedBatch)
  case stored(StoredRun)

  var id: UInt64 {
    switch self {
    case .memory(let batch): batch.id
    case .stored(let run): run.id
    }
  }

  package var count: Int {
    switch self {
    case .memory(let batch): batch.count
    case .stored(let run): run.count
    }
  }

  /// Encoded rows, in bytes.
  var rowBytes: Int {
    switch self {
    case .memory(let batch): batch.rows.bytes.count
    case .stored(let run): run.rowBytes
    }
  }

  /// Memory held, in bytes; that of a stored run is its index.
  package var memoryBytes: Int {
    switch self {
    case .memory(let batch): batch.sizeBytes
    case .stored(let run): run.footer.sizeBytes
    }
  }

  package var isStored: Bool { if case .stored = self { true } else { false } }

  /// The same rows in a file, if there is one.
  package var storedCopy: StoredRun? {
    switch self {
    case .memory(let batch): batch.stored
    case .stored(let run): run
    }
  }

  /// Tells that a file has the same rows now.
  package func keepCopy(_ stored: StoredRun) {
    if case .memory(let batch) = self { batch.stored = stored }
  }

  /// Writes the bytes of the run piece by piece; answers the checksum of its footer.
  package func write(
    _ layout: TraceLayout, _ append: ([UInt8]) throws(EvaluationError) -> Void
  ) throws(EvaluationError) -> UInt32 {
    try RunStream.write([self], layout, blockBytes: Limits.stateBlockBytes, append)?.crc32c ?? 0
  }

  /// Number of the first row that is not less than the bytes.
  func lowerBound(_ key: SeekKey, in bytes: [UInt8]) throws(EvaluationError) -> Int {
    switch self {
    case .memory(let batch): return batch.lowerBound(key, in: bytes, from: 0)
    case .stored(let run):
      let index = run.footer.block(for: key, in: bytes, from: 0)
      let row = try run.block(index, keeping: false).lowerBound(key, in: bytes, from: 0)
      return max(0, run.footer.starts[index] + row - run.skippedRows)
    }
  }

  /// The run without its first rows; nil when none is left. Cost follows what stays in memory: a file keeps its
  /// blocks, and only remembers how many rows are gone.
  func droppingFirst(_ rows: Int) -> TraceRun? {
    guard rows > 0 else { return self }
    guard rows < count else { return nil }
    switch self {
    case .stored(let run): return .stored(run.skipping(rows))
    case .memory(let batch):
      var builder = BatchBuilder(reservingRows: batch.count - rows, bytes: batch.rows.bytes.count)
      for row in rows..<batch.count { builder.append(batch, row, weight: batch.weights[row]) }
      return .memory(builder.finish())
    }
  }
}

extension StoredRun {
  /// All rows, read now; the file stays their copy.
  func inMemory() throws(EvaluationError) -> SortedBatch {
    var builder = BatchBuilder(reservingRows: count, bytes: rowBytes)
    var cursor = RunCursor(.stored(self), keeping: false)
    while let (batch, rows) = try cursor.next() {
      for row in rows { builder.append(batch, row, weight: batch.weights[row]) }
    }
    let batch = builder.finish()
    batch.stored = self
    return batch
  }
}

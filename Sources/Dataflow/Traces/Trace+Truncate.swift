import DataModel

extension Trace {
  /// Rows of all runs, also those whose weights cancel out.
  package var rowCount: Int { runs.reduce(0) { $0 + $1.count } }

  /// Drops the rows of which one column, an int64 counted over key and value, is present and less than the
  /// bound. Costs by the rows in memory; a run in a file loses only rows at its beginning.
  mutating func truncate(column: Int, below bound: Int64) {
    let edge = RowCodec.encode([.int64(bound)], physical: [.int64])
    let before = Array((layout.key + layout.value).prefix(column))
    runs = runs.compactMap { run in
      switch run {
      case .memory(let batch): Self.truncated(batch, behind: before, edge).map { .memory($0) }
      case .stored: column == 0 ? Self.truncated(run, edge) : run
      }
    }
  }

  private static func truncated(
    _ batch: SortedBatch, behind before: [PhysicalType], _ edge: [UInt8]
  ) -> SortedBatch? {
    let rows = (0..<batch.count).filter { row in
      let bytes = batch.rows.bytes
      let start = RowBytes.end(of: before, bytes, from: batch.keyRange(row).lowerBound)
      guard bytes[start] != 0 else { return true }
      return ByteOrder.compare(bytes, start, start + edge.count, edge, 0, edge.count) >= 0
    }
    if rows.count == batch.count { return batch }
    if rows.isEmpty { return nil }
    var builder = BatchBuilder(reservingRows: rows.count, bytes: 0)
    for row in rows { builder.append(batch, row, weight: batch.weights[row]) }
    return builder.finish()
  }

  /// NULLs come first and stay: then nothing is dropped, nor when the file cannot be read.
  private static func truncated(_ run: TraceRun, _ edge: [UInt8]) -> TraceRun? {
    let least: [UInt8] = [1]
    guard let nulls = try? run.lowerBound(SeekKey(least), in: least), nulls == 0,
      let rows = try? run.lowerBound(SeekKey(edge), in: edge)
    else { return run }
    return run.droppingFirst(rows)
  }
}

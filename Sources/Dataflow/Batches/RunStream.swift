import DataModel
import Platform

/// Rows of runs as the bytes of one.
enum RunStream {
  struct Written {
    let footer: RunFooter
    let length: UInt64
    let crc32c: UInt32
  }

  /// Hands the bytes to `append` piece by piece; nil, and none, when no row is left.
  static func write(
    _ runs: [TraceRun], _ layout: TraceLayout, blockBytes: Int,
    _ append: ([UInt8]) throws(EvaluationError) -> Void
  ) throws(EvaluationError) -> Written? {
    var writer = RunWriter(layout: layout, blockBytes: blockBytes)
    var cursor = try MergeCursor(runs)
    while let (batch, rows, sum) = try cursor.nextRows() {
      if let sum { writer.append(batch, rows.lowerBound, weight: sum) } else {
        var row = rows.lowerBound
        while row < rows.upperBound {
          row = writer.append(batch, rows: row..<rows.upperBound)
          if writer.pending.count >= Limits.stateWriteBytes { try append(writer.take()) }
        }
      }
      if writer.pending.count >= Limits.stateWriteBytes { try append(writer.take()) }
    }
    guard !writer.isEmpty else { return nil }
    let crc = writer.finish()
    let length = writer.length
    try append(writer.take())
    return Written(footer: writer.footer, length: length, crc32c: crc)
  }
}

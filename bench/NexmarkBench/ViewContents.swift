import DataModel
import Formats

/// The sum of a view's deltas, kept as text: only for checks of results.
struct ViewContents {
  private var weights: [[UInt8]: Int64] = [:]
  private let encoder: DeltaEncoder

  init(_ schema: Schema) { encoder = DeltaEncoder(format: .csv, schema: schema) }

  mutating func add(_ rows: ColumnBatch) {
    // Encoded with weight 1, so that there is a line a row, in order, and each ends in the same two bytes. No
    // text of Nexmark has a line end.
    let unit = ColumnBatch(columns: rows.columns, weights: [Int64](repeating: 1, count: rows.count))
    for (line, weight) in zip(encoder.csv(unit).split(separator: 0x0A), rows.weights) {
      weights[Array(line.dropLast(2)), default: 0] += weight
    }
  }

  /// Sorted; errors when a row's weight is negative.
  func lines() throws -> [UInt8] {
    var lines: [UInt8] = []
    for (line, weight) in weights.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) where weight != 0 {
      guard weight > 0 else {
        throw BenchError("a row has weight \(weight): \(String(decoding: line, as: UTF8.self))")
      }
      for _ in 0..<weight { lines += line + [0x0A] }
    }
    return lines
  }
}

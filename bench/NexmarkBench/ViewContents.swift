import DataModel
import Formats

/// The sum of a view's deltas, kept as text: only for checks of results.
struct ViewContents {
  private var weights: [[UInt8]: Int64] = [:]
  private let encoder: DeltaEncoder

  init(_ schema: Schema) { encoder = DeltaEncoder(format: .csv, schema: schema) }

  mutating func add(_ rows: ColumnBatch) {
    // One row a call with weight 1, so that the weight in its last cell is always the same two bytes.
    for row in 0..<rows.count {
      var single = rows.gather([Int32(row)])
      let weight = single.weights[0]
      single.weights[0] = 1
      weights[Array(encoder.csv(single).dropLast(3)), default: 0] += weight
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

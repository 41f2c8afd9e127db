package import DataModel

/// Cuts a delta into batches whose encoded form stays near a bound: all deletes first, then all inserts, each
/// in the
/// order of the delta. A row of great weight is spread over several batches in JSON, where weight n means n
/// items.
package struct DeltaSlices: Sendable {
  private let rows: ColumnBatch
  private let order: [Int32]
  private let format: OutputFormat
  private let fixedCost: Int
  private var next = 0
  /// Copies of the row at `next` that were already given out.
  private var taken: UInt64 = 0

  package init(_ rows: ColumnBatch, schema: Schema, format: OutputFormat) {
    self.rows = rows
    self.format = format
    order =
      rows.weights.indices.filter { rows.weights[$0] < 0 }.map { Int32($0) }
      + rows.weights.indices.filter { rows.weights[$0] > 0 }.map { Int32($0) }
    let names = format == .json ? schema.fields.reduce(0) { $0 + $1.name.canonical.utf8.count + 4 } : 0
    fixedCost = 16 + names + schema.fields.count * 12
  }

  package var isAtEnd: Bool { next >= order.count }

  /// The next rows that cost at most about `budget` bytes, at least one. Nil at the end.
  package mutating func nextSlice(budget: Int) -> ColumnBatch? {
    guard !isAtEnd else { return nil }
    var indices: [Int32] = []
    var weights: [Int64] = []
    var left = budget
    while next < order.count, indices.isEmpty || left > 0 {
      let row = Int(order[next])
      let weight = rows.weights[row]
      let cost = max(1, cost(of: row))
      let wanted = weight.magnitude - taken
      let copies = format == .csv ? wanted : min(wanted, UInt64(max(1, left / cost)))
      left -= format == .csv ? cost : cost * Int(clamping: copies)
      indices.append(order[next])
      weights.append(DeltaSlices.signed(copies, like: weight))
      taken += copies
      if taken == weight.magnitude {
        next += 1
        taken = 0
      }
    }
    var slice = rows.gather(indices)
    slice.weights = weights
    return slice
  }

  private static func signed(_ copies: UInt64, like weight: Int64) -> Int64 {
    weight < 0 ? (copies > UInt64(Int64.max) ? .min : -Int64(copies)) : Int64(clamping: copies)
  }

  /// Encoded bytes of one row, roughly; binary strings are numbers in JSON.
  private func cost(of row: Int) -> Int {
    rows.columns.reduce(fixedCost) { total, column in
      guard case .bytes(let values) = column.storage else { return total }
      return total + values.range(row).count * (format == .json ? 2 : 1)
    }
  }
}

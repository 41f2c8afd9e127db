import DataModel

/// Weighted rows of a batch by group: what accumulators read.
struct Feed {
  /// Group g has entries starts[g]..<starts[g + 1].
  var starts: [Int]
  var rows: [Int32]
  var weights: [Int64]
}

/// Old accumulator rows of a step's groups: one column of them, and which row each group has (-1 for none).
struct PriorRows {
  let columns: [ColumnVector]
  let index: [Int32]

  /// Values of an int64 column by group, 0 without a row.
  func int64s(_ column: Int) -> [Int64] {
    guard case .int64(let values) = columns[column].storage else {
      return [Int64](repeating: 0, count: index.count)
    }
    return index.map { $0 < 0 ? 0 : values[Int($0)] }
  }

  func int128s(_ column: Int) -> [Int128] {
    guard case .int128(let values) = columns[column].storage else {
      return [Int128](repeating: 0, count: index.count)
    }
    return index.map { $0 < 0 ? 0 : values[Int($0)] }
  }
}

import DataModel

/// Rows of a trace by ranges of a key of one int64 column that is never NULL.
extension Trace {
  /// Rows taken out of a trace.
  struct Taken {
    let keys: [Int64]
    /// Columns of the values.
    let values: [ColumnVector]
    /// None is 0.
    let weights: [Int64]
  }

  /// Takes out the rows whose key lies behind `first` (nil: all from the least) and not behind `last`; nil
  /// when there are none.
  ///
  /// They stay in the older batches until merges meet their negatives, so the caller never asks for their
  /// keys again: cost is by the rows taken.
  mutating func take(after first: Int64?, through last: Int64) throws(EvaluationError) -> Taken? {
    let low = first.map { Self.edge(behind: $0) } ?? [0]
    let high = Self.edge(behind: last)
    var cursor = try MergeCursor(runs, from: low, below: high)
    var keys = RowAppender(reservingRows: 0, bytes: 0)
    var values = RowAppender(reservingRows: 0, bytes: 0)
    var weights: [Int64] = []
    var negatives = BatchBuilder(reservingRows: 0, bytes: 0)
    while let (batch, row, weight) = try cursor.next() {
      let (key, value) = (batch.keyRange(row), batch.valueRange(row))
      keys.append(batch.rows.bytes, key.lowerBound, key.upperBound)
      values.append(batch.rows.bytes, value.lowerBound, value.upperBound)
      weights.append(weight)
      guard weight != .min else { throw EvaluationError(.weightOverflow, "weight overflow: \(weight)") }
      negatives.append(batch, row, weight: -weight)
    }
    guard !weights.isEmpty else { return nil }
    guard case .int64(let numbers) = StateRows.decode(keys.finish(), layout.key)[0].storage else {
      preconditionFailure("a trace taken by ranges has an int64 key")
    }
    let columns = StateRows.decode(values.finish(), layout.value)
    try insert(negatives.finish())
    return Taken(keys: numbers, values: columns, weights: weights)
  }

  /// The least bytes that are greater than every row of this key.
  private static func edge(behind key: Int64) -> [UInt8] {
    let (next, overflow) = key.addingReportingOverflow(1)
    return overflow ? [2] : RowCodec.encode([.int64(next)], physical: [.int64])
  }
}

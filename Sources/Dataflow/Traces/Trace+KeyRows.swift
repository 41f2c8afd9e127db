import DataModel

/// Rows of a trace found by key.
struct FoundRows {
  /// Which of the keys a row belongs to.
  var keys: [Int32] = []
  var values = ByteColumn()
  var weights: [Int64] = []
}

extension SortedKeys {
  /// The keys of some rows, which are all different; and which of them each sorted key is.
  static func of(
    _ columns: [ColumnVector], rows: [Int32]
  ) throws(EvaluationError) -> (keys: SortedKeys, places: [Int32]) {
    let encoded = try RowCodec.encode(columns, rows: rows)
    let order = RowSort.order(encoded)
    let places = order.map { Int32(truncatingIfNeeded: $0.row) }
    return (SortedKeys(rows: ColumnGather.rows(encoded, places), prefixes: order.map(\.prefix)), places)
  }
}

extension Trace {
  /// The rows of each of the keys, consolidated, in the order of keys and rows.
  func rows(of keys: SortedKeys) throws(EvaluationError) -> FoundRows {
    var found = FoundRows()
    var values = RowAppender(reservingRows: 0, bytes: 0)
    let bytes = keys.rows.bytes
    var cursor = MergeCursor(seeking: runs)
    for index in 0..<keys.count {
      try cursor.seek(keys[index], in: bytes)
      while let (batch, row, weight) = try cursor.next() {
        let range = batch.valueRange(row)
        values.append(batch.rows.bytes, range.lowerBound, range.upperBound)
        found.keys.append(Int32(truncatingIfNeeded: index))
        found.weights.append(weight)
      }
    }
    found.values = values.finish()
    return found
  }
}

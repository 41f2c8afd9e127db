import DataModel

/// Rows of a batch put together by key, groups in key order, rows of a group in batch order.
struct Grouping {
  let keys: SortedKeys
  /// Group g has rows[starts[g]..<starts[g + 1]].
  let starts: [Int]
  let rows: [Int32]

  init(_ columns: [ColumnVector], count: Int) throws(EvaluationError) {
    let encoded = try RowCodec.encode(columns, count: count)
    let order = RowSort.order(encoded)
    let bytes = encoded.bytes
    var keys = RowAppender(reservingRows: 16, bytes: 64)
    var prefixes: [UInt64] = []
    var starts: [Int] = []
    for position in order.indices {
      let row = Int(order[position].row)
      let range = encoded.range(row)
      if position > 0, order[position].prefix == order[position - 1].prefix {
        let last = encoded.range(Int(order[position - 1].row))
        if ByteOrder.compare(
          bytes, last.lowerBound, last.upperBound, bytes, range.lowerBound, range.upperBound) == 0
        {
          continue
        }
      }
      starts.append(position)
      prefixes.append(order[position].prefix)
      keys.append(bytes, range.lowerBound, range.upperBound)
    }
    starts.append(order.count)
    self.starts = starts
    rows = order.map { Int32(truncatingIfNeeded: $0.row) }
    self.keys = SortedKeys(rows: keys.finish(), prefixes: prefixes)
  }

  /// One group with the empty key and all rows, also when there are none.
  init(oneGroupOf count: Int) {
    var key = ByteColumn()
    key.append(EmptyCollection<UInt8>())
    keys = SortedKeys(rows: key, prefixes: [0])
    starts = [0, count]
    rows = (0..<Int32(truncatingIfNeeded: count)).map { $0 }
  }

  var count: Int { keys.count }
}

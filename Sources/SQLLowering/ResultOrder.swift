import DataModel
import SQLFrontend

/// ORDER BY: rows sorted by bytes whose order is the one asked for; ties stay in the order they came.
enum ResultOrder {
  private struct Entry {
    let prefix: UInt64
    let row: Int32
  }

  static func sorted(_ rows: ColumnBatch, by order: [QueryPlan.SortKey]) throws(EvaluationError) -> ColumnBatch {
    guard rows.count > 1, !order.isEmpty else { return rows }
    let keys = try keys(rows, order)
    var entries = (0..<rows.count).map { row in
      Entry(prefix: prefix(keys, row), row: Int32(truncatingIfNeeded: row))
    }
    entries.sort { left, right in
      if left.prefix != right.prefix { return left.prefix < right.prefix }
      let order = compare(keys, Int(left.row), Int(right.row))
      return order != 0 ? order < 0 : left.row < right.row
    }
    return rows.gather(entries.map(\.row))
  }

  /// The row codec's bytes of each key column, inverted where it descends; the first byte of each tells NULL.
  private static func keys(
    _ rows: ColumnBatch, _ order: [QueryPlan.SortKey]
  ) throws(EvaluationError) -> ByteColumn {
    var columns: [ByteColumn] = []
    for sort in order { columns.append(try RowCodec.encode([rows.columns[sort.column]], count: rows.count)) }
    guard columns.reduce(0, { $0 + $1.bytes.count }) <= Int(UInt32.max) else {
      throw EvaluationError(.invalidArgument, "the sort keys of a query exceed 4 GiB")
    }
    var result = ByteColumn()
    var key: [UInt8] = []
    for row in 0..<rows.count {
      key.removeAll(keepingCapacity: true)
      for (index, sort) in order.enumerated() {
        let range = columns[index].range(row)
        let isNull = !rows.columns[sort.column].isValid(row)
        key.append(isNull == sort.nullsFirst ? 0 : 1)
        let mask: UInt8 = sort.descending ? 0xFF : 0
        for position in range.dropFirst() { key.append(columns[index].bytes[position] ^ mask) }
      }
      result.append(key)
    }
    return result
  }

  /// The first eight bytes, big endian.
  private static func prefix(_ keys: ByteColumn, _ row: Int) -> UInt64 {
    var prefix: UInt64 = 0
    let range = keys.range(row)
    for offset in 0..<8 {
      let position = range.lowerBound + offset
      prefix = prefix << 8 | (position < range.upperBound ? UInt64(keys.bytes[position]) : 0)
    }
    return prefix
  }

  private static func compare(_ keys: ByteColumn, _ left: Int, _ right: Int) -> Int {
    let a = keys.range(left)
    let b = keys.range(right)
    for offset in 0..<min(a.count, b.count) {
      let x = keys.bytes[a.lowerBound + offset]
      let y = keys.bytes[b.lowerBound + offset]
      if x != y { return x < y ? -1 : 1 }
    }
    return a.count - b.count
  }
}

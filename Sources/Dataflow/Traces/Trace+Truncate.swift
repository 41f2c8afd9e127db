import DataModel

extension Trace {
  /// Rows of all batches, also those whose weights cancel out.
  package var rowCount: Int { batches.reduce(0) { $0 + $1.count } }

  /// Drops the rows of which one column, an int64 counted over key and value, is present and less than the
  /// bound. Costs by all rows.
  mutating func truncate(column: Int, below bound: Int64) {
    let edge = RowCodec.encode([.int64(bound)], physical: [.int64])
    let before = Array((layout.key + layout.value).prefix(column))
    var kept: [SortedBatch] = []
    for batch in batches {
      let rows = (0..<batch.count).filter { row in
        let bytes = batch.rows.bytes
        let start = RowBytes.end(of: before, bytes, from: batch.keyRange(row).lowerBound)
        guard bytes[start] != 0 else { return true }
        return ByteOrder.compare(bytes, start, start + edge.count, edge, 0, edge.count) >= 0
      }
      if rows.count == batch.count {
        kept.append(batch)
      } else if !rows.isEmpty {
        var builder = BatchBuilder(reservingRows: rows.count, bytes: 0)
        for row in rows { builder.append(batch, row, weight: batch.weights[row]) }
        kept.append(builder.finish())
      }
    }
    batches = kept
  }
}

/// Places inside rows of the row codec.
enum RowBytes {
  /// Where encoded columns of these types end.
  static func end(of types: [PhysicalType], _ bytes: [UInt8], from start: Int) -> Int {
    var position = start
    for type in types {
      guard bytes[position] != 0 else {
        position += 1
        continue
      }
      switch type {
      case .int64, .float64: position += 9
      case .int128: position += 17
      case .bytes:
        position += 1
        while !(bytes[position] == 0 && bytes[position + 1] == 0) { position += bytes[position] == 0 ? 2 : 1 }
        position += 2
      }
    }
    return position
  }
}

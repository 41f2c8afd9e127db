extension RowCodec {
  /// The columns of rows that `encode` made with the same types; an error, never a trap, for any other bytes.
  package static func decode(
    _ rows: ByteColumn, types: [PhysicalType]
  ) throws(CodecError) -> [ColumnVector] {
    var cursors = rows.offsets
    var columns: [ColumnVector] = []
    columns.reserveCapacity(types.count)
    for type in types {
      columns.append(try decodeColumn(rows, type, cursors: &cursors))
    }
    for row in 0..<rows.count where cursors[row] != rows.offsets[row + 1] {
      throw CodecError(message: "row \(row) has bytes behind its last column")
    }
    return columns
  }

  /// One row, for edges.
  package static func decode(_ row: [UInt8], types: [PhysicalType]) throws(CodecError) -> [Value] {
    var column = ByteColumn()
    column.append(row)
    return try decode(column, types: types).map { $0.value(at: 0) }
  }

  private static func decodeColumn(
    _ rows: ByteColumn, _ type: PhysicalType, cursors: inout [UInt32]
  ) throws(CodecError) -> ColumnVector {
    var builder = ColumnBuilder(type)
    builder.reserve(rows.count)
    let source = rows.bytes.span
    for row in 0..<rows.count {
      let start = Int(cursors[row])
      let end = Int(rows.offsets[row + 1])
      guard start < end else { throw truncated(row) }
      let tag = source[start]
      guard tag == present else {
        guard tag == null else { throw CodecError(message: "row \(row) has the unknown tag \(tag)") }
        builder.appendNull()
        cursors[row] = UInt32(truncatingIfNeeded: start + 1)
        continue
      }
      let next: Int
      switch type {
      case .int64:
        next = start + 9
        guard next <= end else { throw truncated(row) }
        builder.append(int64: int64(orderedBits: ByteKernels.word(source, at: start + 1).byteSwapped))
      case .float64:
        next = start + 9
        guard next <= end else { throw truncated(row) }
        builder.append(float64: double(orderedBits: ByteKernels.word(source, at: start + 1).byteSwapped))
      case .int128:
        next = start + 17
        guard next <= end else { throw truncated(row) }
        let high = ByteKernels.word(source, at: start + 1).byteSwapped
        let low = ByteKernels.word(source, at: start + 9).byteSwapped
        builder.append(int128: int128(high: high, low: low))
      case .bytes:
        guard let after = decodeBytes(source, start + 1..<end, into: &builder) else { throw truncated(row) }
        next = after
      }
      cursors[row] = UInt32(truncatingIfNeeded: next)
    }
    return builder.finish()
  }

  /// Appends the unescaped value and tells where the next column starts; nil when it is not closed.
  private static func decodeBytes(
    _ source: Span<UInt8>, _ range: Range<Int>, into builder: inout ColumnBuilder
  ) -> Int? {
    var start = range.lowerBound
    while true {
      let zero = ByteKernels.firstZero(source, start..<range.upperBound)
      guard zero + 1 < range.upperBound else { return nil }
      let mark = source[zero + 1]
      if mark == 0 {
        builder.extend(source, start..<zero)
        builder.closeBytes()
        return zero + 2
      }
      guard mark == 0xFF else { return nil }
      builder.extend(source, start..<zero + 1)
      start = zero + 2
    }
  }

  private static func truncated(_ row: Int) -> CodecError {
    CodecError(message: "row \(row) ends inside a column")
  }
}

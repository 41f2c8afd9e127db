import DataModel

/// Appends byte ranges to a row column without a slice or an existential a row.
struct RowAppender {
  private(set) var rows = ByteColumn()

  init(reservingRows count: Int, bytes: Int) {
    rows.offsets.reserveCapacity(count + 1)
    rows.bytes.reserveCapacity(bytes)
  }

  /// Callers bound the column below 4 GiB (`SortedBatch.byteLimit`).
  @inline(__always)
  mutating func append(_ source: [UInt8], _ start: Int, _ end: Int) {
    extend(source, start, end)
    close()
  }

  /// Rows of another column, in their order.
  mutating func append(_ source: ByteColumn, rows range: Range<Int>) {
    let (first, end) = (source.offsets[range.lowerBound], source.offsets[range.upperBound])
    let shift = UInt32(truncatingIfNeeded: rows.bytes.count) &- first
    extend(source.bytes, Int(first), Int(end))
    let offsets = source.offsets.span
    rows.offsets.append(addingCapacity: range.count) { output in
      for row in range { output.append(offsets[row &+ 1] &+ shift) }
    }
  }

  /// Adds to the open row.
  @inline(__always)
  mutating func extend(_ source: [UInt8], _ start: Int, _ end: Int) {
    precondition(start >= 0 && start <= end && end <= source.count)
    unsafe source.withUnsafeBufferPointer {
      unsafe rows.bytes.append(contentsOf: UnsafeBufferPointer(rebasing: $0[start..<end]))
    }
  }

  /// Ends the open row.
  @inline(__always)
  mutating func close() { rows.offsets.append(UInt32(truncatingIfNeeded: rows.bytes.count)) }

  consuming func finish() -> ByteColumn { rows }
}

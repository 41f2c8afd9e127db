/// Which of some rows are NULL in one column: bit `column` of a row's word.
package struct BlockNulls {
  /// All words or-ed: most columns have no NULL.
  package let any: UInt64
  package let column: Int

  package init(any: UInt64, column: Int) {
    self.any = any
    self.column = column
  }
}

/// Many rows at once. A NULL row's word is 0.
extension ColumnBuilder {
  /// Numbers as their bits; an `int128` builder takes them as integers.
  package mutating func append(words: Span<UInt64>, _ nulls: BlockNulls, _ rowNulls: Span<UInt64>) {
    let count = words.count
    switch physical {
    case .int64:
      grow(&int64s, count)
      ByteKernels.append(bits: words, to: &int64s)
    case .float64:
      grow(&float64s, count)
      ByteKernels.append(bits: words, to: &float64s)
    case .int128:
      grow(&int128s, count)
      int128s.append(addingCapacity: count) { target in
        for index in words.indices { target.append(Int128(Int64(bitPattern: words[index]))) }
      }
    case .bytes:
      for _ in words.indices { byteColumn.append(EmptyCollection<UInt8>()) }
    }
    note(count, nulls, rowNulls)
  }

  /// Pieces of a text or of a side buffer, for a `bytes` builder.
  package mutating func append(
    pieces: Span<UInt64>, of text: Span<UInt8>, side: Span<UInt8>, _ nulls: BlockNulls,
    _ rowNulls: Span<UInt64>
  ) {
    byteColumn.append(pieces: pieces, of: text, side: side)
    note(pieces.count, nulls, rowNulls)
  }

  /// Rows of NULL.
  package mutating func appendNulls(_ count: Int) {
    guard count > 0 else { return }
    switch physical {
    case .int64: int64s.append(contentsOf: repeatElement(0, count: count))
    case .float64: float64s.append(contentsOf: repeatElement(0, count: count))
    case .int128: int128s.append(contentsOf: repeatElement(0, count: count))
    case .bytes:
      let end = byteColumn.offsets[rows]
      byteColumn.offsets.append(contentsOf: repeatElement(end, count: count))
    }
    if !hasNulls {
      validity = ValidityBitmap(repeating: true, count: rows)
      hasNulls = true
    }
    validity.append(ValidityBitmap(repeating: false, count: count))
    rows += count
  }

  private func grow<Element>(_ values: inout [Element], _ more: Int) {
    let needed = values.count + more
    if values.capacity < needed { values.reserveCapacity(max(needed, 2 * values.capacity)) }
  }

  private mutating func note(_ count: Int, _ nulls: BlockNulls, _ rowNulls: Span<UInt64>) {
    let bit: UInt64 = 1 << UInt64(nulls.column)
    if nulls.any & bit != 0, !hasNulls {
      validity = ValidityBitmap(repeating: true, count: rows)
      hasNulls = true
    }
    if hasNulls {
      for index in 0..<count { validity.append(rowNulls[index] & bit == 0) }
    }
    rows += count
  }
}

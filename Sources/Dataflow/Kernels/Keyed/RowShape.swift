import DataModel

/// How rows of some physical types lie in 64-bit words, for hashing, comparing and keeping.
///
/// A header (number of words << 32, and the nulls of the first 32 columns), more words of null bits, one word a
/// column (two for int128), then the bytes of texts, padded with zeros. A text's own word is its length << 32 and the
/// place of its first word in the row. Equal rows have equal words, as the row codec has it: -0.0 is 0.0, every NaN
/// is one, a NULL's word is 0.
struct RowShape: Hashable, Sendable {
  let types: [PhysicalType]
  /// Place of each column's first word.
  let slots: [Int]
  /// Words of a row without its texts.
  let fixedWords: Int
  let hasTexts: Bool

  init(_ types: [PhysicalType]) {
    self.types = types
    var next = 1 + max(0, types.count - 32 + 63) / 64
    slots = types.map { type in
      let slot = next
      next += type == .int128 ? 2 : 1
      return slot
    }
    fixedWords = next
    hasTexts = types.contains(.bytes)
  }

  /// Word and bit that say that a column is NULL.
  static func nullBit(_ column: Int) -> (word: Int, mask: UInt64) {
    column < 32 ? (0, 1 << UInt64(column)) : (1 + (column - 32) / 64, 1 << UInt64((column - 32) % 64))
  }
}

/// Rows of a batch as words. Row i of a shape without texts begins at i * stride.
struct WordRows: Sendable {
  let shape: RowShape
  let count: Int
  fileprivate(set) var words: [UInt64]
  /// Places of the rows and the end; empty when all rows are equally long.
  fileprivate(set) var starts: [Int]

  @inline(__always)
  func start(_ row: Int) -> Int { starts.isEmpty ? row &* shape.fixedWords : starts[row] }

  /// Words of the row that begins at `start`.
  @inline(__always)
  func wordCount(at start: Int) -> Int { Int(truncatingIfNeeded: words[start] >> 32) }

  /// The words of all rows; valid inside the call.
  @inline(__always)
  func withWords<Result>(_ body: (UnsafePointer<UInt64>) -> Result) -> Result {
    unsafe words.withUnsafeBufferPointer { buffer in
      guard let first = buffer.baseAddress else {
        // A batch without rows has nothing to read; callers do not.
        preconditionFailure("words of an empty batch")
      }
      return unsafe body(first)
    }
  }

  /// Order of two rows.
  func compare(_ left: Int, _ right: Int) -> Int {
    unsafe withWords { words in
      unsafe RowOrder.compare(
        words + start(left), shape, words + start(right), shape, columns: 0..<shape.types.count)
    }
  }

  /// Packs the rows of `columns` at `selection` (all `count` when nil).
  init(_ columns: [ColumnVector], shape: RowShape, selection: [Int32]? = nil, count: Int) throws(EvaluationError) {
    let packing = try RowPacking(columns, shape: shape, selection: selection, count: count)
    self.shape = shape
    self.count = count
    starts = packing.starts
    let total = packing.totalWords
    words = unsafe [UInt64](unsafeUninitializedCapacity: total) { buffer, initialized in
      if let first = buffer.baseAddress {
        unsafe packing.write { row in unsafe first + packing.start(row) }
      }
      initialized = total
    }
  }
}

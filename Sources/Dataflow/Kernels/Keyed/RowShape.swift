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

  /// Packs the rows of `columns` at `selection` (all `count` when nil).
  init(_ columns: [ColumnVector], shape: RowShape, selection: [Int32]? = nil, count: Int) throws(EvaluationError) {
    precondition(columns.count == shape.types.count)
    self.shape = shape
    self.count = count
    starts = []
    var total = count * shape.fixedWords
    if shape.hasTexts {
      starts = try Self.measure(columns, shape, selection, count)
      total = starts[count]
    }
    words = [UInt64](repeating: 0, count: total)
    var cursors = shape.hasTexts ? starts.dropLast().map { $0 + shape.fixedWords } : []
    var packer = RowPacking(shape: shape, selection: selection, count: count, starts: starts)
    packer.writeHeaders(&words)
    for (index, column) in columns.enumerated() { packer.write(column, index, &words, &cursors) }
  }

  private static func measure(
    _ columns: [ColumnVector], _ shape: RowShape, _ selection: [Int32]?, _ count: Int
  ) throws(EvaluationError) -> [Int] {
    var lengths = [Int](repeating: shape.fixedWords, count: count + 1)
    for column in columns {
      guard case .bytes(let values) = column.storage else { continue }
      let offsets = values.offsets.span
      for row in 0..<count {
        let from = selection.map { Int($0[row]) } ?? row
        lengths[row] &+= (Int(offsets[from + 1]) &- Int(offsets[from]) &+ 7) >> 3
      }
    }
    var next = 0
    for row in 0..<count {
      let length = lengths[row]
      guard length <= Int(UInt32.max >> 4) else {
        throw EvaluationError(.invalidArgument, "a row of state exceeds 2 GiB")
      }
      lengths[row] = next
      next += length
    }
    lengths[count] = next
    return lengths
  }
}

/// One run of the packer.
private struct RowPacking {
  let shape: RowShape
  let selection: [Int32]?
  let count: Int
  let starts: [Int]

  @inline(__always)
  private func start(_ row: Int) -> Int { starts.isEmpty ? row &* shape.fixedWords : starts[row] }

  @inline(__always)
  private func source(_ row: Int) -> Int { selection.map { Int($0[row]) } ?? row }

  func writeHeaders(_ words: inout [UInt64]) {
    var target = words.mutableSpan
    if starts.isEmpty {
      let header = UInt64(shape.fixedWords) << 32
      for row in 0..<count { target[row &* shape.fixedWords] = header }
    } else {
      for row in 0..<count { target[starts[row]] = UInt64(starts[row + 1] &- starts[row]) << 32 }
    }
  }

  mutating func write(
    _ column: ColumnVector, _ index: Int, _ words: inout [UInt64], _ cursors: inout [Int]
  ) {
    let slot = shape.slots[index]
    switch column.storage {
    case .int64(let values):
      let source = values.span
      each(column.validity, index, &words) { UInt64(bitPattern: source[$0]) }
    case .float64(let values):
      let source = values.span
      each(column.validity, index, &words) { value in
        let number = source[value]
        return number == 0 ? 0 : number.isNaN ? Double.nan.bitPattern : number.bitPattern
      }
    case .int128(let values):
      var target = words.mutableSpan
      for row in 0..<count {
        let from = source(row)
        let at = start(row)
        guard isPresent(column.validity, from, index, at, &target) else { continue }
        target[at &+ slot] = UInt64(truncatingIfNeeded: values[from])
        target[at &+ slot &+ 1] = UInt64(truncatingIfNeeded: values[from] >> 64)
      }
    case .bytes(let values): write(values, column.validity, index, &words, &cursors)
    }
  }

  @inline(__always)
  private func each(
    _ validity: ValidityBitmap?, _ index: Int, _ words: inout [UInt64], _ word: (Int) -> UInt64
  ) {
    let slot = shape.slots[index]
    var target = words.mutableSpan
    if validity == nil, selection == nil, starts.isEmpty {
      for row in 0..<count { target[row &* shape.fixedWords &+ slot] = word(row) }
      return
    }
    for row in 0..<count {
      let from = source(row)
      let at = start(row)
      guard isPresent(validity, from, index, at, &target) else { continue }
      target[at &+ slot] = word(from)
    }
  }

  @inline(__always)
  private func isPresent(
    _ validity: ValidityBitmap?, _ from: Int, _ index: Int, _ at: Int, _ target: inout MutableSpan<UInt64>
  ) -> Bool {
    guard let validity, !validity[from] else { return true }
    let (word, mask) = RowShape.nullBit(index)
    target[at &+ word] |= mask
    return false
  }

  private func write(
    _ values: ByteColumn, _ validity: ValidityBitmap?, _ index: Int, _ words: inout [UInt64], _ cursors: inout [Int]
  ) {
    let slot = shape.slots[index]
    let offsets = values.offsets.span
    let bytes = values.bytes.span
    var target = words.mutableSpan
    var cursor = cursors.mutableSpan
    for row in 0..<count {
      let from = source(row)
      let at = start(row)
      guard isPresent(validity, from, index, at, &target) else { continue }
      let first = Int(offsets[from])
      let length = Int(offsets[from + 1]) &- first
      target[at &+ slot] = UInt64(length) << 32 | UInt64(cursor[row] &- at)
      WordKernels.copy(bytes, first, length, into: &target, at: cursor[row])
      cursor[row] &+= (length &+ 7) >> 3
    }
  }
}

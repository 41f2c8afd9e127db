import DataModel

/// Rows of columns on their way into words, written to places that the caller gives.
@safe struct RowPacking {
  let shape: RowShape
  let count: Int
  /// Places of the rows one behind the other, and the end; empty when all rows are equally long.
  let starts: [Int]
  private let columns: [ColumnVector]
  private let selection: [Int32]?
  /// Rows that are written column by column before the next ones are begun: they stay in the cache.
  private static let tileRows = 64

  /// The rows at `selection`, or the first `count`.
  init(_ columns: [ColumnVector], shape: RowShape, selection: [Int32]?, count: Int) throws(EvaluationError) {
    precondition(columns.map(\.physical) == shape.types)
    self.columns = columns
    self.shape = shape
    self.selection = selection
    self.count = count
    let rows = columns.map(\.count).min() ?? 0
    if let selection {
      precondition(selection.count == count)
      if !columns.isEmpty { GatherKernels.check(selection, below: rows) }
    } else {
      precondition(columns.isEmpty || rows >= count)
    }
    starts = shape.hasTexts ? try Self.measure(columns, shape, selection, count) : []
  }

  var totalWords: Int { starts.last ?? count * shape.fixedWords }

  @inline(__always)
  func start(_ row: Int) -> Int { starts.isEmpty ? row &* shape.fixedWords : starts[row] }

  func wordCount(_ row: Int) -> Int { starts.isEmpty ? shape.fixedWords : starts[row + 1] - starts[row] }

  private static func measure(
    _ columns: [ColumnVector], _ shape: RowShape, _ selection: [Int32]?, _ count: Int
  ) throws(EvaluationError) -> [Int] {
    var lengths = [Int](repeating: shape.fixedWords, count: count + 1)
    for column in columns {
      guard case .bytes(let values) = column.storage else { continue }
      let offsets = values.offsets.span
      var target = lengths.mutableSpan
      if let selection {
        let chosen = selection.span
        for row in 0..<count {
          let from = Int(chosen[row])
          target[row] &+= (Int(offsets[from &+ 1]) &- Int(offsets[from]) &+ 7) &>> 3
        }
      } else {
        for row in 0..<count { target[row] &+= (Int(offsets[row &+ 1]) &- Int(offsets[row]) &+ 7) &>> 3 }
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

  /// Writes every word of every row; `place` tells where row i goes, with room for its `wordCount`.
  @inline(__always)
  func write(_ place: (Int) -> UnsafeMutablePointer<UInt64>) {
    var places = unsafe [UnsafeMutablePointer<UInt64>]()
    unsafe places.reserveCapacity(Self.tileRows)
    var first = 0
    while first < count {
      let end = min(first + Self.tileRows, count)
      unsafe places.removeAll(keepingCapacity: true)
      for row in first..<end {
        let target = unsafe place(row)
        unsafe places.append(target)
      }
      unsafe writeTile(first, places)
      first = end
    }
  }

  private func writeTile(_ first: Int, _ places: [UnsafeMutablePointer<UInt64>]) {
    let nullWords = (shape.slots.first ?? shape.fixedWords)
    // Where the next text of each row goes; the header has the row's length.
    var cursors = [Int](repeating: shape.fixedWords, count: unsafe places.count)
    for index in unsafe places.indices {
      let own = unsafe places[index]
      unsafe own[0] = UInt64(wordCount(first &+ index)) << 32
      for word in 1..<max(1, nullWords) { unsafe own[word] = 0 }
    }
    for (index, column) in columns.enumerated() {
      let slot = shape.slots[index]
      switch column.storage {
      case .int64(let values):
        let source = values.span
        unsafe each(first, places) { unsafe $0[slot] = UInt64(bitPattern: source[$1]) }
      case .float64(let values):
        let source = values.span
        unsafe each(first, places) { own, row in
          let number = source[row]
          unsafe own[slot] = number == 0 ? 0 : number.isNaN ? Double.nan.bitPattern : number.bitPattern
        }
      case .int128(let values):
        let source = values.span
        unsafe each(first, places) { own, row in
          unsafe own[slot] = UInt64(truncatingIfNeeded: source[row])
          unsafe own[slot &+ 1] = UInt64(truncatingIfNeeded: source[row] >> 64)
        }
      case .bytes(let values): unsafe writeTexts(values, slot, first, places, &cursors)
      }
      if let validity = column.validity { unsafe writeNulls(validity, index, first, places) }
    }
  }

  @inline(__always)
  private func each(
    _ first: Int, _ places: [UnsafeMutablePointer<UInt64>], _ body: (UnsafeMutablePointer<UInt64>, Int) -> Void
  ) {
    guard let selection else {
      for index in unsafe places.indices { unsafe body(places[index], first &+ index) }
      return
    }
    for index in unsafe places.indices { unsafe body(places[index], Int(selection[first &+ index])) }
  }

  /// A NULL has its bit, and zeros for a value; its text is empty already.
  private func writeNulls(
    _ validity: ValidityBitmap, _ index: Int, _ first: Int, _ places: [UnsafeMutablePointer<UInt64>]
  ) {
    let slot = shape.slots[index]
    let (word, mask) = RowShape.nullBit(index)
    let type = shape.types[index]
    unsafe each(first, places) { own, row in
      guard !validity[row] else { return }
      unsafe own[word] |= mask
      unsafe own[slot] = 0
      if type == .int128 { unsafe own[slot &+ 1] = 0 }
    }
  }

  private func writeTexts(
    _ values: ByteColumn, _ slot: Int, _ first: Int, _ places: [UnsafeMutablePointer<UInt64>],
    _ cursors: inout [Int]
  ) {
    let offsets = values.offsets.span
    unsafe values.bytes.withUnsafeBytes { bytes in
      for index in unsafe places.indices {
        let row = selection.map { Int($0[first &+ index]) } ?? first &+ index
        let start = Int(offsets[row])
        let length = Int(offsets[row &+ 1]) &- start
        precondition(length >= 0 && start &+ length <= bytes.count)
        let own = unsafe places[index]
        let cursor = cursors[index]
        unsafe own[slot] = UInt64(truncatingIfNeeded: length) &<< 32 | UInt64(truncatingIfNeeded: cursor)
        guard length > 0, let base = bytes.baseAddress else { continue }
        unsafe WordKernels.copy(base + start, length, readable: bytes.count &- start, to: own + cursor)
        cursors[index] = cursor &+ ((length &+ 7) &>> 3)
      }
    }
  }
}

import DataModel

/// The state of one aggregate call: words in a group's payload, and columns in the accumulator rows of the trace.
struct Accumulator {
  enum Kind {
    /// The group's weight is enough.
    case countAll
    /// count
    case count
    /// count, sum (two words)
    case exactSum
    /// count, place of the exact sum in the heap, NaNs, +infinities, -infinities
    case floatSum
    /// whether there is one, the extreme value (a text: its place in the heap)
    case extreme
  }

  let call: AggregateCall
  let kind: Kind
  /// Place of its first column in the accumulator row.
  let first: Int
  /// Place of its first word in the payload.
  let firstWord: Int

  init(_ call: AggregateCall, first: Int, firstWord: Int) {
    self.call = call
    self.first = first
    self.firstWord = firstWord
    let isFloat = call.argument?.type.physical == .float64
    kind =
      switch call.function {
      case .countAll: .countAll
      case .count: .count
      case .sum, .average: isFloat ? .floatSum : .exactSum
      case .minimum, .maximum: .extreme
      }
  }

  /// Physical type of the argument.
  var argumentType: PhysicalType { call.argument?.type.physical ?? .int64 }

  var types: [PhysicalType] {
    switch kind {
    case .countAll: []
    case .count: [.int64]
    case .exactSum: [.int64, .int128]
    case .floatSum: [.int64, .bytes, .int64, .int64, .int64]
    case .extreme: [argumentType]
    }
  }

  var wordCount: Int {
    switch kind {
    case .countAll: 0
    case .count: 1
    case .exactSum: 3
    case .floatSum: 5
    case .extreme: argumentType == .int128 ? 3 : 2
    }
  }

  var greatest: Bool { call.function == .maximum }

  /// Takes the entries into the records. Extremes: only entries of positive weight.
  func update(
    _ records: KeyedRecords, _ feed: RecordFeed, _ argument: ColumnVector?, _ heap: AccumulatorHeap
  ) throws(EvaluationError) {
    guard let argument, kind != .countAll else { return }
    if kind == .extreme {
      if argumentType == .bytes {
        heap.raise(records, feed, argument, word: firstWord, greatest: greatest)
      } else {
        records.raise(feed, argument, word: firstWord, greatest: greatest)
      }
      return
    }
    guard records.addWeights(feed, present: argument.validity, word: firstWord) else {
      throw EvaluationError(.weightOverflow, "weight overflow in \(call.function.rawValue)")
    }
    if kind == .exactSum, !records.addProducts(feed, argument, word: firstWord + 1) {
      throw EvaluationError(.overflow, "sum overflows 128 bits")
    }
    if kind == .floatSum { try heap.add(records, feed, argument, word: firstWord + 1) }
  }

  /// Its columns of payloads that lie one after the other.
  func columns(_ words: [UInt64], stride: Int, _ heap: AccumulatorHeap) -> [ColumnVector] {
    let count = words.count / stride
    func int64s(_ word: Int) -> ColumnVector {
      ColumnVector(.int64((0..<count).map { Int64(bitPattern: words[$0 &* stride &+ firstWord &+ word]) }))
    }
    switch kind {
    case .countAll: return []
    case .count: return [int64s(0)]
    case .exactSum: return [int64s(0), ColumnVector(.int128(int128s(words, stride, 1)))]
    case .floatSum:
      var sums = ByteColumn()
      for group in 0..<count { sums.append(heap.sum(words[group * stride + firstWord + 1]).bytes) }
      return [int64s(0), ColumnVector(.bytes(sums)), int64s(2), int64s(3), int64s(4)]
    case .extreme: return [extremes(words, stride, count, heap)]
    }
  }

  private func int128s(_ words: [UInt64], _ stride: Int, _ word: Int) -> [Int128] {
    (0..<words.count / stride).map { group in
      let at = group &* stride &+ firstWord &+ word
      return WordUnpacking.int128(words[at], words[at &+ 1])
    }
  }

  private func extremes(_ words: [UInt64], _ stride: Int, _ count: Int, _ heap: AccumulatorHeap) -> ColumnVector {
    var builder = ColumnBuilder(argumentType)
    builder.reserve(count)
    for group in 0..<count {
      let at = group &* stride &+ firstWord
      guard words[at] != 0 else {
        builder.appendNull()
        continue
      }
      switch argumentType {
      case .int64: builder.append(int64: Int64(bitPattern: words[at &+ 1]))
      case .float64: builder.append(float64: Double(bitPattern: words[at &+ 1]))
      case .int128: builder.append(int128: WordUnpacking.int128(words[at &+ 1], words[at &+ 2]))
      case .bytes: heap.appendText(words[at &+ 1], to: &builder)
      }
    }
    return builder.finish()
  }

  /// Words of row `row` of its columns.
  func words(_ columns: [ColumnVector], _ row: Int, _ heap: AccumulatorHeap) -> [UInt64] {
    func int64(_ column: Int) -> UInt64 {
      if case .int64(let values) = columns[first + column].storage { UInt64(bitPattern: values[row]) } else { 0 }
    }
    switch kind {
    case .countAll: return []
    case .count: return [int64(0)]
    case .exactSum: return [int64(0)] + Self.valueWords(columns[first + 1], row, heap)
    case .floatSum:
      var sum = ExactSum()
      if case .bytes(let values) = columns[first + 1].storage { sum.load(values.bytes, values.range(row)) }
      return [int64(0), heap.keep(sum), int64(2), int64(3), int64(4)]
    case .extreme: return extremeWords(columns[first], row, heap)
    }
  }

  /// [present][value] of one value.
  func extremeWords(_ column: ColumnVector, _ row: Int, _ heap: AccumulatorHeap) -> [UInt64] {
    guard column.isValid(row) else { return [UInt64](repeating: 0, count: wordCount) }
    return [1] + Self.valueWords(column, row, heap)
  }

  private static func valueWords(_ column: ColumnVector, _ row: Int, _ heap: AccumulatorHeap) -> [UInt64] {
    switch column.storage {
    case .int64(let values): return [UInt64(bitPattern: values[row])]
    case .float64(let values): return [values[row].bitPattern]
    case .int128(let values):
      return [UInt64(truncatingIfNeeded: values[row]), UInt64(truncatingIfNeeded: values[row] >> 64)]
    case .bytes(let values): return [heap.keep(values.bytes, values.range(row))]
    }
  }
}

import DataModel

/// What accumulators keep outside their words: exact sums of doubles, and texts that are extremes.
///
/// Never changed in place: a record points to a new value, so that its old payload stays right until the operator
/// compacts the heap after a flush.
final class AccumulatorHeap {
  private var sums: [ExactSum] = [ExactSum()]
  private var texts = AccumulatorHeap.emptyTexts()
  private var keptSums = 0

  /// Address 0 is no text.
  private static func emptyTexts() -> WordArena {
    let arena = WordArena()
    _ = arena.allocate(1)
    return arena
  }

  var sizeBytes: Int { texts.sizeBytes + sums.count * 64 }
  /// Whether a compaction would pay.
  var isWasteful: Bool { texts.isWasteful || sums.count > 2 * keptSums + 65_536 }

  // MARK: sums

  /// Place 0 is the sum of nothing.
  func sum(_ place: UInt64) -> ExactSum { sums[Int(truncatingIfNeeded: place)] }

  /// About as many as its bytes take in a row.
  func sumWords(_ place: UInt64) -> Int { place == 0 ? 0 : sum(place).wordCount + 2 }

  func keep(_ sum: ExactSum) -> UInt64 {
    if sum.isZero { return 0 }
    sums.append(sum)
    return UInt64(sums.count - 1)
  }

  /// Adds values to the sums at `word`; NaNs and infinities are counted in the three words behind it.
  func add(
    _ records: KeyedRecords, _ feed: RecordFeed, _ column: ColumnVector, word: Int
  ) throws(EvaluationError) {
    guard case .float64(let values) = column.storage else { return }
    // Sums of this feed, by touched record, until they are kept.
    var open = [Int32](repeating: -1, count: records.touched.records.count)
    var working: [ExactSum] = []
    var owners: [Int32] = []
    for entry in feed.records.indices {
      let row = feed.rows.map { Int($0[entry]) } ?? entry
      guard column.isValid(row) else { continue }
      let record = feed.records[entry]
      let value = values[row]
      guard value.isFinite else {
        let kind = value.isNaN ? 1 : value > 0 ? 2 : 3
        let count = try Weight.sum(Int64(bitPattern: records.word(record, word + kind)), feed.weights[entry])
        records.setWord(record, word + kind, UInt64(bitPattern: count))
        continue
      }
      let index = records.touchIndex(record)
      if open[index] < 0 {
        open[index] = Int32(truncatingIfNeeded: working.count)
        working.append(sum(records.word(record, word)))
        owners.append(record)
      }
      working[Int(open[index])].add(value, weight: feed.weights[entry])
    }
    for (index, record) in owners.enumerated() { records.setWord(record, word, keep(working[index])) }
  }

  // MARK: texts

  func keep(_ bytes: [UInt8], _ range: Range<Int>) -> UInt64 {
    let words = (range.count + 7) / 8
    let address = texts.allocate(words + 1)
    let own = unsafe texts.pointer(address)
    unsafe own[0] = UInt64(range.count)
    if words > 0 { unsafe own[words] = 0 }
    unsafe bytes.withUnsafeBytes { source in
      guard let from = source.baseAddress else { return }
      unsafe UnsafeMutableRawPointer(own + 1).copyMemory(from: from + range.lowerBound, byteCount: range.count)
    }
    return address
  }

  /// The text is not needed any more; it can be read until the heap is compacted.
  func freeText(_ address: UInt64) {
    let own = unsafe texts.pointer(address)
    texts.free(unsafe 1 + (Int(own[0]) + 7) / 8)
  }

  func textWords(_ address: UInt64) -> Int { unsafe 1 + (Int(texts.pointer(address)[0]) + 7) / 8 }

  /// Whether a kept text is that of a row.
  func isText(_ address: UInt64, _ column: ColumnVector, _ row: Int) -> Bool {
    guard case .bytes(let values) = column.storage, column.isValid(row) else { return false }
    return compare(values.bytes, values.range(row), address) == 0
  }

  func appendText(_ address: UInt64, to builder: inout ColumnBuilder) {
    let own = unsafe texts.pointer(address)
    let bytes = unsafe UnsafeRawBufferPointer(start: own + 1, count: Int(own[0]))
    unsafe builder.append(bytes: bytes)
  }

  /// Keeps the extreme text: [present][place] at `word`.
  func raise(
    _ records: KeyedRecords, _ feed: RecordFeed, _ column: ColumnVector, word: Int, greatest: Bool
  ) {
    guard case .bytes(let values) = column.storage else { return }
    for entry in feed.records.indices {
      let row = feed.rows.map { Int($0[entry]) } ?? entry
      guard column.isValid(row) else { continue }
      let record = feed.records[entry]
      let range = values.range(row)
      if records.word(record, word) != 0 {
        let order = compare(values.bytes, range, records.word(record, word + 1))
        guard greatest ? order > 0 : order < 0 else { continue }
        freeText(records.word(record, word + 1))
      }
      records.setWord(record, word, 1)
      records.setWord(record, word + 1, keep(values.bytes, range))
    }
  }

  private func compare(_ bytes: [UInt8], _ range: Range<Int>, _ address: UInt64) -> Int {
    let own = unsafe texts.pointer(address)
    let other = unsafe UnsafeRawBufferPointer(start: own + 1, count: Int(own[0]))
    var at = range.lowerBound
    for unsafe byte in unsafe other {
      guard at < range.upperBound else { return -1 }
      if bytes[at] != byte { return bytes[at] < byte ? -1 : 1 }
      at += 1
    }
    return range.upperBound - at
  }

  // MARK: compaction

  /// Copies what the records still point to; between a flush and the next step.
  func compact(_ records: KeyedRecords, _ accumulators: [Accumulator]) {
    let oldSums = sums
    let oldTexts = texts
    sums = [ExactSum()]
    texts = Self.emptyTexts()
    for accumulator in accumulators {
      if accumulator.kind == .floatSum {
        records.rewriteWord(accumulator.firstWord + 1) { keep(oldSums[Int(truncatingIfNeeded: $0)]) }
      } else if accumulator.kind == .extreme, accumulator.argumentType == .bytes {
        records.rewriteText(accumulator.firstWord) { address in
          let from = unsafe oldTexts.pointer(address)
          let count = unsafe 1 + (Int(from[0]) + 7) / 8
          let own = texts.allocate(count)
          unsafe texts.pointer(own).update(from: from, count: count)
          return own
        }
      }
    }
    keptSums = sums.count
  }
}

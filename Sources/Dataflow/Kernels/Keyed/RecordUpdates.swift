import DataModel

/// Weighted rows, each for one record.
struct RecordFeed {
  var records: [Int32]
  /// Row of the argument column of each entry; nil when entry i is row i.
  var rows: [Int32]?
  var weights: [Int64]
}

/// Payload arithmetic for many rows at once. Every entry's record must be live and touched.
extension KeyedRecords {
  @inline(__always)
  private func each(
    _ feed: RecordFeed, _ validity: ValidityBitmap?, _ body: (UnsafeMutablePointer<UInt64>, Int, Int64) -> Void
  ) {
    let chunks = unsafe chunks
    let stride = stride
    let records = feed.records.span
    let weights = feed.weights.span
    precondition(weights.count == records.count)
    if feed.rows == nil, validity == nil {
      for entry in records.indices {
        unsafe body(Self.pointer(chunks, Int(records[entry]), stride) + 1, entry, weights[entry])
      }
      return
    }
    guard let chosen = feed.rows else {
      for entry in records.indices where validity?[entry] != false {
        unsafe body(Self.pointer(chunks, Int(records[entry]), stride) + 1, entry, weights[entry])
      }
      return
    }
    for entry in records.indices {
      let row = Int(chosen[entry])
      if let validity, !validity[row] { continue }
      unsafe body(Self.pointer(chunks, Int(records[entry]), stride) + 1, row, weights[entry])
    }
  }

  /// Adds each weight to a word, for the rows that are present. False when one overflows.
  func addWeights(_ feed: RecordFeed, present: ValidityBitmap?, word: Int) -> Bool {
    var overflow = false
    unsafe each(feed, present) { payload, _, weight in
      let (sum, over) = unsafe Int64(bitPattern: payload[word]).addingReportingOverflow(weight)
      unsafe payload[word] = UInt64(bitPattern: sum)
      overflow = overflow || over
    }
    return !overflow
  }

  /// Adds each weight to the words whose bit the row's mask has. False when one overflows.
  func addWeights(_ feed: RecordFeed, masks: [UInt64], _ targets: [(bit: UInt64, word: Int)]) -> Bool {
    precondition(targets.allSatisfy { $0.word < payload })
    var overflow = false
    let masks = masks.span
    unsafe each(feed, nil) { payload, row, weight in
      let mask = masks[row]
      for target in targets where mask & target.bit != 0 {
        let (sum, over) = unsafe Int64(bitPattern: payload[target.word]).addingReportingOverflow(weight)
        unsafe payload[target.word] = UInt64(bitPattern: sum)
        overflow = overflow || over
      }
    }
    return !overflow
  }

  /// Adds value * weight to the 128 bits at `word`. False when one overflows.
  func addProducts(_ feed: RecordFeed, _ column: ColumnVector, word: Int) -> Bool {
    var overflow = false
    switch column.storage {
    case .int64(let values):
      let source = values.span
      unsafe each(feed, column.validity) { payload, row, weight in
        let value = source[row]
        let product = weight == 1 ? Int128(value) : Int128(value) * Int128(weight)
        let (sum, over) = unsafe WordUnpacking.int128(payload[word], payload[word + 1])
          .addingReportingOverflow(product)
        unsafe payload[word] = UInt64(truncatingIfNeeded: sum)
        unsafe payload[word + 1] = UInt64(truncatingIfNeeded: sum >> 64)
        overflow = overflow || over
      }
    case .int128(let values):
      let source = values.span
      unsafe each(feed, column.validity) { payload, row, weight in
        let (product, wide) = source[row].multipliedReportingOverflow(by: Int128(weight))
        let (sum, over) = unsafe WordUnpacking.int128(payload[word], payload[word + 1])
          .addingReportingOverflow(product)
        unsafe payload[word] = UInt64(truncatingIfNeeded: sum)
        unsafe payload[word + 1] = UInt64(truncatingIfNeeded: sum >> 64)
        overflow = overflow || wide || over
      }
    case .float64, .bytes: break
    }
    return !overflow
  }

  /// Keeps the extreme of the values: [present][value, two words for int128] at `word`. Texts are not taken.
  func raise(_ feed: RecordFeed, _ column: ColumnVector, word: Int, greatest: Bool) {
    switch column.storage {
    case .int64(let values):
      let source = values.span
      unsafe each(feed, column.validity) { payload, row, _ in
        let value = source[row]
        let old = unsafe Int64(bitPattern: payload[word + 1])
        guard unsafe payload[word] == 0 || (greatest ? value > old : value < old) else { return }
        unsafe payload[word] = 1
        unsafe payload[word + 1] = UInt64(bitPattern: value)
      }
    case .float64(let values):
      let source = values.span
      unsafe each(feed, column.validity) { payload, row, _ in
        let value = RowCodec.orderedBits(source[row])
        let old = unsafe RowCodec.orderedBits(Double(bitPattern: payload[word + 1]))
        guard unsafe payload[word] == 0 || (greatest ? value > old : value < old) else { return }
        unsafe payload[word] = 1
        unsafe payload[word + 1] = source[row].bitPattern
      }
    case .int128(let values):
      let source = values.span
      unsafe each(feed, column.validity) { payload, row, _ in
        let value = source[row]
        let old = unsafe WordUnpacking.int128(payload[word + 1], payload[word + 2])
        guard unsafe payload[word] == 0 || (greatest ? value > old : value < old) else { return }
        unsafe payload[word] = 1
        unsafe payload[word + 1] = UInt64(truncatingIfNeeded: value)
        unsafe payload[word + 2] = UInt64(truncatingIfNeeded: value >> 64)
      }
    case .bytes: break
    }
  }

  /// One payload word of a record.
  @inline(__always)
  func word(_ record: Int32, _ word: Int) -> UInt64 {
    precondition(word < payload)
    return unsafe pointer(record)[1 + word]
  }

  @inline(__always)
  func setWord(_ record: Int32, _ word: Int, _ value: UInt64) {
    precondition(word < payload)
    unsafe pointer(record)[1 + word] = value
  }

  /// The payloads of the touched records as they are now, one after the other.
  func touchedPayloads() -> [UInt64] {
    var result: [UInt64] = []
    result.append(addingCapacity: touched.records.count * payload) { output in
      for record in touched.records {
        let own = unsafe pointer(record) + 1
        for word in 0..<payload { output.append(unsafe own[word]) }
      }
    }
    return result
  }

  /// Replaces a payload word of every record.
  func rewriteWord(_ word: Int, _ change: (UInt64) -> UInt64) {
    precondition(word < payload)
    for slot in 0...slots.mask {
      let entry = unsafe slots.words[slot]
      guard entry != 0 else { continue }
      let own = unsafe Self.pointer(chunks, Int(truncatingIfNeeded: entry & 0xFFFF_FFFF) - 1, stride) + 1
      unsafe own[word] = change(own[word])
    }
  }

  /// Replaces the text's place behind `word` in every record where `word` says that there is one.
  func rewriteText(_ word: Int, _ change: (UInt64) -> UInt64) {
    precondition(word + 1 < payload)
    for slot in 0...slots.mask {
      let entry = unsafe slots.words[slot]
      guard entry != 0 else { continue }
      let own = unsafe Self.pointer(chunks, Int(truncatingIfNeeded: entry & 0xFFFF_FFFF) - 1, stride) + 1
      if unsafe own[word] != 0 { unsafe own[word + 1] = change(own[word + 1]) }
    }
  }
}

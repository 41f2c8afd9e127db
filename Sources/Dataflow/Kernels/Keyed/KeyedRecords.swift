import CKernels
import DataModel
import Platform

/// Records of words, found by key: the hot form of an operator's state.
///
/// A record has a number that stays while it lives, a fixed count of payload words that begin as zero, and its key. All
/// changes of a step can be taken back, and what changed since the last `flush` is known with its old payload, so that
/// a trace can follow behind. A record of nothing but zeros stands for a key that is not there.
///
/// Not thread-safe: owned by one operator. Memory of a record: [marks][payload ...][key or its address].
@safe final class KeyedRecords {
  let shape: RowShape
  let payload: Int
  let stride: Int
  static let chunkBits = 8
  static let chunkMask = (1 << chunkBits) - 1

  private(set) var chunks: UnsafeMutablePointer<UnsafeMutablePointer<UInt64>>
  private var chunkCount = 0
  private var chunkCapacity = 8
  /// The first chunks, which were allocated one by one; the others lie in `blocks`.
  private var ownChunks = 0
  private var blocks = MemoryBlocks()
  private(set) var slots = HashSlots()
  private(set) var keys = WordArena()
  /// Numbers ever given out.
  private var end = 0
  private var free: [Int32] = []
  private let seed: UInt64
  /// Whether changes are remembered for a trace.
  private let isTracked: Bool
  /// Whether a record of zeros is a row like others.
  private let keepsZeros: Bool
  /// What this step has touched.
  private(set) var touched = TouchedRecords()
  /// What steps since the last flush have changed.
  private var changed: [ChangedRecord] = []
  private var changedWords: [UInt64] = []

  /// A record and its payload at the last flush.
  private struct ChangedRecord {
    /// -1 when it came and went since.
    var record: Int32
    /// Place in `changedWords`; -1 when it was not there.
    var before: Int32
  }

  init(keys types: [PhysicalType], payload: Int, isTracked: Bool = true, keepsZeros: Bool = false) {
    self.keepsZeros = keepsZeros
    self.isTracked = isTracked
    shape = RowShape(types)
    self.payload = payload
    stride = 1 + payload + (shape.hasTexts ? 1 : shape.fixedWords)
    unsafe chunks = .allocate(capacity: 8)
    seed = SystemRandom().next()
  }

  deinit {
    for index in 0..<ownChunks { unsafe chunks[index].deallocate() }
    blocks.deallocate()
    unsafe chunks.deallocate()
    slots.deallocate()
  }

  /// Live records, also those of zeros that the trace still knows.
  var count: Int { slots.count }

  var sizeBytes: Int {
    chunkCount * (stride * 8) << Self.chunkBits + slots.sizeBytes + keys.sizeBytes + changed.count * 8
      + changedWords.count * 8
  }

  @inline(__always)
  static func pointer(
    _ chunks: UnsafeMutablePointer<UnsafeMutablePointer<UInt64>>, _ record: Int, _ stride: Int
  ) -> UnsafeMutablePointer<UInt64> {
    unsafe chunks[record &>> chunkBits] + (record & chunkMask) &* stride
  }

  @inline(__always)
  func pointer(_ record: Int32) -> UnsafeMutablePointer<UInt64> {
    precondition(record >= 0 && Int(record) < end)
    return unsafe Self.pointer(chunks, Int(record), stride)
  }

  /// The packed key of a record.
  @inline(__always)
  func key(_ record: Int32) -> UnsafePointer<UInt64> {
    let own = unsafe pointer(record) + 1 + payload
    return shape.hasTexts ? unsafe UnsafePointer(keys.pointer(own[0])) : unsafe UnsafePointer(own)
  }

  // MARK: looking up

  /// The record of each row, made where there is none, and touched.
  func resolve(_ rows: WordRows) -> [Int32] {
    slots.reserve(rows.count)
    let hashes = hash(rows)
    var result: [Int32] = []
    // Taken out, so that the loop owns it alone.
    var marks = touched
    touched = TouchedRecords()
    let slotWords = unsafe slots.words
    let slotsBefore = slots.count
    var made = 0
    unsafe rows.words.withUnsafeBufferPointer { buffer in
      guard let words = buffer.baseAddress else { return }
      result.append(addingCapacity: rows.count) { output in
        let ahead = hashes.span
        for row in 0..<rows.count {
          if row &+ 16 < rows.count { unsafe tm_prefetch(slotWords + slots.home(ahead[row &+ 16])) }
          if row &+ 6 < rows.count { prefetchRecord(ahead[row &+ 6]) }
          let key = unsafe words + rows.start(row)
          let hash = ahead[row]
          let (found, slot) = unsafe find(key, hash)
          var record = found
          if found < 0 {
            record = unsafe insert(key)
            unsafe slotWords[slot] = HashSlots.word(hash, record)
            made &+= 1
          }
          output.append(Int32(truncatingIfNeeded: record))
          let own = unsafe Self.pointer(chunks, record, stride)
          if unsafe own[0] & 0xFFFF_FFFF == 0 {
            unsafe own[0] |= UInt64(marks.records.count &+ 1)
            unsafe marks.add(record, row, isNew: found < 0, own + 1, payload)
          }
        }
      }
    }
    precondition(slots.count == slotsBefore)
    slots.noteFilled(made)
    touched = marks
    return result
  }

  /// The record of each row, -1 where there is none. Touches nothing.
  func lookUp(_ rows: WordRows) -> [Int32] {
    let hashes = hash(rows)
    var result: [Int32] = []
    result.reserveCapacity(rows.count)
    unsafe rows.words.withUnsafeBufferPointer { buffer in
      guard let words = buffer.baseAddress else { return }
      for row in 0..<rows.count {
        if row &+ 16 < rows.count { unsafe tm_prefetch(slots.words + slots.home(hashes[row &+ 16])) }
        if row &+ 6 < rows.count { prefetchRecord(hashes[row &+ 6]) }
        let (found, _) = unsafe find(words + rows.start(row), hashes[row])
        result.append(Int32(truncatingIfNeeded: found))
      }
    }
    return result
  }

  /// Touches a record that is known by its number.
  func touch(_ record: Int32, row: Int) {
    let own = unsafe pointer(record)
    guard unsafe own[0] & 0xFFFF_FFFF == 0 else { return }
    unsafe own[0] |= UInt64(touched.records.count &+ 1)
    unsafe touched.add(Int(record), row, isNew: false, own + 1, payload)
  }

  /// Place of a touched record among those of the step.
  @inline(__always)
  func touchIndex(_ record: Int32) -> Int { Int(truncatingIfNeeded: unsafe pointer(record)[0] & 0xFFFF_FFFF) &- 1 }

  @inline(__always)
  private func prefetchRecord(_ hash: UInt64) {
    let word = unsafe slots.words[slots.home(hash)]
    guard word != 0 else { return }
    let record = Int(truncatingIfNeeded: word & 0xFFFF_FFFF) &- 1
    unsafe tm_prefetch(Self.pointer(chunks, record, stride))
  }

  @inline(__always)
  private func hash(_ rows: WordRows) -> [UInt64] {
    var hashes: [UInt64] = []
    let seed = seed
    hashes.append(addingCapacity: rows.count) { output in
      unsafe rows.words.withUnsafeBufferPointer { buffer in
        guard let words = buffer.baseAddress else { return }
        for row in 0..<rows.count {
          let key = unsafe words + rows.start(row)
          output.append(unsafe WordKernels.hash(key, Int(truncatingIfNeeded: key[0] >> 32), seed: seed))
        }
      }
    }
    return hashes
  }

  @inline(__always)
  private func find(_ key: UnsafePointer<UInt64>, _ hash: UInt64) -> (record: Int, slot: Int) {
    let tag = HashSlots.tag(hash)
    let words = unsafe slots.words
    let mask = slots.mask
    var slot = slots.home(hash)
    while true {
      let word = unsafe words[slot]
      if word == 0 { return (-1, slot) }
      if HashSlots.tag(word) == tag {
        let record = Int(truncatingIfNeeded: word & 0xFFFF_FFFF) &- 1
        if unsafe isKey(record, key) { return (record, slot) }
      }
      slot = (slot &+ 1) & mask
    }
  }

  @inline(__always)
  private func isKey(_ record: Int, _ key: UnsafePointer<UInt64>) -> Bool {
    let own = unsafe Self.pointer(chunks, record, stride) + 1 + payload
    let other = shape.hasTexts ? unsafe UnsafePointer(keys.pointer(own[0])) : unsafe UnsafePointer(own)
    let count = unsafe Int(truncatingIfNeeded: key[0] >> 32)
    var index = 0
    while index < count {
      if unsafe key[index] != other[index] { return false }
      index &+= 1
    }
    return true
  }

  /// A record of zeros with this key; the caller puts it into its slot.
  private func insert(_ key: UnsafePointer<UInt64>) -> Int {
    let record = free.popLast().map { Int($0) } ?? end
    if record == end {
      precondition(end < Int(Int32.max), "an operator keeps less than 2^31 keys in memory")
      if end & Self.chunkMask == 0 { addChunk() }
      end += 1
    }
    let own = unsafe Self.pointer(chunks, record, stride)
    unsafe own.update(repeating: 0, count: 1 + payload)
    let count = unsafe Int(truncatingIfNeeded: key[0] >> 32)
    if shape.hasTexts {
      let address = keys.allocate(count)
      unsafe own[1 + payload] = address
      unsafe keys.pointer(address).update(from: key, count: count)
    } else {
      unsafe (own + 1 + payload).update(from: key, count: count)
    }
    return record
  }

  private func addChunk() {
    if chunkCount == chunkCapacity {
      let wider = UnsafeMutablePointer<UnsafeMutablePointer<UInt64>>.allocate(capacity: chunkCapacity * 2)
      unsafe wider.moveInitialize(from: chunks, count: chunkCount)
      unsafe chunks.deallocate()
      unsafe chunks = wider
      chunkCapacity *= 2
    }
    let words = stride << Self.chunkBits
    let isOwn = words > MemoryBlocks.blockWords || chunkCount * words < 2 * MemoryBlocks.blockWords
    unsafe (chunks + chunkCount).initialize(to: isOwn ? .allocate(capacity: words) : blocks.piece(words))
    if isOwn { ownChunks += 1 }
    chunkCount += 1
  }

  private func drop(_ record: Int32) {
    let key = unsafe key(record)
    let count = unsafe Int(truncatingIfNeeded: key[0] >> 32)
    slots.remove(unsafe WordKernels.hash(key, count, seed: seed), Int(record))
    if shape.hasTexts { keys.free(count) }
    free.append(record)
  }

  /// Every live record, in no order.
  func eachRecord(_ body: (Int32) -> Void) {
    for slot in 0...slots.mask {
      let word = unsafe slots.words[slot]
      if word != 0 { body(Int32(truncatingIfNeeded: (word & 0xFFFF_FFFF) &- 1)) }
    }
  }

  /// Whether an int64 column of a record's key is present and less.
  func hasKey(_ record: Int32, column: Int, below bound: Int64) -> Bool {
    guard column < shape.types.count, shape.types[column] == .int64 else { return false }
    let words = unsafe key(record)
    let (word, mask) = RowShape.nullBit(column)
    return unsafe words[word] & mask == 0 && Int64(bitPattern: words[shape.slots[column]]) < bound
  }

  /// An int64 column of a record's key.
  func keyInt64(_ record: Int32, column: Int) -> Int64 {
    precondition(shape.types[column] == .int64)
    return unsafe Int64(bitPattern: key(record)[shape.slots[column]])
  }

  /// Forgets records, also that they changed; between steps.
  func forget(_ records: [Int32]) {
    for record in records {
      let mark = unsafe Int(truncatingIfNeeded: pointer(record)[0] >> 32)
      if isTracked, mark > 0 { changed[mark - 1].record = -1 }
      drop(record)
    }
  }

  // MARK: the end of a step

  /// Keeps what the step did. Records of zeros that no flush has seen go at once.
  func commit() {
    // Taken out, so that the loop owns them alone.
    var marks = touched
    touched = TouchedRecords()
    var entries = changed
    changed = []
    var words = changedWords
    changedWords = []
    for index in marks.records.indices {
      if index &+ 8 < marks.records.count {
        unsafe tm_prefetch(Self.pointer(chunks, Int(marks.records[index &+ 8]), stride))
      }
      let record = marks.records[index]
      let own = unsafe pointer(record)
      unsafe own[0] &= ~0xFFFF_FFFF
      guard isTracked else {
        if unsafe isZero(own + 1) { drop(record) }
        continue
      }
      let mark = unsafe Int(truncatingIfNeeded: own[0] >> 32)
      if mark == 0 {
        if marks.isNew[index], unsafe isZero(own + 1) {
          drop(record)
          continue
        }
        unsafe own[0] = UInt64(entries.count + 1) << 32
        var before: Int32 = -1
        if !marks.isNew[index] {
          before = Int32(truncatingIfNeeded: words.count)
          words.append(contentsOf: marks.before[(index * payload)..<(index + 1) * payload])
        }
        entries.append(ChangedRecord(record: record, before: before))
      } else if entries[mark - 1].before < 0, unsafe isZero(own + 1) {
        entries[mark - 1].record = -1
        drop(record)
      }
    }
    marks.removeAll()
    touched = marks
    changed = entries
    changedWords = words
    if !isTracked, keys.isWasteful { compactKeys() }
  }

  /// Whether a flush would give much memory back.
  var isWasteful: Bool { keys.isWasteful || changed.count > 2 * count + 65_536 }

  /// Words of a record's key.
  func keyWords(_ record: Int32) -> Int { unsafe Int(truncatingIfNeeded: key(record)[0] >> 32) }

  /// Takes back what the step did.
  func rollBack() {
    for index in touched.records.indices.reversed() {
      let record = touched.records[index]
      let own = unsafe pointer(record)
      unsafe own[0] &= ~0xFFFF_FFFF
      if touched.isNew[index] {
        drop(record)
      } else {
        for word in 0..<payload { unsafe own[1 + word] = touched.before[index * payload + word] }
      }
    }
    touched.removeAll()
  }

  /// The record was made by this step but is known to the trace with this payload.
  func load(touch index: Int, _ words: [UInt64]) {
    precondition(words.count == payload)
    let own = unsafe pointer(touched.records[index])
    for word in 0..<payload {
      unsafe own[1 + word] = words[word]
      touched.before[index * payload + word] = words[word]
    }
    touched.isNew[index] = false
  }

  @inline(__always)
  private func isZero(_ words: UnsafeMutablePointer<UInt64>) -> Bool {
    if keepsZeros { return false }
    var any: UInt64 = 0
    for word in 0..<payload { any |= unsafe words[word] }
    return any == 0
  }

  // MARK: following behind

  /// Everything that changed since the last flush.
  func changes() -> RecordChanges {
    var result = RecordChanges()
    result.records.reserveCapacity(changed.count)
    for change in changed where change.record >= 0 {
      let own = unsafe pointer(change.record)
      result.records.append(change.record)
      let first = Int(change.before)
      result.existed.append(first >= 0)
      for word in 0..<payload {
        result.before.append(first >= 0 ? changedWords[first + word] : 0)
        result.after.append(unsafe own[1 + word])
      }
    }
    return result
  }

  /// Replaces words of the payloads at the last flush, each a number of words and then so many; between steps.
  func rewriteListsBefore(_ change: (UInt64) -> UInt64) {
    guard payload > 0 else { return }
    var words = changedWords
    changedWords = []
    for base in Swift.stride(from: 0, to: words.count, by: payload) {
      for place in 0..<min(Int(words[base]), payload - 1) { words[base + 1 + place] = change(words[base + 1 + place]) }
    }
    changedWords = words
  }

  /// The trace has what changed: forgets it, and the records of zeros with it.
  func flushed() {
    for change in changed where change.record >= 0 {
      let own = unsafe pointer(change.record)
      unsafe own[0] = 0
      if unsafe isZero(own + 1) { drop(change.record) }
    }
    changed.removeAll()
    changedWords.removeAll()
    if keys.isWasteful { compactKeys() }
  }

  private func compactKeys() {
    guard shape.hasTexts else { return }
    let old = keys
    keys = WordArena()
    for slot in 0...slots.mask {
      let word = unsafe slots.words[slot]
      guard word != 0 else { continue }
      let own = unsafe Self.pointer(chunks, Int(truncatingIfNeeded: word & 0xFFFF_FFFF) - 1, stride) + 1 + payload
      let from = unsafe old.pointer(own[0])
      let count = unsafe Int(truncatingIfNeeded: from[0] >> 32)
      unsafe own[0] = keys.allocate(count)
      unsafe keys.pointer(own[0]).update(from: from, count: count)
    }
  }

  /// The keys of records as columns.
  func keyColumns(_ records: [Int32]) -> [ColumnVector] {
    unsafe WordUnpacking.columns(shape, records.count) { unsafe key(records[$0]) }
  }
}

/// Records that a step touched first, in order, with their payload before.
struct TouchedRecords {
  fileprivate(set) var records: [Int32] = []
  /// Row of the look-up that touched it first.
  fileprivate(set) var rows: [Int32] = []
  fileprivate(set) var isNew: [Bool] = []
  fileprivate(set) var before: [UInt64] = []

  @inline(__always)
  fileprivate mutating func add(
    _ record: Int, _ row: Int, isNew fresh: Bool, _ words: UnsafeMutablePointer<UInt64>, _ count: Int
  ) {
    records.append(Int32(truncatingIfNeeded: record))
    rows.append(Int32(truncatingIfNeeded: row))
    isNew.append(fresh)
    unsafe before.append(contentsOf: UnsafeBufferPointer(start: words, count: count))
  }

  fileprivate mutating func removeAll() {
    records.removeAll(keepingCapacity: true)
    rows.removeAll(keepingCapacity: true)
    isNew.removeAll(keepingCapacity: true)
    before.removeAll(keepingCapacity: true)
  }
}

/// Records that differ from what a trace has, with their payloads, `payload` words each.
struct RecordChanges {
  var records: [Int32] = []
  /// Whether the trace has a row of the record.
  var existed: [Bool] = []
  var before: [UInt64] = []
  var after: [UInt64] = []
}

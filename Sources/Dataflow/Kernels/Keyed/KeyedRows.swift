import CKernels
import DataModel
import Platform

/// Weighted rows by key: the hot form of one side of a join.
///
/// A key is a record: the address of its newest row, the number of its rows, the sum of their weights.
/// A row is [next row of the key][row before it][weight << 32 | weight at the last flush][packed row]. While rows are
/// only added, equal ones stay apart; from the first deletion on an index by content finds the row to change. The key
/// of a row must follow from its content.
///
/// Not thread-safe: owned by one operator.
@safe final class KeyedRows {
  /// Payload: newest row, row count, sum of weights.
  private(set) var keys: KeyedRecords
  let shape: RowShape
  private let keyTypes: [PhysicalType]
  private var arena = WordArena()
  private var index: RowIndex?
  private var undo: [RowChange] = []
  /// Rows that changed since the last flush.
  private var changed: [UInt64] = []
  private let seed = SystemRandom().next()

  static let header = 3
  /// In a row's first word: it is among `changed`.
  private static let changedMark: UInt64 = 1 << 63
  /// Added to the row count of keys that stay also without rows.
  private static let loadedMark: UInt64 = 1 << 40

  private struct RowChange {
    let row: UInt64
    let key: Int32
    /// Weight before this step.
    let weight: Int32
    /// Made by this step.
    let isNew: Bool
  }

  init(keys keyTypes: [PhysicalType], row types: [PhysicalType]) {
    self.keyTypes = keyTypes
    keys = KeyedRecords(keys: keyTypes, payload: 3, isTracked: false)
    shape = RowShape(types)
    _ = arena.allocate(1)  // Address 0 is no row.
  }

  private(set) var rowCount = 0
  var sizeBytes: Int { keys.sizeBytes + arena.sizeBytes + (index?.sizeBytes ?? 0) + changed.count * 8 }

  func removeAll() {
    keys = KeyedRecords(keys: keyTypes, payload: 3, isTracked: false)
    arena = WordArena()
    _ = arena.allocate(1)
    index = nil
    undo.removeAll()
    changed.removeAll()
    rowCount = 0
  }

  /// After a flush: forgets the keys to which no row came lately, so that about half of the memory is left; all of them
  /// when that leaves more, since most keys get rows all the time.
  func keepNewest() throws(EvaluationError) {
    let middle = arena.middle
    var kept: [Int32] = []
    keys.eachRecord { if keys.word($0, 0) >= middle { kept.append($0) } }
    let (old, rows, wasIndexed) = (keys, arena, index != nil)
    removeAll()
    let wordsMax = rows.usedWords / 4 * 3
    for first in stride(from: 0, to: kept.count, by: 1 << 16) {
      let piece = Array(kept[first..<min(first + 1 << 16, kept.count)])
      let columns = old.keyColumns(piece)
      let records = keys.resolve(try WordRows(columns, shape: keys.shape, count: piece.count))
      for (record, source) in zip(records, piece) {
        for word in 0..<3 { keys.setWord(record, word, old.word(source, word)) }
        rowCount += copyRows(of: record, from: rows)
      }
      keys.commit()
      if arena.usedWords > wordsMax { return removeAll() }
    }
    if wasIndexed { makeIndex() }
  }

  /// Copies a key's rows to the arena, in their order; answers how many.
  private func copyRows(of record: Int32, from old: WordArena) -> Int {
    var row = keys.word(record, 0)
    var last: UInt64 = 0
    var copied = 0
    while row != 0 {
      let from = unsafe old.pointer(row)
      let count = unsafe Self.header + Int(truncatingIfNeeded: from[Self.header] >> 32)
      let address = arena.allocate(count)
      unsafe arena.pointer(address).update(from: from, count: count)
      unsafe arena.pointer(address)[1] = last
      if last == 0 { keys.setWord(record, 0, address) } else { unsafe arena.pointer(last)[0] = address }
      last = address
      row = unsafe from[0]
      copied += 1
    }
    return copied
  }

  /// Forgets the rows of the keys that have an int64 column below the bound; between steps.
  func forget(column: Int, below bound: Int64) {
    var gone: [Int32] = []
    keys.eachRecord { record in
      if keys.hasKey(record, column: column, below: bound) { gone.append(record) }
    }
    for record in gone {
      while keys.word(record, 0) != 0 {
        let row = keys.word(record, 0)
        unlink(row, record)
        unsafe arena.pointer(row)[2] = 0
      }
    }
    keys.forget(gone)
  }

  // MARK: matching

  /// Pairs entries with the rows of their keys, from where the cursor stands until `limit` pairs or some 64 MiB of
  /// rows are there. False at the end. `records[i]` is the key of entry i, -1 for none.
  func match(_ records: [Int32], _ cursor: inout RowPairs.Cursor, limit: Int, into pairs: inout RowPairs) -> Bool {
    let base = unsafe arena.base
    var words: UInt64 = 0
    while cursor.entry < records.count {
      let ahead = cursor.entry &+ 8
      if cursor.row == 0 {
        if ahead < records.count, records[ahead] >= 0 {
          unsafe tm_prefetch(WordArena.pointer(base, keys.word(records[ahead], 0)))
        }
        let record = records[cursor.entry]
        cursor.row = record < 0 ? 0 : keys.word(record, 0)
      }
      while cursor.row != 0 {
        if pairs.rows.count >= limit || words >= 8 << 20 { return true }
        let own = unsafe WordArena.pointer(base, cursor.row)
        let weight = unsafe Self.weight(own[2])
        if weight != 0 {
          unsafe words &+= own[Self.header] &>> 32
          pairs.entries.append(Int32(truncatingIfNeeded: cursor.entry))
          pairs.rows.append(cursor.row)
          pairs.weights.append(Int64(weight))
        }
        cursor.row = unsafe own[0] & ~Self.changedMark
      }
      cursor.entry += 1
    }
    return false
  }

  /// The columns `wanted`, nil for all.
  func columns(_ rows: [UInt64], wanted: [Int]? = nil) -> [ColumnVector] {
    let base = unsafe arena.base
    return unsafe WordUnpacking.columns(shape, rows.count, wanted: wanted) { index in
      unsafe UnsafePointer(WordArena.pointer(base, rows[index]) + Self.header)
    }
  }

  @inline(__always)
  private static func weight(_ word: UInt64) -> Int32 { Int32(truncatingIfNeeded: Int64(bitPattern: word) >> 32) }

  @inline(__always)
  private static func flushed(_ word: UInt64) -> Int32 { Int32(truncatingIfNeeded: word) }

  private static func word(_ weight: Int32, flushed: Int32) -> UInt64 {
    UInt64(UInt32(bitPattern: weight)) << 32 | UInt64(UInt32(bitPattern: flushed))
  }

  private static func narrow(_ weight: Int64) throws(EvaluationError) -> Int32 {
    guard let narrow = Int32(exactly: weight) else {
      throw EvaluationError(.weightOverflow, "a row of a join has the weight \(weight), beyond 2^31")
    }
    return narrow
  }

  // MARK: changing

  /// Adds weighted rows to keys that this step has touched; `records[i]` is the key of row i.
  func add(_ records: [Int32], _ rows: WordRows, _ weights: [Int64]) throws(EvaluationError) {
    if index == nil, weights.contains(where: { $0 < 0 }) { makeIndex() }
    for entry in 0..<rows.count {
      let weight = try Self.narrow(weights[entry])
      let start = rows.start(entry)
      guard index != nil else {
        if try addToHead(records[entry], rows, start, weight) { continue }
        let row = append(records[entry], rows, start, weight, flushed: 0)
        undo.append(RowChange(row: row, key: records[entry], weight: 0, isNew: true))
        continue
      }
      let hash = hash(rows, start)
      let found = find(rows, start, hash)
      if found == 0 {
        let row = append(records[entry], rows, start, weight, flushed: 0)
        undo.append(RowChange(row: row, key: records[entry], weight: 0, isNew: true))
        index?.put(hash, row, hashOf: self.hash)
        continue
      }
      let own = unsafe arena.pointer(found)
      let before = unsafe Self.weight(own[2])
      let sum = try Self.narrow(Int64(before) + Int64(weight))
      undo.append(RowChange(row: found, key: records[entry], weight: before, isNew: false))
      unsafe own[2] = unsafe Self.word(sum, flushed: Self.flushed(own[2]))
      addToKey(records[entry], weight)
      note(found)
    }
  }

  /// Equal rows often come one after the other: those are one. False when the newest row is another one.
  private func addToHead(
    _ record: Int32, _ rows: WordRows, _ start: Int, _ weight: Int32
  ) throws(EvaluationError) -> Bool {
    let head = keys.word(record, 0)
    guard head != 0 else { return false }
    let own = unsafe arena.pointer(head)
    let count = rows.wordCount(at: start)
    let isEqual = unsafe rows.withWords { words in
      for word in 0..<count where unsafe own[Self.header + word] != words[start &+ word] { return false }
      return true
    }
    guard isEqual else { return false }
    let before = unsafe Self.weight(own[2])
    let sum = try Self.narrow(Int64(before) + Int64(weight))
    undo.append(RowChange(row: head, key: record, weight: before, isNew: false))
    unsafe own[2] = unsafe Self.word(sum, flushed: Self.flushed(own[2]))
    addToKey(record, weight)
    note(head)
    return true
  }

  /// A new row at the head of its key.
  private func append(_ record: Int32, _ rows: WordRows, _ start: Int, _ weight: Int32, flushed: Int32) -> UInt64 {
    let count = rows.wordCount(at: start)
    let address = arena.allocate(Self.header + count)
    let own = unsafe arena.pointer(address)
    let head = keys.word(record, 0)
    unsafe own[0] = head
    unsafe own[1] = 0
    unsafe own[2] = Self.word(weight, flushed: flushed)
    if head != 0 { unsafe arena.pointer(head)[1] = address }
    unsafe rows.withWords { unsafe (own + Self.header).update(from: $0 + start, count: count) }
    keys.setWord(record, 0, address)
    keys.setWord(record, 1, keys.word(record, 1) &+ 1)
    addToKey(record, weight)
    rowCount += 1
    if weight != flushed { note(address) }
    return address
  }

  /// Memory holds fewer than 2^32 rows, each of a narrow weight: the sum cannot overflow.
  @inline(__always)
  private func addToKey(_ record: Int32, _ weight: Int32) {
    keys.setWord(record, 2, keys.word(record, 2) &+ UInt64(bitPattern: Int64(weight)))
  }

  /// Sum of the weights of a key's rows; 0 for -1.
  func weight(ofKey record: Int32) -> Int64 { record < 0 ? 0 : Int64(bitPattern: keys.word(record, 2)) }

  @inline(__always)
  private func note(_ row: UInt64) {
    let own = unsafe arena.pointer(row)
    guard unsafe own[0] & Self.changedMark == 0 else { return }
    unsafe own[0] |= Self.changedMark
    changed.append(row)
  }

  private func unlink(_ row: UInt64, _ record: Int32) {
    let own = unsafe arena.pointer(row)
    let next = unsafe own[0] & ~Self.changedMark
    let before = unsafe own[1]
    if before == 0 {
      keys.setWord(record, 0, next)
    } else {
      let link = unsafe arena.pointer(before)
      unsafe link[0] = unsafe link[0] & Self.changedMark | next
    }
    if next != 0 { unsafe arena.pointer(next)[1] = before }
    keys.setWord(record, 1, keys.word(record, 1) &- 1)
    rowCount -= 1
    if index != nil { index?.remove(hash(row), row, hashOf: hash) }
    let count = unsafe Int(truncatingIfNeeded: own[Self.header] >> 32)
    arena.free(Self.header + count)
  }

  func commit() {
    for change in undo where unsafe Self.weight(arena.pointer(change.row)[2]) == 0 {
      let own = unsafe arena.pointer(change.row)
      // A row may have changed twice; it is taken out once.
      guard unsafe own[1] != Self.unlinkedMark else { continue }
      unlink(change.row, change.key)
      unsafe own[1] = Self.unlinkedMark
    }
    undo.removeAll(keepingCapacity: true)
    keys.commit()
  }

  private static let unlinkedMark: UInt64 = .max

  func rollBack() {
    for change in undo.reversed() {
      let own = unsafe arena.pointer(change.row)
      if change.isNew {
        unlink(change.row, change.key)
        unsafe own[2] = 0
      } else {
        unsafe own[2] = unsafe Self.word(change.weight, flushed: Self.flushed(own[2]))
      }
    }
    undo.removeAll(keepingCapacity: true)
    keys.rollBack()
  }

  /// Rows as a trace knows them, for keys that this step has made.
  func load(_ records: [Int32], _ rows: WordRows, _ weights: [Int64]) throws(EvaluationError) {
    // All are judged before the first is taken: what is taken here is not taken back.
    var narrow: [Int32] = []
    for weight in weights { narrow.append(try Self.narrow(weight)) }
    for entry in 0..<rows.count {
      let weight = narrow[entry]
      let row = append(records[entry], rows, rows.start(entry), weight, flushed: weight)
      if index != nil { index?.put(hash(row), row, hashOf: hash) }
    }
  }

  /// The key that this step has made is as the trace knows it, and stays known also without rows.
  func noteLoaded(touch index: Int) {
    let record = keys.touched.records[index]
    keys.load(touch: index, [keys.word(record, 0), keys.word(record, 1) | Self.loadedMark, keys.word(record, 2)])
  }

  // MARK: index by content

  /// While no row of this step is there: equal rows become one.
  private func makeIndex() {
    index = nil
    var made = RowIndex(capacity: rowCount)
    keys.eachRecord { record in
      var row = keys.word(record, 0)
      while row != 0 {
        let next = unsafe arena.pointer(row)[0] & ~Self.changedMark
        let hash = hash(row)
        let twin = made.find(hash) { self.isEqual($0, row) }
        if twin == 0 || !fold(row, into: twin, record) { made.put(hash, row, hashOf: self.hash) }
        row = next
      }
    }
    index = made
  }

  private func isEqual(_ left: UInt64, _ right: UInt64) -> Bool {
    let a = unsafe arena.pointer(left) + Self.header
    let b = unsafe arena.pointer(right) + Self.header
    let count = unsafe Int(truncatingIfNeeded: a[0] >> 32)
    for word in 0..<count where unsafe a[word] != b[word] { return false }
    return true
  }

  /// False when the weights do not fit into one row.
  private func fold(_ row: UInt64, into twin: UInt64, _ record: Int32) -> Bool {
    let own = unsafe arena.pointer(row)
    let other = unsafe arena.pointer(twin)
    let (weight, overWeight) = unsafe Self.weight(own[2]).addingReportingOverflow(Self.weight(other[2]))
    let (flushed, overFlushed) = unsafe Self.flushed(own[2]).addingReportingOverflow(Self.flushed(other[2]))
    if overWeight || overFlushed { return false }
    unsafe other[2] = Self.word(weight, flushed: flushed)
    note(twin)
    unlink(row, record)
    unsafe own[1] = Self.unlinkedMark
    unsafe own[2] = 0
    return true
  }

  private func hash(_ row: UInt64) -> UInt64 {
    let words = unsafe arena.pointer(row) + Self.header
    return unsafe WordKernels.hash(words, Int(truncatingIfNeeded: words[0] >> 32), seed: seed)
  }

  private func hash(_ rows: WordRows, _ start: Int) -> UInt64 {
    unsafe rows.withWords { unsafe WordKernels.hash($0 + start, rows.wordCount(at: start), seed: seed) }
  }

  private func find(_ rows: WordRows, _ start: Int, _ hash: UInt64) -> UInt64 {
    guard let index else { return 0 }
    let count = rows.wordCount(at: start)
    return unsafe rows.withWords { words in
      index.find(hash) { candidate in
        let own = unsafe arena.pointer(candidate) + Self.header
        for word in 0..<count where unsafe own[word] != words[start &+ word] { return false }
        return true
      }
    }
  }

  // MARK: following behind

  /// Rows whose weight differs from the last flush, with the difference; forgets them.
  func takeChanges() -> (rows: [UInt64], weights: [Int64]) {
    var rows: [UInt64] = []
    var weights: [Int64] = []
    for row in changed {
      let own = unsafe arena.pointer(row)
      let (weight, flushed) = unsafe (Self.weight(own[2]), Self.flushed(own[2]))
      unsafe own[0] &= ~Self.changedMark
      unsafe own[2] = Self.word(weight, flushed: weight)
      guard weight != flushed else { continue }
      rows.append(row)
      weights.append(Int64(weight) - Int64(flushed))
    }
    changed.removeAll()
    return (rows, weights)
  }

  /// Whether a flush would give much memory back.
  var isWasteful: Bool { arena.isWasteful || changed.count > 2 * rowCount + 65_536 }

  func wordCount(_ row: UInt64) -> Int { unsafe Int(truncatingIfNeeded: arena.pointer(row)[Self.header] >> 32) }

  /// After a flush: gives the memory of rows that are gone back.
  func compact() {
    guard arena.isWasteful else { return }
    let old = arena
    arena = WordArena()
    _ = arena.allocate(1)
    keys.eachRecord { _ = copyRows(of: $0, from: old) }
    if index != nil { makeIndex() }
  }
}

/// Rows that were found, each with the entry that looked for it.
struct RowPairs {
  var entries: [Int32] = []
  var rows: [UInt64] = []
  var weights: [Int64] = []

  struct Cursor {
    var entry = 0
    var row: UInt64 = 0
  }

  /// Keeps the pairs at `chosen`.
  mutating func keep(_ chosen: [Int32]) {
    entries = ColumnGather.pick(entries, chosen)
    rows = ColumnGather.pick(rows, chosen)
    weights = ColumnGather.pick(weights, chosen)
  }

  mutating func removeAll() {
    entries.removeAll(keepingCapacity: true)
    rows.removeAll(keepingCapacity: true)
    weights.removeAll(keepingCapacity: true)
  }
}

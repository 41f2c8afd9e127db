import CKernels
import DataModel

/// Packed rows that never change, each at an address of its own. Not thread-safe: owned by one operator.
@safe final class RowStore {
  let shape: RowShape
  private var arena = WordArena()

  init(_ types: [PhysicalType]) {
    shape = RowShape(types)
    _ = arena.allocate(1)  // Address 0 is no row.
  }

  var sizeBytes: Int { arena.sizeBytes }
  var isWasteful: Bool { arena.isWasteful }
  /// See `WordArena`.
  var middle: UInt64 { arena.middle }
  var usedWords: Int { arena.usedWords }

  /// Keeps row `entry`.
  func keep(_ rows: WordRows, _ entry: Int) -> UInt64 {
    let start = rows.start(entry)
    let count = rows.wordCount(at: start)
    let address = arena.allocate(count)
    unsafe rows.withWords { unsafe arena.pointer(address).update(from: $0 + start, count: count) }
    return address
  }

  /// Keeps the rows of columns at `selection`; one address each.
  func keep(_ columns: [ColumnVector], _ selection: [Int32]) throws(EvaluationError) -> [UInt64] {
    let packing = try RowPacking(columns, shape: shape, selection: selection, count: selection.count)
    let addresses = (0..<packing.count).map { arena.allocate(packing.wordCount($0)) }
    let base = unsafe arena.base
    unsafe packing.write { row in unsafe WordArena.pointer(base, addresses[row]) }
    return addresses
  }

  /// Asks for the cache line of a row that is read soon.
  @inline(__always)
  func prefetch(_ address: UInt64) { unsafe tm_prefetch(arena.pointer(address)) }

  /// The row is not needed any more; it can be read until the store is compacted.
  func free(_ address: UInt64) { arena.free(wordCount(address)) }

  func wordCount(_ address: UInt64) -> Int { unsafe Int(truncatingIfNeeded: arena.pointer(address)[0] >> 32) }

  func isEqual(_ address: UInt64, _ rows: WordRows, _ entry: Int) -> Bool {
    let start = rows.start(entry)
    let count = rows.wordCount(at: start)
    let own = unsafe arena.pointer(address)
    return unsafe rows.withWords { words in
      for word in 0..<count where unsafe own[word] != words[start &+ word] { return false }
      return true
    }
  }

  /// Order of a kept row and of row `entry` by their first `columns` columns.
  func compare(_ address: UInt64, _ rows: WordRows, _ entry: Int, columns: Int) -> Int {
    let own = unsafe UnsafePointer(arena.pointer(address))
    let start = rows.start(entry)
    return unsafe rows.withWords { words in
      unsafe RowOrder.compare(own, shape, words + start, rows.shape, columns: 0..<columns)
    }
  }

  /// Order of a kept row and of row `row` of columns that are its last ones.
  func compare(_ address: UInt64, _ columns: [ColumnVector], _ row: Int) -> Int {
    let own = unsafe UnsafePointer(arena.pointer(address))
    return unsafe RowOrder.compare(own, shape, from: shape.types.count - columns.count, columns, row)
  }

  func columns(_ addresses: [UInt64]) -> [ColumnVector] {
    let base = unsafe arena.base
    return unsafe WordUnpacking.columns(shape, addresses.count) { index in
      unsafe UnsafePointer(WordArena.pointer(base, addresses[index]))
    }
  }

  /// Moves rows to memory without gaps: first those that live, then those that are free but may still be read. Both
  /// closures get one that gives a row's new address.
  func compact(
    _ live: ((UInt64) -> UInt64) -> Void, stillRead: ((UInt64) -> UInt64) -> Void = { _ in }
  ) {
    let old = arena
    arena = WordArena()
    _ = arena.allocate(1)
    func moved(_ address: UInt64, isFree: Bool) -> UInt64 {
      let from = unsafe old.pointer(address)
      // The header of a row that has moved is its new address.
      if unsafe from[0] & Self.movedMark != 0 { return unsafe from[0] & ~Self.movedMark }
      let count = unsafe Int(truncatingIfNeeded: from[0] >> 32)
      let target = arena.allocate(count)
      unsafe arena.pointer(target).update(from: from, count: count)
      unsafe from[0] = Self.movedMark | target
      if isFree { arena.free(count) }
      return target
    }
    live { moved($0, isFree: false) }
    stillRead { moved($0, isFree: true) }
  }

  /// Rows are shorter than 2^28 words: their headers never have it.
  private static let movedMark: UInt64 = 1 << 63
}

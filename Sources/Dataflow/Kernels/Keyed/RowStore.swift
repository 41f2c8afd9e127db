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

  /// Keeps row `entry`.
  func keep(_ rows: WordRows, _ entry: Int) -> UInt64 {
    let start = rows.start(entry)
    let count = rows.wordCount(at: start)
    let address = arena.allocate(count)
    unsafe rows.withWords { unsafe arena.pointer(address).update(from: $0 + start, count: count) }
    return address
  }

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

  func columns(_ addresses: [UInt64]) -> [ColumnVector] {
    let base = unsafe arena.base
    return unsafe WordUnpacking.columns(shape, addresses.count) { index in
      unsafe UnsafePointer(WordArena.pointer(base, addresses[index]))
    }
  }

  /// Moves the rows that `each` names to memory without gaps; it gets a closure that gives a row's new address.
  func compact(_ each: ((UInt64) -> UInt64) -> Void) {
    let old = arena
    arena = WordArena()
    _ = arena.allocate(1)
    each { address in
      let from = unsafe old.pointer(address)
      let count = unsafe Int(truncatingIfNeeded: from[0] >> 32)
      let moved = arena.allocate(count)
      unsafe arena.pointer(moved).update(from: from, count: count)
      return moved
    }
  }
}

import CKernels

/// Open addressing with linear probing: 32 bits of hash and a record's number + 1 in one word; 0 is an empty slot.
@safe struct HashSlots {
  private(set) var words: UnsafeMutablePointer<UInt64>
  private(set) var mask: Int
  private(set) var count = 0

  init() {
    mask = 15
    unsafe words = Self.allocate(16)
  }

  func deallocate() { unsafe Self.free(words, mask + 1) }

  /// From here on slots lie in large pages.
  private static let blockSlots = MemoryBlocks.blockWords

  /// `capacity` empty slots, a power of two.
  private static func allocate(_ capacity: Int) -> UnsafeMutablePointer<UInt64> {
    if capacity >= blockSlots, let block = unsafe tidemark_allocate_block(capacity * 8) {
      return unsafe block.bindMemory(to: UInt64.self, capacity: capacity)
    }
    let words = UnsafeMutablePointer<UInt64>.allocate(capacity: capacity)
    unsafe words.initialize(repeating: 0, count: capacity)
    return unsafe words
  }

  private static func free(_ words: UnsafeMutablePointer<UInt64>, _ capacity: Int) {
    if capacity >= blockSlots {
      unsafe tidemark_free_block(words, capacity * 8)
    } else {
      unsafe words.deallocate()
    }
  }

  var sizeBytes: Int { (mask + 1) * 8 }

  /// The part of a hash that decides about slot and equality.
  @inline(__always)
  static func tag(_ hash: UInt64) -> UInt64 { hash & 0xFFFF_FFFF_0000_0000 }

  @inline(__always)
  func home(_ hash: UInt64) -> Int { Int(truncatingIfNeeded: hash >> 32) & mask }

  /// Makes room for `more` records at a load of at most a half.
  mutating func reserve(_ more: Int) {
    guard (count + more) * 2 > mask + 1 else { return }
    var capacity = (mask + 1) * 2
    while (count + more) * 2 > capacity { capacity *= 2 }
    let old = unsafe words
    let oldCapacity = mask + 1
    unsafe words = Self.allocate(capacity)
    mask = capacity - 1
    for index in 0..<oldCapacity where unsafe old[index] != 0 {
      let word = unsafe old[index]
      var slot = home(word)
      while unsafe words[slot] != 0 { slot = (slot &+ 1) & mask }
      unsafe words[slot] = word
    }
    unsafe Self.free(old, oldCapacity)
  }

  /// What an occupied slot holds.
  @inline(__always)
  static func word(_ hash: UInt64, _ record: Int) -> UInt64 { tag(hash) | UInt64(truncatingIfNeeded: record &+ 1) }

  /// So many empty slots were filled.
  mutating func noteFilled(_ more: Int) { count += more }

  /// Takes a record out; the ones behind it move up.
  mutating func remove(_ hash: UInt64, _ record: Int) {
    let wanted = Self.tag(hash) | UInt64(truncatingIfNeeded: record + 1)
    var slot = home(hash)
    while unsafe words[slot] != wanted {
      if unsafe words[slot] == 0 { return }
      slot = (slot &+ 1) & mask
    }
    count -= 1
    var hole = slot
    var next = (slot &+ 1) & mask
    while unsafe words[next] != 0 {
      let word = unsafe words[next]
      let distance = (next &- home(word)) & mask
      if distance >= (next &- hole) & mask {
        unsafe words[hole] = word
        hole = next
      }
      next = (next &+ 1) & mask
    }
    unsafe words[hole] = 0
  }
}

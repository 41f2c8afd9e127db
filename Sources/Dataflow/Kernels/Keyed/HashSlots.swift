import CKernels

/// Open addressing with linear probing: 32 bits of hash and a record's number + 1 in one word; 0 is an empty slot.
@safe struct HashSlots {
  private(set) var words: UnsafeMutablePointer<UInt64>
  private(set) var mask: Int
  private(set) var count = 0

  init() {
    mask = 15
    unsafe words = .allocate(capacity: 16)
    unsafe words.initialize(repeating: 0, count: 16)
  }

  func deallocate() { unsafe words.deallocate() }

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
    unsafe words = .allocate(capacity: capacity)
    unsafe words.initialize(repeating: 0, count: capacity)
    mask = capacity - 1
    for index in 0..<oldCapacity where unsafe old[index] != 0 {
      let word = unsafe old[index]
      var slot = home(word)
      while unsafe words[slot] != 0 { slot = (slot &+ 1) & mask }
      unsafe words[slot] = word
    }
    unsafe old.deallocate()
  }

  /// `slot` is empty.
  @inline(__always)
  mutating func put(_ hash: UInt64, _ record: Int, at slot: Int) {
    unsafe words[slot] = Self.tag(hash) | UInt64(truncatingIfNeeded: record &+ 1)
    count &+= 1
  }

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

/// Rows of an arena by content: 16 bits of hash and an address of 48 bits in one word, open addressing.
@safe struct RowIndex {
  private var words: [UInt64]
  private(set) var count = 0

  init(capacity: Int) {
    var size = 64
    while size < capacity * 2 { size *= 2 }
    words = [UInt64](repeating: 0, count: size)
  }

  var sizeBytes: Int { words.count * 8 }
  private static let addressMask: UInt64 = (1 << 48) - 1

  private static func word(_ hash: UInt64, _ address: UInt64) -> UInt64 { hash & ~addressMask | address }

  /// `hashOf` tells the hash of a row that is there.
  mutating func put(_ hash: UInt64, _ address: UInt64, hashOf: (UInt64) -> UInt64) {
    if (count + 1) * 2 > words.count {
      let old = words
      words = [UInt64](repeating: 0, count: old.count * 2)
      for word in old where word != 0 { place(hashOf(word & Self.addressMask), word & Self.addressMask) }
    }
    place(hash, address)
    count += 1
  }

  private mutating func place(_ hash: UInt64, _ address: UInt64) {
    let mask = words.count - 1
    var slot = Int(truncatingIfNeeded: hash) & mask
    while words[slot] != 0 { slot = (slot &+ 1) & mask }
    words[slot] = Self.word(hash, address)
  }

  /// The address of a row with this hash that is the one meant; 0 for none.
  func find(_ hash: UInt64, _ isMeant: (UInt64) -> Bool) -> UInt64 {
    let mask = words.count - 1
    var slot = Int(truncatingIfNeeded: hash) & mask
    while words[slot] != 0 {
      let word = words[slot]
      if (word ^ hash) & ~Self.addressMask == 0, isMeant(word & Self.addressMask) { return word & Self.addressMask }
      slot = (slot &+ 1) & mask
    }
    return 0
  }

  mutating func remove(_ hash: UInt64, _ address: UInt64, hashOf: (UInt64) -> UInt64) {
    let mask = words.count - 1
    var slot = Int(truncatingIfNeeded: hash) & mask
    while words[slot] & Self.addressMask != address {
      if words[slot] == 0 { return }
      slot = (slot &+ 1) & mask
    }
    count -= 1
    var hole = slot
    var next = (slot &+ 1) & mask
    while words[next] != 0 {
      let home = Int(truncatingIfNeeded: hashOf(words[next] & Self.addressMask)) & mask
      if (next &- home) & mask >= (next &- hole) & mask {
        words[hole] = words[next]
        hole = next
      }
      next = (next &+ 1) & mask
    }
    words[hole] = 0
  }
}

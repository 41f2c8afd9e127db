/// CRC-32 (IEEE) and xxHash64.
enum SmallHashes {
  private static let table: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1 }
  }

  static func crc32(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    ~bytes.reduce(~UInt32(0)) { table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] ^ ($0 >> 8) }
  }

  private static let primes: [UInt64] = [
    11_400_714_785_074_694_791, 14_029_467_366_897_019_727, 1_609_587_929_392_839_161,
    9_650_029_242_287_828_579,
    2_870_177_450_012_600_261,
  ]

  private static func rotated(_ value: UInt64, _ count: UInt64) -> UInt64 {
    value << count | value >> (64 - count)
  }

  private static func round(_ lane: UInt64, _ input: UInt64) -> UInt64 {
    rotated(lane &+ input &* primes[1], 31) &* primes[0]
  }

  static func xxHash(_ bytes: [UInt8], seed: UInt64) -> UInt64 {
    func number(_ at: Int, _ count: Int) -> UInt64 {
      (0..<count).reduce(UInt64(0)) { $0 | UInt64(bytes[at + $1]) << UInt64(8 * $1) }
    }
    var at = 0
    var hash: UInt64
    if bytes.count >= 32 {
      var lanes = [seed &+ primes[0] &+ primes[1], seed &+ primes[1], seed, seed &- primes[0]]
      while at + 32 <= bytes.count {
        for index in 0..<4 { lanes[index] = round(lanes[index], number(at + 8 * index, 8)) }
        at += 32
      }
      hash = rotated(lanes[0], 1) &+ rotated(lanes[1], 7) &+ rotated(lanes[2], 12) &+ rotated(lanes[3], 18)
      for lane in lanes { hash = (hash ^ round(0, lane)) &* primes[0] &+ primes[3] }
    } else {
      hash = seed &+ primes[4]
    }
    hash = hash &+ UInt64(bytes.count)
    while at + 8 <= bytes.count {
      hash = rotated(hash ^ round(0, number(at, 8)), 27) &* primes[0] &+ primes[3]
      at += 8
    }
    if at + 4 <= bytes.count {
      hash = rotated(hash ^ (number(at, 4) &* primes[0]), 23) &* primes[1] &+ primes[2]
      at += 4
    }
    while at < bytes.count {
      hash = rotated(hash ^ (UInt64(bytes[at]) &* primes[4]), 11) &* primes[0]
      at += 1
    }
    hash = (hash ^ (hash >> 33)) &* primes[1]
    hash = (hash ^ (hash >> 29)) &* primes[2]
    return hash ^ (hash >> 32)
  }
}

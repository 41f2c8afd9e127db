import DataModel

/// A stable 64-bit hash of encoded keys; part of the file format.
enum KeyHash {
  @inline(__always)
  static func hash(_ bytes: [UInt8], _ range: Range<Int>) -> UInt64 {
    var state: UInt64 = 0x9E37_79B9_7F4A_7C15 ^ UInt64(truncatingIfNeeded: range.count)
    var position = range.lowerBound
    while position &+ 8 <= range.upperBound {
      state = mix(state ^ ByteOrder.word(bytes, at: position))
      position &+= 8
    }
    var rest: UInt64 = 0
    while position < range.upperBound {
      rest = rest << 8 | UInt64(bytes[position])
      position &+= 1
    }
    return mix(state ^ rest)
  }

  @inline(__always)
  private static func mix(_ word: UInt64) -> UInt64 {
    let product = (word ^ word >> 32).multipliedFullWidth(by: 0xD6E8_FEB8_6659_FD93)
    return product.high ^ product.low
  }
}

/// Bloom filters of the keys of consecutive blocks: ten bits a key, seven probes, about 1 % wrong hits.
struct KeyFilter: Sendable {
  private static let bitsPerKey = 10
  private static let probes = 7

  /// Words of all blocks' filters, one behind the other.
  private var words: [UInt64] = []
  /// Filter of block b (counted from the first) has words[starts[b]..<starts[b + 1]].
  private var starts: [UInt32] = [0]

  init() {}

  var blocks: Int { starts.count - 1 }
  var sizeBytes: Int { words.count * 8 + starts.count * 4 }

  /// One more block.
  mutating func add(_ hashes: [UInt64]) {
    let count = max(1, (hashes.count * Self.bitsPerKey + 63) / 64)
    let start = words.count
    words.append(contentsOf: repeatElement(0, count: count))
    let bits = UInt64(count) * 64
    for hash in hashes {
      var probe = hash
      let step = hash >> 33 | 1
      for _ in 0..<Self.probes {
        let bit = Int(truncatingIfNeeded: probe.multipliedFullWidth(by: bits).high)
        words[start + bit >> 6] |= 1 << UInt64(bit & 63)
        probe = (probe &+ step) &* 0x9E37_79B9_7F4A_7C15
      }
    }
    starts.append(UInt32(truncatingIfNeeded: words.count))
  }

  /// False when the block surely does not have the key; true also for a block that is not covered.
  func mayHave(_ hash: UInt64, block: Int) -> Bool {
    guard block >= 0, block < blocks else { return true }
    let start = Int(starts[block])
    let bits = UInt64(Int(starts[block + 1]) - start) * 64
    var probe = hash
    let step = hash >> 33 | 1
    for _ in 0..<Self.probes {
      let bit = Int(truncatingIfNeeded: probe.multipliedFullWidth(by: bits).high)
      if words[start + bit >> 6] >> UInt64(bit & 63) & 1 == 0 { return false }
      probe = (probe &+ step) &* 0x9E37_79B9_7F4A_7C15
    }
    return true
  }

  func encoded() -> [UInt8] {
    var bytes: [UInt8] = []
    ByteKernels.appendMemory(of: [UInt32(truncatingIfNeeded: blocks)], to: &bytes)
    ByteKernels.appendMemory(of: starts, to: &bytes)
    ByteKernels.appendMemory(of: words, to: &bytes)
    return bytes
  }

  init(decoding bytes: [UInt8]) throws(CodecError) {
    let broken = CodecError(message: "not a filter of state keys")
    guard let head = ByteKernels.loadMemory(bytes, at: 0, count: 1, as: UInt32.self), head[0] <= 1 << 20,
      let starts = ByteKernels.loadMemory(bytes, at: 4, count: Int(head[0]) + 1, as: UInt32.self),
      starts[0] == 0, let total = starts.last, bytes.count == 4 + starts.count * 4 + Int(total) * 8,
      let words = ByteKernels.loadMemory(bytes, at: 4 + starts.count * 4, count: Int(total), as: UInt64.self)
    else { throw broken }
    for block in 1..<starts.count where starts[block] <= starts[block - 1] { throw broken }
    self.starts = starts
    self.words = words
  }
}

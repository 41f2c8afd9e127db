import Platform

/// Tells one request body from another: its length, a CRC-32C and an FNV-1a of all its bytes. Chunks do not
/// matter. Not for adversaries: who would collide their own retries.
package struct BodyDigest: Hashable, Sendable {
  package private(set) var count: UInt64 = 0
  package private(set) var crc: UInt32 = 0
  package private(set) var mix: UInt64 = 0xCBF2_9CE4_8422_2325

  package init() {}

  init(count: UInt64, crc: UInt32, mix: UInt64) {
    self.count = count
    self.crc = crc
    self.mix = mix
  }

  package mutating func add(_ bytes: [UInt8]) {
    count += UInt64(bytes.count)
    crc = Checksum.crc32c(bytes, seed: crc)
    var hash = mix
    let span = bytes.span
    for index in span.indices { hash = (hash ^ UInt64(span[index])) &* 0x100_0000_01B3 }
    mix = hash
  }
}

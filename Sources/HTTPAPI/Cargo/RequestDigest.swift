/// 16 bytes that tell one text from another. Not for adversaries: who would collide their own retries.
package enum RequestDigest {
  package static func bytes(_ text: [UInt8]) -> [UInt8] {
    var first: UInt64 = 0xCBF2_9CE4_8422_2325
    var second: UInt64 = 0x9E37_79B9_7F4A_7C15 ^ UInt64(text.count)
    for byte in text {
      first = (first ^ UInt64(byte)) &* 0x100_0000_01B3
      second = ((second << 23 | second >> 41) ^ UInt64(byte)) &* 0xFF51_AFD7_ED55_8CCD
    }
    return [mixed(first ^ (second << 1 | second >> 63)), mixed(second)].flatMap { word in
      (0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - 8 * UInt64($0))) }
    }
  }

  private static func mixed(_ word: UInt64) -> UInt64 {
    var word = (word ^ (word >> 33)) &* 0xC4CE_B9FE_1A85_EC53
    word ^= word >> 29
    return word &* 0xFF51_AFD7_ED55_8CCD ^ (word >> 31)
  }

  package static func text(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: self.bytes(bytes).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}

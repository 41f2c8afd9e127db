/// RFC 4648 section 5 without padding.
enum Base64URL {
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
  private static let values: [UInt8] = {
    var values = [UInt8](repeating: 0xFF, count: 256)
    for (value, character) in alphabet.enumerated() { values[Int(character)] = UInt8(value) }
    return values
  }()

  static func encodedLength(_ count: Int) -> Int { (count * 4 + 2) / 3 }

  static func encode(_ bytes: [UInt8]) -> String {
    let (digits, source) = (alphabet.span, bytes.span)
    var out = [UInt8](repeating: 0, count: encodedLength(bytes.count))
    var text = out.mutableSpan
    for index in text.indices {
      // The 6 bits of a digit lie in at most two bytes.
      let (first, shift) = (index * 6 / 8, index * 6 % 8)
      let high = UInt16(source[first]) << 8
      let low = first + 1 < source.count ? UInt16(source[first + 1]) : 0
      text[index] = digits[Int((high | low) >> UInt16(10 - shift) & 63)]
    }
    return String(decoding: out, as: UTF8.self)
  }

  /// Nil for foreign characters, an impossible length, or unused bits that are not zero.
  static func decode(_ text: String) -> [UInt8]? {
    var out: [UInt8] = []
    var bits: UInt32 = 0
    var held = 0
    for character in text.utf8 {
      let value = values[Int(character)]
      guard value != 0xFF else { return nil }
      bits = bits << 6 | UInt32(value)
      held += 6
      if held >= 8 {
        held -= 8
        out.append(UInt8(truncatingIfNeeded: bits >> UInt32(held)))
      }
    }
    guard held < 6, bits & ((1 << UInt32(held)) - 1) == 0 else { return nil }
    return out
  }
}

/// RFC 4648 with padding.
package enum Base64 {
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  /// Nil for anything but whole groups of four, padded.
  package static func bytes(_ text: String) -> [UInt8]? {
    let digits = Array(text.utf8)
    guard digits.count % 4 == 0 else { return nil }
    let padding = digits.suffix(2).count { $0 == UInt8(ascii: "=") }
    var out: [UInt8] = []
    var bits: UInt32 = 0
    for (index, digit) in digits.dropLast(padding).enumerated() {
      guard let value = alphabet.firstIndex(of: digit) else { return nil }
      bits = bits << 6 | UInt32(value)
      if index % 4 > 0 { out.append(UInt8(truncatingIfNeeded: bits >> UInt32(6 - 2 * (index % 4)))) }
    }
    return out
  }

  package static func text(_ bytes: [UInt8]) -> String {
    var out: [UInt8] = []
    out.reserveCapacity((bytes.count + 2) / 3 * 4)
    let digits = alphabet
    var position = 0
    while position + 3 <= bytes.count {
      let bits = Int(bytes[position]) << 16 | Int(bytes[position + 1]) << 8 | Int(bytes[position + 2])
      out.append(digits[bits >> 18])
      out.append(digits[bits >> 12 & 63])
      out.append(digits[bits >> 6 & 63])
      out.append(digits[bits & 63])
      position += 3
    }
    let rest = bytes[position...]
    if !rest.isEmpty {
      let bits = rest.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - rest.count))
      for digit in 0..<4 {
        out.append(digit <= rest.count ? digits[bits >> (18 - 6 * digit) & 63] : UInt8(ascii: "="))
      }
    }
    return String(decoding: out, as: UTF8.self)
  }
}

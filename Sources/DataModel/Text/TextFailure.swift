/// Why a text is no value of a type.
@usableFromInline package enum TextFailure: Error, Hashable, Sendable {
  case malformed
  /// Well formed, but outside the bounds of the type.
  case overflow
}

/// Small tests of bytes that all text codecs share.
@usableFromInline package enum TextScan {
  @inlinable @inline(__always)
  package static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

  @inlinable @inline(__always)
  package static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte &- 0x09 < 5 }

  /// The range without blanks at both ends.
  @inlinable
  package static func trimmed(_ text: Span<UInt8>, _ range: Range<Int>) -> Range<Int> {
    var low = range.lowerBound
    var high = range.upperBound
    while low < high, isBlank(text[low]) { low &+= 1 }
    while high > low, isBlank(text[high &- 1]) { high &-= 1 }
    return low..<high
  }

  @inlinable
  package static func hexValue(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x30...0x39: byte &- 0x30
    case 0x41...0x46: byte &- 0x41 &+ 10
    case 0x61...0x66: byte &- 0x61 &+ 10
    default: nil
    }
  }

  /// Whether the range is `word` in any ASCII case; `word` is lower case.
  package static func matches(_ text: Span<UInt8>, _ range: Range<Int>, _ word: StaticString) -> Bool {
    let expected = Array("\(word)".utf8)
    guard expected.count == range.count else { return false }
    for (index, byte) in zip(range, expected) where lower(text[index]) != byte { return false }
    return true
  }

  @inlinable @inline(__always)
  package static func lower(_ byte: UInt8) -> UInt8 { byte &- 0x41 < 26 ? byte | 0x20 : byte }

  package static func string(_ text: Span<UInt8>, _ range: Range<Int>) -> String {
    var bytes: [UInt8] = []
    ByteKernels.append(text, range, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }
}

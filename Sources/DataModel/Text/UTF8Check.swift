/// Validation of UTF-8 as Unicode defines it: no overlong forms, no surrogates, nothing above U+10FFFF.
@usableFromInline package enum UTF8Check {
  /// Start of the first sequence that is not valid or not complete inside the range; nil when all is well.
  @usableFromInline
  package static func firstInvalid(_ text: Span<UInt8>, _ range: Range<Int>) -> Int? {
    var at = range.lowerBound
    let end = range.upperBound
    while at < end {
      if at &+ 8 <= end, ByteKernels.word(text, at: at) & 0x8080_8080_8080_8080 == 0 {
        at &+= 8
        continue
      }
      let length = sequenceLength(text, at, end)
      guard length > 0 else { return at }
      at &+= length
    }
    return nil
  }

  /// Bytes of the sequence at `at`; 0 when it is invalid.
  private static func sequenceLength(_ text: Span<UInt8>, _ at: Int, _ end: Int) -> Int {
    let lead = text[at]
    if lead < 0x80 { return 1 }
    let length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
    guard lead >= 0xC2, lead <= 0xF4, at &+ length <= end else { return 0 }
    for index in 1..<length where text[at &+ index] & 0xC0 != 0x80 { return 0 }
    let second = text[at &+ 1]
    switch lead {
    case 0xE0: return second >= 0xA0 ? 3 : 0
    case 0xED: return second < 0xA0 ? 3 : 0
    case 0xF0: return second >= 0x90 ? 4 : 0
    case 0xF4: return second < 0x90 ? 4 : 0
    default: return length
    }
  }
}

/// Eight bytes of text at a time: scanning and digits without a branch a byte.
///
/// Bytes behind the end of the text read as zero, so a caller needs no padding and a scan stops there.
@usableFromInline package enum TextKernels {
  /// The eight bytes at `offset`, the first in the lowest bits.
  @inlinable @inline(__always)
  package static func word(_ text: Span<UInt8>, at offset: Int) -> UInt64 {
    guard UInt(bitPattern: offset) < UInt(bitPattern: max(0, text.count &- 7)) else {
      return lastWord(text, at: offset)
    }
    return UInt64(
      littleEndian: unsafe text.bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self))
  }

  @usableFromInline @inline(never)
  static func lastWord(_ text: Span<UInt8>, at offset: Int) -> UInt64 {
    var word: UInt64 = 0
    for index in 0..<8 where offset >= 0 && offset < text.count - index {
      word |= UInt64(text[offset + index]) << UInt64(8 * index)
    }
    return word
  }

  @inlinable @inline(__always)
  package static func byte(_ text: Span<UInt8>, at offset: Int) -> UInt8 {
    guard UInt(bitPattern: offset) < UInt(bitPattern: text.count) else { return 0 }
    return unsafe text[unchecked: offset]
  }

  /// Marks quotes, backslashes and control characters; exact for the lowest of them, which is all callers use.
  @inlinable @inline(__always)
  package static func stringEnds(_ word: UInt64) -> UInt64 {
    // With bit 1 flipped a quote is 0x20 and a blank is 0x22: one comparison finds quotes and control characters.
    let quotesAndControls = (word ^ 0x0202_0202_0202_0202) &- 0x2121_2121_2121_2121
    let backslashes = (word ^ 0x5C5C_5C5C_5C5C_5C5C) &- 0x0101_0101_0101_0101
    return (quotesAndControls | backslashes) & ~word & 0x8080_8080_8080_8080
  }

  /// Position of the next quote, backslash or control character from `start` on, or somewhere behind the end of the
  /// text; `high` collects the bytes passed, and perhaps some behind them.
  @inlinable @inline(__always)
  package static func stringEnd(_ text: Span<UInt8>, from start: Int, high: inout UInt64) -> Int {
    var at = start
    var passed: UInt64 = 0
    // Two words at a time: most strings end within them.
    while UInt(bitPattern: at) < UInt(bitPattern: max(0, text.count &- 15)) {
      let first = word(text, at: at)
      let second = word(text, at: at &+ 8)
      let firstEnds = stringEnds(first)
      let secondEnds = stringEnds(second)
      passed |= first | second
      if firstEnds | secondEnds != 0 {
        high |= passed
        return firstEnds != 0
          ? at &+ firstEnds.trailingZeroBitCount &>> 3 : at &+ 8 &+ secondEnds.trailingZeroBitCount &>> 3
      }
      at &+= 16
    }
    high |= passed
    return shortStringEnd(text, from: at, high: &high)
  }

  @usableFromInline @inline(never)
  static func shortStringEnd(_ text: Span<UInt8>, from start: Int, high: inout UInt64) -> Int {
    var at = start
    while true {
      let word = word(text, at: at)
      let ends = stringEnds(word)
      high |= word
      if ends != 0 { return at &+ ends.trailingZeroBitCount &>> 3 }
      at &+= 8
    }
  }

  /// How many of the eight bytes, from the lowest on, are digits.
  @inlinable @inline(__always)
  package static func leadingDigits(_ word: UInt64) -> Int {
    let digits = word ^ 0x3030_3030_3030_3030
    let others = ((digits &+ 0x7676_7676_7676_7676) | digits) & 0x8080_8080_8080_8080
    return others.trailingZeroBitCount >> 3
  }

  /// The number that the lowest `count` bytes spell; they are digits, `count` is 1 to 8.
  @inlinable @inline(__always)
  package static func number(_ word: UInt64, digits count: Int) -> UInt64 {
    let shift = UInt64(truncatingIfNeeded: 64 &- 8 &* count)
    let digits = (word ^ 0x3030_3030_3030_3030) &<< shift
    let pairs = (digits &* 10) &+ (digits &>> 8)
    let low = (pairs & 0x0000_00FF_0000_00FF) &* 0x000F_4240_0000_0064
    let high = (pairs &>> 16 & 0x0000_00FF_0000_00FF) &* 0x0000_2710_0000_0001
    return (low &+ high) &>> 32
  }

  /// 10 to the 0 ... 18; 0 beyond.
  @inlinable @inline(__always)
  package static func powerOfTen(_ exponent: Int) -> UInt64 {
    switch exponent {
    case 0: 1
    case 1: 10
    case 2: 100
    case 3: 1000
    case 4: 10_000
    case 5: 100_000
    case 6: 1_000_000
    case 7: 10_000_000
    case 8: 100_000_000
    case 9: 1_000_000_000
    case 10: 10_000_000_000
    case 11: 100_000_000_000
    case 12: 1_000_000_000_000
    case 13: 10_000_000_000_000
    case 14: 100_000_000_000_000
    case 15: 1_000_000_000_000_000
    case 16: 10_000_000_000_000_000
    case 17: 100_000_000_000_000_000
    case 18: 1_000_000_000_000_000_000
    default: 0
    }
  }
}

/// Tokens of JSON (RFC 8259) from a span at a moving position: strict grammar, checked UTF-8, no allocation,
/// no recursion.
///
/// Every call either moves `position` behind what it read or throws; a text that ends too early is
/// `.incomplete`.
@usableFromInline package enum JSONTokenizer {
  /// Arrays and objects inside one another.
  package static let depthMax = 64

  @inlinable @inline(__always)
  package static func skipBlanks(_ text: Span<UInt8>, _ position: inout Int) {
    while position < text.count {
      let byte = text[position]
      guard byte <= 0x20, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return }
      position &+= 1
    }
  }

  /// The next byte that is no blank; the position stays on it.
  @inlinable @inline(__always)
  package static func peek(_ text: Span<UInt8>, _ position: inout Int) throws(JSONFault) -> UInt8 {
    if position < text.count {
      let byte = text[position]
      if byte > 0x20 { return byte }
    }
    skipBlanks(text, &position)
    guard position < text.count else { throw JSONFault(.incomplete, at: position) }
    return text[position]
  }

  @inlinable @inline(__always)
  package static func expect(
    _ byte: UInt8, _ text: Span<UInt8>, _ position: inout Int
  ) throws(JSONFault) {
    guard try peek(text, &position) == byte else { throw JSONFault(.unexpectedByte, at: position) }
    position &+= 1
  }

  /// One string; the position stands on its opening quote.
  @inlinable
  package static func string(_ text: Span<UInt8>, _ position: inout Int) throws(JSONFault) -> JSONString {
    guard position < text.count else { throw JSONFault(.incomplete, at: position) }
    guard text[position] == 0x22 else { throw JSONFault(.unexpectedByte, at: position) }
    let start = position &+ 1
    var at = start
    var high: UInt64 = 0
    var escapes = false
    while true {
      at = special(text, from: at, high: &high)
      guard at < text.count else { throw JSONFault(.incomplete, at: at) }
      let byte = text[at]
      if byte == 0x22 { break }
      guard byte == 0x5C else { throw JSONFault(.controlCharacter, at: at) }
      guard at &+ 1 < text.count else { throw JSONFault(.incomplete, at: at) }
      escapes = true
      try JSONEscape.skip(text, &at)
    }
    if high & 0x8080_8080_8080_8080 != 0, let bad = UTF8Check.firstInvalid(text, start..<at) {
      throw JSONFault(.badUTF8, at: bad)
    }
    position = at &+ 1
    return JSONString(range: start..<at, hasEscapes: escapes)
  }

  /// Position of the next quote, backslash or control character; `high` collects the bytes passed.
  @inlinable @inline(__always)
  package static func special(_ text: Span<UInt8>, from start: Int, high: inout UInt64) -> Int {
    var at = start
    while at &+ 8 <= text.count {
      let word = ByteKernels.word(text, at: at)
      let quote = ByteKernels.zeroMask(word ^ 0x2222_2222_2222_2222)
      let backslash = ByteKernels.zeroMask(word ^ 0x5C5C_5C5C_5C5C_5C5C)
      let control = (word &- 0x2020_2020_2020_2020) & ~word & 0x8080_8080_8080_8080
      let mask = quote | backslash | control
      if mask != 0 {
        let bits = mask.trailingZeroBitCount & ~7
        high |= word & ((1 << UInt64(bits)) &- 1)
        return at &+ bits >> 3
      }
      high |= word
      at &+= 8
    }
    while at < text.count {
      let byte = text[at]
      if byte == 0x22 || byte == 0x5C || byte < 0x20 { return at }
      high |= UInt64(byte)
      at &+= 1
    }
    return at
  }

  /// The range of one number; it must be followed by a byte that ends it, else it is incomplete.
  @inlinable
  package static func number(_ text: Span<UInt8>, _ position: inout Int) throws(JSONFault) -> Range<Int> {
    let start = position
    var at = start
    if at < text.count, text[at] == 0x2D { at &+= 1 }
    guard at < text.count else { throw JSONFault(.incomplete, at: at) }
    if text[at] == 0x30 { at &+= 1 } else { try digits(text, &at) }
    if at < text.count, text[at] == 0x2E {
      at &+= 1
      try digits(text, &at)
    }
    if at < text.count, text[at] | 0x20 == 0x65 {
      at &+= 1
      if at < text.count, text[at] == 0x2B || text[at] == 0x2D { at &+= 1 }
      try digits(text, &at)
    }
    guard at < text.count else { throw JSONFault(.incomplete, at: at) }
    guard endsToken(text[at]) else { throw JSONFault(.badNumber, at: at) }
    position = at
    return start..<at
  }

  @inlinable @inline(__always)
  package static func digits(_ text: Span<UInt8>, _ at: inout Int) throws(JSONFault) {
    guard at < text.count else { throw JSONFault(.incomplete, at: at) }
    guard TextScan.isDigit(text[at]) else { throw JSONFault(.badNumber, at: at) }
    while at < text.count, TextScan.isDigit(text[at]) { at &+= 1 }
  }

  @inlinable @inline(__always)
  package static func endsToken(_ byte: UInt8) -> Bool {
    byte == 0x2C || byte == 0x7D || byte == 0x5D || byte == 0x20 || byte == 0x0A || byte == 0x0D
      || byte == 0x09
  }

  /// `true`, `false` or `null`, chosen by the first byte, which it returns; incomplete at the end of the
  /// text.
  @inlinable
  package static func literal(_ text: Span<UInt8>, _ position: inout Int) throws(JSONFault) -> UInt8 {
    let first = text[position]
    // The letters as a little-endian word, and how many there are.
    let (letters, length): (UInt64, Int) =
      switch first {
      case 0x74: (0x6575_7274, 4)
      case 0x66: (0x65_736C_6166, 5)
      case 0x6E: (0x6C6C_756E, 4)
      default: throw JSONFault(.unexpectedByte, at: position)
      }
    for index in 0..<length {
      guard position &+ index < text.count else { throw JSONFault(.incomplete, at: position) }
      let letter = UInt8(truncatingIfNeeded: letters >> UInt64(8 &* index))
      guard text[position &+ index] == letter else { throw JSONFault(.badLiteral, at: position) }
    }
    let end = position &+ length
    guard end < text.count else { throw JSONFault(.incomplete, at: position) }
    guard endsToken(text[end]) else { throw JSONFault(.badLiteral, at: position) }
    position = end
    return first
  }

  /// What a number in an integer's place is.
  @usableFromInline package enum Integer: Sendable {
    case value(Int64)
    case overflow
    /// Well formed, but with a point or an exponent.
    case fractional
  }

  /// One number as an Int64; the position stands on its first byte and moves behind it.
  @inlinable
  package static func integer(_ text: Span<UInt8>, _ position: inout Int) throws(JSONFault) -> Integer {
    var at = position
    let negative = text[at] == 0x2D
    if negative { at &+= 1 }
    let first = at
    var magnitude: UInt64 = 0
    while at &+ 8 <= text.count, at &- first < 16 {
      let word = ByteKernels.word(text, at: at)
      guard eightDigits(word) else { break }
      magnitude = magnitude &* 100_000_000 &+ eightDigitValue(word)
      at &+= 8
    }
    var overflow = false
    while at < text.count, TextScan.isDigit(text[at]) {
      let (product, high) = magnitude.multipliedReportingOverflow(by: 10)
      let (sum, carry) = product.addingReportingOverflow(UInt64(text[at] &- 0x30))
      overflow = overflow || high || carry
      magnitude = sum
      at &+= 1
    }
    let leadingZero = at &- first > 1 && text[first] == 0x30
    guard at > first, at < text.count, !leadingZero, endsToken(text[at]) else {
      _ = try number(text, &position)
      return .fractional
    }
    position = at
    let limit: UInt64 = negative ? 1 << 63 : (1 << 63) - 1
    guard !overflow, magnitude <= limit else { return .overflow }
    return .value(Int64(truncatingIfNeeded: negative ? 0 &- magnitude : magnitude))
  }

  @inlinable @inline(__always)
  package static func eightDigits(_ word: UInt64) -> Bool {
    let high = word & 0xF0F0_F0F0_F0F0_F0F0
    let carried = ((word &+ 0x0606_0606_0606_0606) & 0xF0F0_F0F0_F0F0_F0F0) >> 4
    return high | carried == 0x3333_3333_3333_3333
  }

  @inlinable @inline(__always)
  package static func eightDigitValue(_ word: UInt64) -> UInt64 {
    let digits = word &- 0x3030_3030_3030_3030
    let pairs = (digits &* 10) &+ (digits >> 8)
    let low = (pairs & 0x0000_00FF_0000_00FF) &* 0x000F_4240_0000_0064
    let high = (pairs >> 16 & 0x0000_00FF_0000_00FF) &* 0x0000_2710_0000_0001
    return (low &+ high) >> 32
  }
}

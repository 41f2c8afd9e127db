/// Escape sequences of JSON strings.
@usableFromInline package enum JSONEscape {
  /// Checks one escape and moves behind it; the position stands on the backslash.
  @usableFromInline
  package static func skip(_ text: Span<UInt8>, _ position: inout Int) throws(JSONFault) {
    _ = try scalar(text, &position)
  }

  /// The scalar of the escape at `position`, which moves behind it.
  package static func scalar(_ text: Span<UInt8>, _ position: inout Int) throws(JSONFault) -> UInt32 {
    guard position + 1 < text.count else { throw JSONFault(.incomplete, at: position) }
    let simple: UInt32
    switch text[position + 1] {
    case 0x22: simple = 0x22
    case 0x5C: simple = 0x5C
    case 0x2F: simple = 0x2F
    case 0x62: simple = 0x08
    case 0x66: simple = 0x0C
    case 0x6E: simple = 0x0A
    case 0x72: simple = 0x0D
    case 0x74: simple = 0x09
    case 0x75: return try unicode(text, &position)
    default: throw JSONFault(.badEscape, at: position)
    }
    position += 2
    return simple
  }

  private static func unicode(_ text: Span<UInt8>, _ position: inout Int) throws(JSONFault) -> UInt32 {
    let first = try hex(text, position)
    guard first & 0xF800 == 0xD800 else {
      position += 6
      return first
    }
    guard first < 0xDC00 else { throw JSONFault(.badSurrogate, at: position) }
    guard position + 7 < text.count else { throw JSONFault(.incomplete, at: position) }
    guard text[position + 6] == 0x5C, text[position + 7] == 0x75 else {
      throw JSONFault(.badSurrogate, at: position)
    }
    let second = try hex(text, position + 6)
    guard second & 0xFC00 == 0xDC00 else { throw JSONFault(.badSurrogate, at: position) }
    position += 12
    return 0x10000 + ((first & 0x3FF) << 10 | (second & 0x3FF))
  }

  /// The four digits of the `\u` at `position`.
  private static func hex(_ text: Span<UInt8>, _ position: Int) throws(JSONFault) -> UInt32 {
    var value: UInt32 = 0
    for index in position + 2..<position + 6 {
      guard index < text.count else { throw JSONFault(.incomplete, at: position) }
      guard let digit = TextScan.hexValue(text[index]) else { throw JSONFault(.badEscape, at: position) }
      value = value << 4 | UInt32(digit)
    }
    return value
  }

  /// The content of a checked string with its escapes resolved, behind `bytes`.
  package static func append(
    _ text: Span<UInt8>, _ range: Range<Int>, to bytes: inout [UInt8]
  ) throws(JSONFault) {
    var start = range.lowerBound
    var at = start
    while at < range.upperBound {
      guard text[at] == 0x5C else {
        at += 1
        continue
      }
      ByteKernels.append(text, start..<at, to: &bytes)
      appendUTF8(try scalar(text, &at), to: &bytes)
      start = at
    }
    ByteKernels.append(text, start..<range.upperBound, to: &bytes)
  }

  private static func appendUTF8(_ scalar: UInt32, to bytes: inout [UInt8]) {
    func tail(_ shift: UInt32) -> UInt8 { 0x80 | UInt8(truncatingIfNeeded: scalar >> shift & 0x3F) }
    switch scalar {
    case 0..<0x80: bytes.append(UInt8(truncatingIfNeeded: scalar))
    case 0x80..<0x800: bytes += [0xC0 | UInt8(truncatingIfNeeded: scalar >> 6), tail(0)]
    case 0x800..<0x10000: bytes += [0xE0 | UInt8(truncatingIfNeeded: scalar >> 12), tail(6), tail(0)]
    default: bytes += [0xF0 | UInt8(truncatingIfNeeded: scalar >> 18), tail(12), tail(6), tail(0)]
    }
  }

  /// `content` as a quoted JSON string: quotes, backslashes and control characters escaped, the rest as it
  /// is.
  package static func appendQuoted(_ content: Span<UInt8>, _ range: Range<Int>, to bytes: inout [UInt8]) {
    bytes.append(0x22)
    var start = range.lowerBound
    var at = start
    var unused: UInt64 = 0
    while at < range.upperBound {
      at = min(JSONTokenizer.special(content, from: at, high: &unused), range.upperBound)
      guard at < range.upperBound else { break }
      ByteKernels.append(content, start..<at, to: &bytes)
      appendEscape(content[at], to: &bytes)
      at += 1
      start = at
    }
    ByteKernels.append(content, start..<range.upperBound, to: &bytes)
    bytes.append(0x22)
  }

  private static func appendEscape(_ byte: UInt8, to bytes: inout [UInt8]) {
    let hex = Array("0123456789abcdef".utf8)
    bytes.append(0x5C)
    switch byte {
    case 0x22, 0x5C: bytes.append(byte)
    case 0x0A: bytes.append(0x6E)
    case 0x0D: bytes.append(0x72)
    case 0x09: bytes.append(0x74)
    case 0x08: bytes.append(0x62)
    case 0x0C: bytes.append(0x66)
    default: bytes += [0x75, 0x30, 0x30, hex[Int(byte >> 4)], hex[Int(byte & 15)]]
    }
  }
}

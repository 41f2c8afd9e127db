/// Values as SQL text: what CAST from and to VARCHAR, CSV cells and string values in JSON mean.
package enum ValueText {
  /// SQL CAST from text: blanks around anything but strings are dropped, strings are cut to the length of
  /// their type.
  package static func parse(_ text: [UInt8], as type: ColumnType) throws(EvaluationError) -> Value {
    let span = text.span
    do throws(TextFailure) {
      return try parse(span, 0..<text.count, as: type)
    } catch {
      throw failure(error, text, type)
    }
  }

  package static func parse(
    _ text: Span<UInt8>, _ whole: Range<Int>, as type: ColumnType
  ) throws(TextFailure) -> Value {
    let range = TextScan.trimmed(text, whole)
    switch type {
    case .null: return .null
    case .boolean:
      guard let flag = boolean(text, range) else { throw .malformed }
      return .boolean(flag)
    case .tinyint, .smallint, .integer, .bigint, .unsignedTinyint, .unsignedSmallint, .unsignedInteger:
      let value = try NumberText.integer(text, range)
      guard let bounds = type.integerBounds, bounds.contains(value) else { throw .overflow }
      return .int64(value)
    case .unsignedBigint: return .int128(Int128(try unsigned(text, range)))
    case .interval(let qualifier): return .int64(try IntervalText.parse(text, range, as: qualifier))
    case .array, .map, .row, .variant:
      guard let value = NestedJSON.parse(copy(text, whole), as: type) else { throw .malformed }
      return value
    case .real: return .float64(try NumberText.real(text, range))
    case .double: return .float64(try NumberText.double(text, range))
    case .decimal(let precision, let scale):
      return .int128(try DecimalArithmetic.parse(text, range, precision: precision, scale: scale))
    case .date: return try number(EventTime.parseDate(text, range))
    case .time: return try number(EventTime.parseTime(text, range))
    case .timestamp: return try number(EventTime.parseTimestamp(text, range))
    case .char(let length): return .bytes(withoutPadding(prefix(text, whole, length: length)))
    case .varchar(let length): return .bytes(prefix(text, whole, length: length))
    case .varbinary(let length):
      guard let bytes = hexadecimal(text, range) else { throw .malformed }
      return .bytes(length.map { Array(bytes.prefix($0)) } ?? bytes)
    case .binary(let length):
      guard let bytes = hexadecimal(text, range) else { throw .malformed }
      return .bytes(fixed(bytes, length))
    case .uuid:
      guard let bytes = uuid(text, range) else { throw .malformed }
      return .bytes(bytes)
    }
  }

  private static func copy(_ text: Span<UInt8>, _ range: Range<Int>) -> [UInt8] {
    var bytes: [UInt8] = []
    ByteKernels.append(text, range, to: &bytes)
    return bytes
  }

  /// A BINARY of the length: cut, or filled up with zero bytes.
  package static func fixed(_ bytes: [UInt8], _ length: Int) -> [UInt8] {
    bytes.count >= length
      ? Array(bytes.prefix(length)) : bytes + [UInt8](repeating: 0, count: length - bytes.count)
  }

  /// Digits, with an optional plus.
  package static func unsigned(_ text: Span<UInt8>, _ range: Range<Int>) throws(TextFailure) -> UInt64 {
    var value: UInt64 = 0
    var position = range.lowerBound
    if position < range.upperBound, text[position] == 0x2B { position += 1 }
    guard position < range.upperBound else { throw .malformed }
    if text[position] == 0x2D {
      if try NumberText.integer(text, range) == 0 { return 0 }
      throw .overflow
    }
    while position < range.upperBound {
      guard TextScan.isDigit(text[position]) else { throw .malformed }
      let (product, high) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = product.addingReportingOverflow(UInt64(text[position] &- 0x30))
      guard !high, !carry else { throw .overflow }
      value = sum
      position += 1
    }
    return value
  }

  private static func number(_ value: Int64?) throws(TextFailure) -> Value {
    guard let value else { throw .malformed }
    return .int64(value)
  }

  static func failure(_ failure: TextFailure, _ text: [UInt8], _ type: ColumnType) -> EvaluationError {
    let shown = String(decoding: text.prefix(100), as: UTF8.self)
    switch failure {
    case .malformed: return EvaluationError(.invalidCast, "cannot convert '\(shown)' to \(type.description)")
    case .overflow: return EvaluationError(.overflow, "'\(shown)' is out of range of \(type.description)")
    }
  }

  package static func boolean(_ text: Span<UInt8>, _ range: Range<Int>) -> Bool? {
    let isTrue: [StaticString] = ["true", "t", "1", "yes", "y", "on"]
    let isFalse: [StaticString] = ["false", "f", "0", "no", "n", "off"]
    if isTrue.contains(where: { TextScan.matches(text, range, $0) }) { return true }
    return isFalse.contains(where: { TextScan.matches(text, range, $0) }) ? false : nil
  }

  /// Pairs of hexadecimal digits, optionally behind `0x` or `\x`.
  package static func hexadecimal(_ text: Span<UInt8>, _ range: Range<Int>) -> [UInt8]? {
    var position = range.lowerBound
    if range.count >= 2, text[position] == 0x30 || text[position] == 0x5C, text[position + 1] | 0x20 == 0x78 {
      position += 2
    }
    guard (range.upperBound - position) % 2 == 0 else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity((range.upperBound - position) / 2)
    while position < range.upperBound {
      guard let high = TextScan.hexValue(text[position]), let low = TextScan.hexValue(text[position + 1])
      else { return nil }
      bytes.append(high << 4 | low)
      position += 2
    }
    return bytes
  }

  /// The 16 bytes of 32 hexadecimal digits, plain or dashed 8-4-4-4-12.
  package static func uuid(_ text: Span<UInt8>, _ range: Range<Int>) -> [UInt8]? {
    guard range.count == 32 || range.count == 36 else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(16)
    var position = range.lowerBound
    while position < range.upperBound {
      if range.count == 36, [4, 6, 8, 10].contains(bytes.count) {
        guard text[position] == 0x2D else { return nil }
        position += 1
      }
      guard position + 1 < range.upperBound, let high = TextScan.hexValue(text[position]),
        let low = TextScan.hexValue(text[position + 1])
      else { return nil }
      bytes.append(high << 4 | low)
      position += 2
      if bytes.count == 16, position < range.upperBound { return nil }
    }
    return bytes.count == 16 ? bytes : nil
  }

  /// Unicode scalars in a range of valid UTF-8.
  package static func scalarCount(_ text: Span<UInt8>, _ range: Range<Int>) -> Int {
    var count = 0
    for position in range where text[position] & 0xC0 != 0x80 { count &+= 1 }
    return count
  }

  /// The first `length` characters.
  private static func prefix(_ text: Span<UInt8>, _ range: Range<Int>, length: Int?) -> [UInt8] {
    var end = range.upperBound
    if let length {
      end = range.lowerBound
      var scalars = 0
      while end < range.upperBound {
        if text[end] & 0xC0 != 0x80 {
          guard scalars < length else { break }
          scalars += 1
        }
        end += 1
      }
    }
    var bytes: [UInt8] = []
    ByteKernels.append(text, range.lowerBound..<end, to: &bytes)
    return bytes
  }

  /// CHAR values are stored without the blanks that fill them up.
  private static func withoutPadding(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    while bytes.last == 0x20 { bytes.removeLast() }
    return bytes
  }
}

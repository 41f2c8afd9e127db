/// Integers and floating point from text, exact or refused, without an allocation on the usual forms.
@usableFromInline package enum NumberText {
  /// An optional sign and digits, nothing else.
  @inlinable
  package static func integer(_ text: Span<UInt8>, _ range: Range<Int>) throws(TextFailure) -> Int64 {
    var position = range.lowerBound
    guard position < range.upperBound else { throw .malformed }
    let sign = text[position]
    let negative = sign == 0x2D
    if negative || sign == 0x2B { position &+= 1 }
    guard position < range.upperBound else { throw .malformed }
    var magnitude: UInt64 = 0
    var overflow = false
    while position < range.upperBound {
      let digit = text[position] &- 0x30
      guard digit < 10 else { throw .malformed }
      let (product, high) = magnitude.multipliedReportingOverflow(by: 10)
      let (sum, carry) = product.addingReportingOverflow(UInt64(digit))
      overflow = overflow || high || carry
      magnitude = sum
      position &+= 1
    }
    return try signed(magnitude, negative: negative, overflow: overflow)
  }

  @inlinable @inline(__always)
  package static func signed(
    _ magnitude: UInt64, negative: Bool, overflow: Bool
  ) throws(TextFailure) -> Int64 {
    let limit: UInt64 = negative ? 1 << 63 : (1 << 63) - 1
    guard !overflow, magnitude <= limit else { throw .overflow }
    return negative ? Int64(truncatingIfNeeded: 0 &- magnitude) : Int64(truncatingIfNeeded: magnitude)
  }

  /// Correctly rounded; also `NaN`, `Infinity` and `inf` with a sign. A finite text beyond the type is an
  /// overflow.
  package static func double(_ text: Span<UInt8>, _ range: Range<Int>) throws(TextFailure) -> Double {
    guard let parts = DecimalParts(text, range) else { return try special(text, range) }
    if !parts.truncated, parts.mantissa <= 1 << 53, abs(parts.exponent) <= 22 {
      let magnitude = Double(parts.mantissa)
      let power = doublePowers[abs(parts.exponent)]
      let value = parts.exponent < 0 ? magnitude / power : magnitude * power
      return parts.negative ? -value : value
    }
    guard let value = Double(TextScan.string(text, range)) else { throw .malformed }
    guard value.isFinite else { throw .overflow }
    return value
  }

  /// As `double`, rounded once to a Float and widened.
  package static func real(_ text: Span<UInt8>, _ range: Range<Int>) throws(TextFailure) -> Double {
    guard let parts = DecimalParts(text, range) else { return try special(text, range) }
    if !parts.truncated, parts.mantissa <= 1 << 24, abs(parts.exponent) <= 10 {
      let magnitude = Float(parts.mantissa)
      let power = Float(doublePowers[abs(parts.exponent)])
      let value = parts.exponent < 0 ? magnitude / power : magnitude * power
      return Double(parts.negative ? -value : value)
    }
    guard let value = Float(TextScan.string(text, range)) else { throw .malformed }
    guard value.isFinite else { throw .overflow }
    return Double(value)
  }

  private static func special(_ text: Span<UInt8>, _ range: Range<Int>) throws(TextFailure) -> Double {
    var rest = range
    var negative = false
    if let first = range.first, text[first] == 0x2D || text[first] == 0x2B {
      negative = text[first] == 0x2D
      rest = first + 1..<range.upperBound
    }
    if TextScan.matches(text, rest, "nan") { return .nan }
    guard TextScan.matches(text, rest, "infinity") || TextScan.matches(text, rest, "inf") else {
      throw .malformed
    }
    return negative ? -.infinity : .infinity
  }

  /// Powers of ten that a Double holds exactly.
  private static let doublePowers: [Double] = (0...22).map { exponent in
    (0..<exponent).reduce(1.0) { power, _ in power * 10 }
  }
}

/// A decimal literal as sign, mantissa and power of ten.
struct DecimalParts {
  var negative = false
  /// The first 19 significant digits.
  var mantissa: UInt64 = 0
  var exponent = 0
  /// More digits follow than `mantissa` holds.
  var truncated = false

  /// Nil unless the whole range is `[sign] digits [. digits] [e [sign] digits]` with a digit before the
  /// exponent.
  init?(_ text: Span<UInt8>, _ range: Range<Int>) {
    var position = range.lowerBound
    let end = range.upperBound
    guard position < end else { return nil }
    if text[position] == 0x2D || text[position] == 0x2B {
      negative = text[position] == 0x2D
      position += 1
    }
    var digits = 0
    var point = false
    while position < end {
      let byte = text[position]
      if TextScan.isDigit(byte) {
        digits += 1
        if mantissa < 1_000_000_000_000_000_000 {
          mantissa = mantissa &* 10 &+ UInt64(byte &- 0x30)
          if point { exponent -= 1 }
        } else {
          truncated = true
          if !point { exponent += 1 }
        }
      } else if byte == 0x2E, !point {
        point = true
      } else {
        break
      }
      position += 1
    }
    guard digits > 0 else { return nil }
    guard position < end else { return }
    guard let power = DecimalParts.exponent(text, position..<end) else { return nil }
    exponent += power
  }

  /// The power behind an `e`, held within ±1,000,000; nil when the range is anything else.
  static func exponent(_ text: Span<UInt8>, _ range: Range<Int>) -> Int? {
    var position = range.lowerBound
    let end = range.upperBound
    guard position < end, text[position] | 0x20 == 0x65 else { return nil }
    position += 1
    var negative = false
    if position < end, text[position] == 0x2D || text[position] == 0x2B {
      negative = text[position] == 0x2D
      position += 1
    }
    guard position < end else { return nil }
    var power = 0
    while position < end {
      guard TextScan.isDigit(text[position]) else { return nil }
      power = min(power * 10 + Int(text[position] &- 0x30), 1_000_000)
      position += 1
    }
    return negative ? -power : power
  }
}

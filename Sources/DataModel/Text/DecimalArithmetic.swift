/// Exact decimals: an Int128 and a scale of 0...38 digits behind the point.
package enum DecimalArithmetic {
  package static let digitsMax = 38

  /// 10^0 ... 10^38.
  package static let powersOfTen: [Int128] = (0...38).map { exponent in
    (0..<exponent).reduce(Int128(1)) { power, _ in power * 10 }
  }

  /// The same number at another scale; digits that fall away round half away from zero.
  package static func rescale(_ value: Int128, from: Int, to: Int) throws(EvaluationError) -> Int128 {
    if from == to { return value }
    guard (0...digitsMax).contains(from), (0...digitsMax).contains(to) else {
      throw EvaluationError(.invalidArgument, "decimal scale outside 0...38")
    }
    if to > from {
      let (product, overflow) = value.multipliedReportingOverflow(by: powersOfTen[to - from])
      guard !overflow else { throw overflowError(value, scale: from) }
      return product
    }
    return dividedRounding(value, by: powersOfTen[from - to])
  }

  /// Quotient rounded half away from zero; `divisor` is positive.
  package static func dividedRounding(_ value: Int128, by divisor: Int128) -> Int128 {
    let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
    let roundsUp = remainder.magnitude >= divisor.magnitude - remainder.magnitude
    guard roundsUp, remainder != 0 else { return quotient }
    return value < 0 ? quotient - 1 : quotient + 1
  }

  package static func fits(_ value: Int128, precision: Int) -> Bool {
    value.magnitude < powersOfTen[min(max(precision, 0), digitsMax)].magnitude
  }

  package static func overflowError(_ value: Int128, scale: Int) -> EvaluationError {
    EvaluationError(.overflow, "decimal \(render(value, scale: scale)) is out of range")
  }

  /// The unscaled value of a decimal literal with optional exponent; digits behind the scale round half away
  /// from zero.
  package static func parse(
    _ text: Span<UInt8>, _ range: Range<Int>, precision: Int, scale: Int
  ) throws(TextFailure) -> Int128 {
    guard let literal = DecimalLiteral(text, range) else { throw .malformed }
    let value = try literal.unscaled(text, scale: scale)
    guard fits(value, precision: precision) else { throw .overflow }
    return value
  }

  /// As the span form; blanks at both ends are allowed.
  package static func parse(_ text: [UInt8], precision: Int, scale: Int) throws(EvaluationError) -> Int128 {
    do throws(TextFailure) {
      return try parse(
        text.span, TextScan.trimmed(text.span, 0..<text.count), precision: precision, scale: scale)
    } catch {
      let type = ColumnType.decimal(precision: precision, scale: scale)
      throw ValueText.failure(error, text, type)
    }
  }

  /// All digits of the scale: `-0.50`.
  package static func render(_ value: Int128, scale: Int) -> String {
    var bytes: [UInt8] = []
    append(value, scale: scale, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  package static func append(_ value: Int128, scale: Int, to bytes: inout [UInt8]) {
    if value < 0 { bytes.append(0x2D) }
    var digits: [UInt8] = []
    append(magnitude: value.magnitude, to: &digits)
    if digits.count <= scale {
      digits.insert(contentsOf: repeatElement(0x30, count: scale + 1 - digits.count), at: 0)
    }
    bytes += digits.dropLast(scale)
    guard scale > 0 else { return }
    bytes.append(0x2E)
    bytes += digits.suffix(scale)
  }

  private static func append(magnitude: UInt128, to bytes: inout [UInt8]) {
    if let small = UInt64(exactly: magnitude) { return IntegerText.append(magnitude: small, to: &bytes) }
    let (high, low) = magnitude.quotientAndRemainder(dividingBy: 10_000_000_000_000_000_000)
    append(magnitude: high, to: &bytes)
    var tail: [UInt8] = []
    IntegerText.append(magnitude: UInt64(truncatingIfNeeded: low), to: &tail)
    bytes.append(contentsOf: repeatElement(0x30, count: 19 - tail.count))
    bytes += tail
  }

  /// Correctly rounded.
  package static func toDouble(_ value: Int128, scale: Int) -> Double {
    if value.magnitude <= 1 << 53, scale <= 15 {
      return Double(Int64(truncatingIfNeeded: value)) / Double(Int64(truncatingIfNeeded: powersOfTen[scale]))
    }
    return Double(render(value, scale: scale)) ?? .nan
  }

  /// From the shortest text that reads back as `value`, rounded to the scale; NaN, infinities and large
  /// values overflow.
  package static func fromDouble(
    _ value: Double, precision: Int, scale: Int
  ) throws(EvaluationError) -> Int128 {
    guard value.isFinite else {
      throw EvaluationError(.overflow, "cannot convert \(value) to DECIMAL(\(precision), \(scale))")
    }
    return try parse(Array(value.description.utf8), precision: precision, scale: scale)
  }
}

/// Where the digits of a decimal literal lie.
struct DecimalLiteral {
  private var negative = false
  private var digits: Range<Int>
  /// Significant digits, without leading zeros and the point.
  private var count = 0
  /// The value is the digits times ten to this.
  private var power = 0

  init?(_ text: Span<UInt8>, _ range: Range<Int>) {
    var position = range.lowerBound
    let end = range.upperBound
    digits = position..<position
    guard position < end else { return nil }
    if text[position] == 0x2D || text[position] == 0x2B {
      negative = text[position] == 0x2D
      position += 1
    }
    var seen = false
    var point = false
    let first = position
    while position < end {
      let byte = text[position]
      if TextScan.isDigit(byte) {
        seen = true
        if count > 0 || byte != 0x30 { count += 1 }
        if point { power -= 1 }
      } else if byte == 0x2E, !point {
        point = true
      } else {
        break
      }
      position += 1
    }
    guard seen else { return nil }
    digits = first..<position
    guard position < end else { return }
    guard let exponent = DecimalParts.exponent(text, position..<end) else { return nil }
    power += exponent
  }

  func unscaled(_ text: Span<UInt8>, scale: Int) throws(TextFailure) -> Int128 {
    let shift = power + scale
    let kept = count + shift
    guard count > 0, kept >= 0 else { return 0 }
    guard kept <= 39 else { throw .overflow }
    var value: Int128 = 0
    var small: UInt64 = 0
    var taken = 0
    var roundsUp = false
    for position in digits {
      let byte = text[position]
      guard byte != 0x2E, taken > 0 || byte != 0x30 else { continue }
      guard taken < kept else {
        roundsUp = byte >= 0x35
        break
      }
      taken += 1
      if taken <= 18 {
        small = small &* 10 &+ UInt64(byte &- 0x30)
        if taken == 18 { value = Int128(small) }
      } else {
        value = try Self.checked(value, times: 10, plus: Int128(byte &- 0x30))
      }
    }
    if taken < 18 { value = Int128(small) }
    if roundsUp { value = try Self.checked(value, times: 1, plus: 1) }
    if shift > 0 {
      guard shift <= DecimalArithmetic.digitsMax else { throw .overflow }
      value = try Self.checked(value, times: DecimalArithmetic.powersOfTen[shift], plus: 0)
    }
    return negative ? -value : value
  }

  private static func checked(
    _ value: Int128, times factor: Int128, plus digit: Int128
  ) throws(TextFailure) -> Int128 {
    let (product, high) = value.multipliedReportingOverflow(by: factor)
    let (sum, carry) = product.addingReportingOverflow(digit)
    guard !high, !carry else { throw .overflow }
    return sum
  }
}

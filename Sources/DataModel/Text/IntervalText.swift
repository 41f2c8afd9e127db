/// Text of intervals: `+1-02` for YEAR TO MONTH, `-3 04:05:06.700000` for DAY TO SECOND, always with a sign.
package enum IntervalText {
  package static func append(_ value: Int64, as qualifier: IntervalQualifier, to bytes: inout [UInt8]) {
    bytes.append(value < 0 ? 0x2D : 0x2B)
    var rest = value.magnitude
    for (index, unit) in qualifier.units.enumerated() {
      let size = IntervalQualifier.size(unit)?.magnitude ?? 1
      let count = rest / size
      rest %= size
      if index > 0 { bytes.append(separator(before: unit)) }
      if index == 0 {
        IntegerText.append(magnitude: count, to: &bytes)
      } else {
        IntegerText.append(Int64(clamping: count), width: 2, to: &bytes)
      }
      if unit == "SECOND" {
        bytes.append(0x2E)
        IntegerText.append(Int64(clamping: rest), width: 6, to: &bytes)
      }
    }
  }

  private static func separator(before unit: String) -> UInt8 {
    switch unit {
    case "MONTH": 0x2D
    case "HOUR": 0x20
    default: 0x3A
    }
  }

  /// Months or microseconds; a sign in front holds for all fields. All fields but the first keep to their
  /// bounds.
  package static func parse(
    _ text: Span<UInt8>, _ whole: Range<Int>, as qualifier: IntervalQualifier
  ) throws(TextFailure) -> Int64 {
    var range = TextScan.trimmed(text, whole)
    var negative = false
    if let first = range.first, text[first] == 0x2D || text[first] == 0x2B {
      negative = text[first] == 0x2D
      range = first + 1..<range.upperBound
    }
    var total: Int64 = 0
    var position = range.lowerBound
    for (index, unit) in qualifier.units.enumerated() {
      if index > 0 {
        guard position < range.upperBound, text[position] == separator(before: unit) else { throw .malformed }
        position += 1
      }
      var end = position
      while end < range.upperBound, TextScan.isDigit(text[end]) { end += 1 }
      let count = try NumberText.integer(text, position..<end)
      if index > 0, count > limit(unit) { throw .malformed }
      let (amount, high) = count.multipliedReportingOverflow(by: IntervalQualifier.size(unit) ?? 1)
      let (sum, carry) = total.addingReportingOverflow(amount)
      guard !high, !carry else { throw .overflow }
      total = sum
      position = end
      if unit == "SECOND" {
        let (sum, carry) = total.addingReportingOverflow(fraction(text, &position, range.upperBound))
        guard !carry else { throw .overflow }
        total = sum
      }
    }
    guard position == range.upperBound else { throw .malformed }
    return negative ? -total : total
  }

  private static func limit(_ unit: String) -> Int64 {
    switch unit {
    case "MONTH": 11
    case "HOUR": 23
    default: 59
    }
  }

  /// Microseconds behind a point; further digits are cut.
  private static func fraction(_ text: Span<UInt8>, _ position: inout Int, _ end: Int) -> Int64 {
    guard position + 1 < end, text[position] == 0x2E, TextScan.isDigit(text[position + 1]) else { return 0 }
    position += 1
    var value: Int64 = 0
    var digits = 0
    while position < end, TextScan.isDigit(text[position]) {
      if digits < 6 {
        value = value * 10 + Int64(text[position] &- 0x30)
        digits += 1
      }
      position += 1
    }
    while digits < 6 {
      value *= 10
      digits += 1
    }
    return value
  }
}

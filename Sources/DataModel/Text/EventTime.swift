/// Civil dates and times of the proleptic Gregorian calendar in UTC, years 0001 to 9999.
///
/// DATE is days since 1970-01-01, TIME nanoseconds since midnight, TIMESTAMP microseconds since 1970-01-01.
package enum EventTime {
  package static let microsecondsPerDay: Int64 = 86_400_000_000
  package static let nanosecondsPerDay: Int64 = 86_400_000_000_000
  /// 0001-01-01 and 9999-12-31.
  package static let dayBounds: ClosedRange<Int64> = -719_162...2_932_896
  package static let timestampBounds: ClosedRange<Int64> =
    -719_162 * microsecondsPerDay...2_932_897 * microsecondsPerDay - 1

  /// Days since 1970-01-01, or nil when there is no such date between the years 1 and 9999.
  package static func days(year: Int64, month: Int64, day: Int64) -> Int64? {
    guard (1...9999).contains(year), (1...12).contains(month), day >= 1,
      day <= monthLength(year: year, month: month)
    else { return nil }
    return dayNumber(year: year, month: month, day: day)
  }

  package static func isLeap(_ year: Int64) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

  package static func monthLength(year: Int64, month: Int64) -> Int64 {
    switch month {
    case 2: isLeap(year) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  /// Counts in 400-year eras whose years begin in March, so that the leap day is the last one.
  static func dayNumber(year: Int64, month: Int64, day: Int64) -> Int64 {
    let shifted = month <= 2 ? year - 1 : year
    let era = (shifted >= 0 ? shifted : shifted - 399) / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  /// The civil date of a day number; the day is held within ±10^12 so that no foreign number traps.
  package static func civil(days: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let number = min(max(days, -1_000_000_000_000), 1_000_000_000_000) + 719_468
    let era = (number >= 0 ? number : number - 146_096) / 146_097
    let dayOfEra = number - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shifted = (5 * dayOfYear + 2) / 153
    let month = shifted < 10 ? shifted + 3 : shifted - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shifted + 2) / 5 + 1)
  }

  /// Day and microseconds into it, also before 1970.
  package static func split(timestamp: Int64) -> (day: Int64, microseconds: Int64) {
    let rest = timestamp % microsecondsPerDay
    let day = timestamp / microsecondsPerDay
    return rest < 0 ? (day - 1, rest + microsecondsPerDay) : (day, rest)
  }

  /// Nil outside the years 1 to 9999.
  package static func timestamp(day: Int64, nanoseconds: Int64) -> Int64? {
    let (days, overflow) = day.multipliedReportingOverflow(by: microsecondsPerDay)
    let (value, carry) = days.addingReportingOverflow(nanoseconds / 1000)
    return overflow || carry || !timestampBounds.contains(value) ? nil : value
  }

  // MARK: Text

  /// `YYYY-MM-DD`.
  package static func appendDate(_ days: Int64, to bytes: inout [UInt8]) {
    let date = civil(days: days)
    if date.year < 0 { bytes.append(0x2D) }
    if abs(date.year) > 9999 {
      IntegerText.append(abs(date.year), to: &bytes)
    } else {
      IntegerText.append(abs(date.year), width: 4, to: &bytes)
    }
    bytes.append(0x2D)
    IntegerText.append(date.month, width: 2, to: &bytes)
    bytes.append(0x2D)
    IntegerText.append(date.day, width: 2, to: &bytes)
  }

  /// `HH:MM:SS[.f]` with as many fraction digits as are not trailing zeros.
  package static func appendTime(_ nanoseconds: Int64, to bytes: inout [UInt8]) {
    let seconds = nanoseconds / 1_000_000_000
    IntegerText.append(seconds / 3600, width: 2, to: &bytes)
    bytes.append(0x3A)
    IntegerText.append(seconds / 60 % 60, width: 2, to: &bytes)
    bytes.append(0x3A)
    IntegerText.append(seconds % 60, width: 2, to: &bytes)
    let fraction = nanoseconds % 1_000_000_000
    guard fraction > 0 else { return }
    bytes.append(0x2E)
    IntegerText.append(fraction, width: 9, to: &bytes)
    while bytes.last == 0x30 { bytes.removeLast() }
  }

  /// `YYYY-MM-DD HH:MM:SS[.f]`; `separator` stands between date and time.
  package static func appendTimestamp(_ value: Int64, separator: UInt8 = 0x20, to bytes: inout [UInt8]) {
    let parts = split(timestamp: value)
    appendDate(parts.day, to: &bytes)
    bytes.append(separator)
    appendTime(parts.microseconds * 1000, to: &bytes)
  }

  package static func parseDate(_ text: Span<UInt8>, _ range: Range<Int>) -> Int64? {
    var reader = TimeReader(range)
    guard let days = reader.date(text), reader.isAtEnd else { return nil }
    return days
  }

  package static func parseTime(_ text: Span<UInt8>, _ range: Range<Int>) -> Int64? {
    var reader = TimeReader(range)
    guard let time = reader.time(text), reader.isAtEnd else { return nil }
    return time
  }

  /// `YYYY-MM-DD[( |T)HH:MM:SS[.f][ ][Z|±HH[[:]MM]]]`; a zone is converted to UTC, digits behind the sixth are cut.
  package static func parseTimestamp(_ text: Span<UInt8>, _ range: Range<Int>) -> Int64? {
    var reader = TimeReader(range)
    guard let days = reader.date(text) else { return nil }
    if reader.isAtEnd { return days * microsecondsPerDay }
    guard reader.separator(text), let time = reader.time(text), let offset = reader.zone(text), reader.isAtEnd
    else { return nil }
    let value = days * microsecondsPerDay + time / 1000 - offset
    return timestampBounds.contains(value) ? value : nil
  }

  package static func parseDate(_ text: [UInt8]) -> Int64? { parseDate(text.span, 0..<text.count) }
  package static func parseTime(_ text: [UInt8]) -> Int64? { parseTime(text.span, 0..<text.count) }
  package static func parseTimestamp(_ text: [UInt8]) -> Int64? { parseTimestamp(text.span, 0..<text.count) }
}

/// Cursor over the text of a date or time.
struct TimeReader {
  private var position: Int
  private let end: Int

  init(_ range: Range<Int>) {
    position = range.lowerBound
    end = range.upperBound
  }

  var isAtEnd: Bool { position == end }

  private mutating func accept(_ text: Span<UInt8>, _ byte: UInt8) -> Bool {
    guard position < end, text[position] == byte else { return false }
    position += 1
    return true
  }

  private mutating func digits(_ text: Span<UInt8>, _ counts: ClosedRange<Int>) -> Int64? {
    var value: Int64 = 0
    var count = 0
    while position < end, count < counts.upperBound, TextScan.isDigit(text[position]) {
      value = value * 10 + Int64(text[position] &- 0x30)
      position += 1
      count += 1
    }
    return count >= counts.lowerBound ? value : nil
  }

  mutating func date(_ text: Span<UInt8>) -> Int64? {
    guard let year = digits(text, 4...4), accept(text, 0x2D), let month = digits(text, 1...2),
      accept(text, 0x2D),
      let day = digits(text, 1...2)
    else { return nil }
    return EventTime.days(year: year, month: month, day: day)
  }

  /// Nanoseconds since midnight.
  mutating func time(_ text: Span<UInt8>) -> Int64? {
    guard let hour = digits(text, 1...2), accept(text, 0x3A), let minute = digits(text, 1...2),
      accept(text, 0x3A),
      let second = digits(text, 1...2), hour < 24, minute < 60, second < 60
    else { return nil }
    let whole = ((hour * 60 + minute) * 60 + second) * 1_000_000_000
    guard accept(text, 0x2E) else { return whole }
    let start = position
    guard var fraction = digits(text, 1...9) else { return nil }
    for _ in position - start..<9 { fraction *= 10 }
    return whole + fraction
  }

  mutating func separator(_ text: Span<UInt8>) -> Bool {
    guard position < end, text[position] == 0x20 || text[position] | 0x20 == 0x74 else { return false }
    position += 1
    return true
  }

  /// Microseconds that local time is ahead of UTC; 0 without a zone, nil when it is malformed.
  mutating func zone(_ text: Span<UInt8>) -> Int64? {
    if isAtEnd { return 0 }
    _ = accept(text, 0x20)
    guard position < end else { return nil }
    let mark = text[position]
    position += 1
    if mark | 0x20 == 0x7A { return 0 }
    guard mark == 0x2B || mark == 0x2D, let hours = digits(text, 2...2) else { return nil }
    var minutes: Int64 = 0
    if !isAtEnd {
      _ = accept(text, 0x3A)
      guard let read = digits(text, 2...2) else { return nil }
      minutes = read
    }
    guard hours < 24, minutes < 60 else { return nil }
    let offset = (hours * 60 + minutes) * 60_000_000
    return mark == 0x2D ? -offset : offset
  }
}

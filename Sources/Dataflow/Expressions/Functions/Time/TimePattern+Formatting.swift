import DataModel

extension TimePattern {
  /// The text of a day and the nanoseconds into it.
  func append(day: Int64, nanoseconds: Int64, to bytes: inout [UInt8]) {
    for item in items {
      switch item {
      case .literal(let text): bytes += text
      case .blank(let byte): bytes.append(byte)
      case .element(let element): append(element, day, nanoseconds, to: &bytes)
      }
    }
  }

  private func append(_ element: Element, _ day: Int64, _ nanoseconds: Int64, to bytes: inout [UInt8]) {
    switch element.kind {
    case .monthName:
      name(Self.months[Int(Calendar.month(day) - 1) % 12], element, to: &bytes)
    case .weekdayName: name(Self.weekdays[Int(Calendar.weekday(day)) % 7], element, to: &bytes)
    case .halfDay:
      let isAfternoon = nanoseconds >= 43_200_000_000_000
      let text = element.letters == .lower ? (isAfternoon ? "pm" : "am") : isAfternoon ? "PM" : "AM"
      bytes += Array(text.utf8)
    case .fraction: fraction(element, nanoseconds % 1_000_000_000, to: &bytes)
    default: number(Self.number(element.kind, day, nanoseconds), element, to: &bytes)
    }
  }

  private func name(_ name: [UInt8], _ element: Element, to bytes: inout [UInt8]) {
    let kept = element.isShort ? name.prefix(3) : name[...]
    switch element.letters {
    case .title: bytes += kept
    case .upper: bytes += kept.map { $0 & 0xDF }
    case .lower: bytes += kept.map { $0 | 0x20 }
    }
    if !element.isShort, element.width == 9 {
      bytes += [UInt8](repeating: 0x20, count: max(0, 9 - kept.count))
    }
  }

  /// Least numbers with more digits than the width.
  private static let limits: [Int64] = [0, 10, 100, 1000, 10_000]

  private func number(_ value: Int64, _ element: Element, to bytes: inout [UInt8]) {
    if element.padding == 0x30, value >= 0, element.width < 5, value < Self.limits[element.width] {
      return IntegerText.append(value, width: element.width, to: &bytes)
    }
    var digits: [UInt8] = []
    IntegerText.append(magnitude: value.magnitude, to: &digits)
    if value < 0 { bytes.append(0x2D) }
    if let padding = element.padding {
      bytes += [UInt8](repeating: padding, count: max(0, element.width - digits.count))
    }
    bytes += digits
  }

  /// Without a width: nothing for a whole second, else 3, 6 or 9 digits.
  private func fraction(_ element: Element, _ nanoseconds: Int64, to bytes: inout [UInt8]) {
    var digits: [UInt8] = []
    IntegerText.append(nanoseconds, width: 9, to: &digits)
    var width = element.width
    if width == 0 {
      guard nanoseconds > 0 else { return }
      width = nanoseconds % 1_000_000 == 0 ? 3 : nanoseconds % 1000 == 0 ? 6 : 9
    }
    if element.hasPoint { bytes.append(0x2E) }
    bytes += digits.prefix(width)
  }

  private static func number(_ kind: Kind, _ day: Int64, _ nanoseconds: Int64) -> Int64 {
    let second = nanoseconds / 1_000_000_000
    switch kind {
    case .year: return Calendar.year(day)
    case .yearOfCentury: return Calendar.year(day) % 100
    case .century: return Calendar.year(day) / 100
    case .quarter: return (Calendar.month(day) + 2) / 3
    case .month: return Calendar.month(day)
    case .day: return EventTime.civil(days: day).day
    case .dayOfYear: return Calendar.dayOfYear(day)
    case .weekdayFromZero: return Calendar.weekday(day)
    case .weekdayFromOne: return Calendar.weekday(day) + 1
    case .isoWeekday: return Calendar.isoWeekday(day)
    case .weekFromSunday: return (Calendar.dayOfYear(day) + 6 - Calendar.weekday(day)) / 7
    case .weekFromMonday: return (Calendar.dayOfYear(day) + 7 - Calendar.isoWeekday(day)) / 7
    case .isoYear: return Calendar.isoWeek(day).year
    case .isoYearOfCentury: return Calendar.isoWeek(day).year % 100
    case .isoWeek: return Calendar.isoWeek(day).week
    case .weekOfYear: return (Calendar.dayOfYear(day) + 6) / 7
    case .weekOfMonth: return (EventTime.civil(days: day).day + 6) / 7
    case .hour: return second / 3600
    case .hour12: return second / 3600 % 12 == 0 ? 12 : second / 3600 % 12
    case .minute: return second / 60 % 60
    case .second: return second % 60
    case .secondOfDay: return second
    case .epoch: return day &* 86_400 &+ second
    case .monthName, .weekdayName, .halfDay, .fraction: return 0
    }
  }
}

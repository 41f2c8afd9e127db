package import PipelineModel
import WireTypes

/// Five fields: minute, hour, day of the month, month, day of the week (0 and 7 are Sunday), each `*`, numbers, ranges
/// and steps, separated by commas; months and days of the week also by their first three letters. In UTC.
///
/// As in cron, a day must match one of the two day fields when both are given, else the one that is.
package struct CronExpression: Sendable, Hashable {
  package let text: String
  private let minutes: UInt64
  private let hours: UInt64
  private let days: UInt64
  private let months: UInt64
  private let weekdays: UInt64
  private let namesDays: Bool
  private let namesWeekdays: Bool

  private static let monthNames = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
  ]
  private static let weekdayNames = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]

  /// Nil when the text is no expression, or one that no day matches.
  package init?(_ text: String) {
    guard text.utf8.count <= 255 else { return nil }
    let fields = text.split(whereSeparator: { $0 == " " || $0 == "\t" })
    guard fields.count == 5, let minutes = CronExpression.field(fields[0], 0...59),
      let hours = CronExpression.field(fields[1], 0...23), let days = CronExpression.field(fields[2], 1...31),
      let months = CronExpression.field(fields[3], 1...12, CronExpression.monthNames),
      let weekdays = CronExpression.field(fields[4], 0...7, CronExpression.weekdayNames)
    else { return nil }
    self.text = text
    self.minutes = minutes
    self.hours = hours
    self.days = days
    self.months = months
    self.weekdays = weekdays | (weekdays >> 7 & 1)
    namesDays = !fields[2].hasPrefix("*")
    namesWeekdays = !fields[4].hasPrefix("*")
    guard next(after: WallTime(microseconds: 0)) != nil else { return nil }
  }

  /// A bit for each number.
  private static func field(_ text: Substring, _ range: ClosedRange<Int>, _ names: [String] = []) -> UInt64? {
    var bits: UInt64 = 0
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let pieces = part.split(separator: "/", omittingEmptySubsequences: false)
      guard (1...2).contains(pieces.count) else { return nil }
      var span = range
      var step = 1
      if pieces.count == 2 {
        guard let number = Int(pieces[1]), (1...range.upperBound).contains(number) else { return nil }
        step = number
      }
      if pieces[0] != "*" {
        let ends = pieces[0].split(separator: "-", omittingEmptySubsequences: false)
        guard let first = ends.first.flatMap({ number($0, range, names) }) else { return nil }
        switch ends.count {
        // A step without a range goes up to the end.
        case 1: span = first...(pieces.count == 2 ? range.upperBound : first)
        case 2:
          guard let last = number(ends[1], range, names), first <= last else { return nil }
          span = first...last
        default: return nil
        }
      }
      for number in stride(from: span.lowerBound, through: span.upperBound, by: step) { bits |= 1 << UInt64(number) }
    }
    return bits
  }

  private static func number(_ text: Substring, _ range: ClosedRange<Int>, _ names: [String]) -> Int? {
    if let place = names.firstIndex(of: text.lowercased()) { return place + range.lowerBound }
    guard text.allSatisfy({ $0.isASCII && $0.isNumber }), let number = Int(text), range.contains(number) else {
      return nil
    }
    return number
  }

  // MARK: Times

  private static let dayMicroseconds: Int64 = 86_400_000_000
  private static let minuteMicroseconds: Int64 = 60_000_000
  /// Leap days on a day of the week come again within 40 years, whatever century begins between.
  private static let daysAhead: Int64 = 40 * 366

  /// The first time after this one.
  package func next(after time: WallTime) -> WallTime? {
    let begin = WallTime.floorDivide(time.microseconds, CronExpression.minuteMicroseconds).0 + 1
    let (today, minute) = WallTime.floorDivide(begin, 1440)
    for day in today..<(today + CronExpression.daysAhead) {
      guard takes(day: day) else { continue }
      if let minute = next(from: day == today ? Int(minute) : 0) {
        return WallTime(
          microseconds: day * CronExpression.dayMicroseconds + Int64(minute) * CronExpression.minuteMicroseconds)
      }
    }
    return nil
  }

  /// `day`: since 1970-01-01, a Thursday.
  private func takes(day: Int64) -> Bool {
    let date = WallTime.civil(day)
    guard CronExpression.has(months, date.month) else { return false }
    let takesDay = CronExpression.has(days, date.day)
    let takesWeekday = CronExpression.has(weekdays, WallTime.floorDivide(day + 4, 7).1)
    return namesDays && namesWeekdays ? takesDay || takesWeekday : takesDay && takesWeekday
  }

  /// The first minute of a day from this one on.
  private func next(from minute: Int) -> Int? {
    for hour in (minute / 60)..<24 where CronExpression.has(hours, Int64(hour)) {
      for number in (hour == minute / 60 ? minute % 60 : 0)..<60 where CronExpression.has(minutes, Int64(number)) {
        return hour * 60 + number
      }
    }
    return nil
  }

  private static func has(_ bits: UInt64, _ number: Int64) -> Bool { bits >> UInt64(number) & 1 == 1 }
}

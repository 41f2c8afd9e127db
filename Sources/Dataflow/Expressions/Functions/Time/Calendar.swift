import DataModel

/// Parts of days since 1970-01-01.
enum Calendar {
  static func year(_ day: Int64) -> Int64 { EventTime.civil(days: day).year }
  static func month(_ day: Int64) -> Int64 { EventTime.civil(days: day).month }

  /// 0 is Sunday; 1970-01-01 was a Thursday.
  static func weekday(_ day: Int64) -> Int64 {
    let rest = (day % 7 + 4) % 7
    return rest < 0 ? rest + 7 : rest
  }

  /// 1 is Monday.
  static func isoWeekday(_ day: Int64) -> Int64 { weekday(day) == 0 ? 7 : weekday(day) }

  static func dayOfYear(_ day: Int64) -> Int64 { day - start("YEAR", day) + 1 }

  /// ISO week: the one that holds the Thursday of the day's Monday-based week, in that Thursday's year.
  static func isoWeek(_ day: Int64) -> (year: Int64, week: Int64) {
    let held = min(max(day, EventTime.dayBounds.lowerBound), EventTime.dayBounds.upperBound)
    let thursday = held - (isoWeekday(held) - 1) + 3
    return (year(thursday), (thursday - start("YEAR", thursday)) / 7 + 1)
  }

  /// First day of the unit that holds `day`; a WEEK begins on Sunday, an ISOWEEK on Monday. Days outside the
  /// years 1...9999 stay as they are.
  static func start(_ unit: String, _ day: Int64) -> Int64 {
    let date = EventTime.civil(days: day)
    switch unit {
    case "MILLENNIUM": return first((date.year - 1) / 1000 * 1000 + 1, 1) ?? day
    case "CENTURY": return first((date.year - 1) / 100 * 100 + 1, 1) ?? day
    case "DECADE": return first(max(date.year / 10 * 10, 1), 1) ?? day
    case "YEAR": return first(date.year, 1) ?? day
    case "QUARTER": return first(date.year, (date.month - 1) / 3 * 3 + 1) ?? day
    case "MONTH": return first(date.year, date.month) ?? day
    case "WEEK": return day &- weekday(day)
    case "ISOWEEK": return day &- (isoWeekday(day) - 1)
    default: return day
    }
  }

  private static func first(_ year: Int64, _ month: Int64) -> Int64? {
    EventTime.days(year: year, month: month, day: 1)
  }

  /// Months of a calendar unit; nil for others.
  static func months(_ unit: String) -> Int64? {
    switch unit {
    case "MILLENNIUM": 12_000
    case "CENTURY": 1200
    case "DECADE": 120
    case "YEAR": 12
    case "QUARTER": 3
    case "MONTH": 1
    default: nil
    }
  }

  /// Days of a unit; nil for others.
  static func days(_ unit: String) -> Int64? {
    switch unit {
    case "WEEK", "ISOWEEK": 7
    case "DAY": 1
    default: nil
    }
  }

  /// Nanoseconds of a unit below the day; nil for others.
  static func nanoseconds(_ unit: String) -> Int64? {
    switch unit {
    case "HOUR": 3_600_000_000_000
    case "MINUTE": 60_000_000_000
    case "SECOND": 1_000_000_000
    case "MILLISECOND": 1_000_000
    case "MICROSECOND": 1000
    case "NANOSECOND": 1
    default: nil
    }
  }

  /// The same day of another month, or its last day; nil outside the years 1...9999.
  static func adding(months: Int64, to day: Int64) -> Int64? {
    let date = EventTime.civil(days: day)
    let (total, overflow) = (date.year * 12 + date.month - 1).addingReportingOverflow(months)
    guard !overflow, total >= 12 else { return nil }
    let year = total / 12
    let month = total % 12 + 1
    guard year <= 9999 else { return nil }
    return EventTime.days(
      year: year, month: month, day: min(date.day, EventTime.monthLength(year: year, month: month)))
  }

  /// Whole months that have elapsed from the first moment to the second; negative backwards.
  static func months(from start: (day: Int64, nanoseconds: Int64), to end: (day: Int64, nanoseconds: Int64))
    -> Int64
  {
    let a = EventTime.civil(days: start.day)
    let b = EventTime.civil(days: end.day)
    var months = (b.year - a.year) * 12 + b.month - a.month
    let isBefore = b.day < a.day || (b.day == a.day && end.nanoseconds < start.nanoseconds)
    let isAfter = b.day > a.day || (b.day == a.day && end.nanoseconds > start.nanoseconds)
    if months > 0, isBefore { months -= 1 }
    if months < 0, isAfter { months += 1 }
    return months
  }
}

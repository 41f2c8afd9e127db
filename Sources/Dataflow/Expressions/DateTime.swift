import DataModel

/// EXTRACT and truncation of DATE, TIME and TIMESTAMP.
enum DateTime {
  /// The literal unit name of a call; empty when it is none.
  static func unit(_ argument: ScalarExpression) -> String {
    guard case .literal(.bytes(let name)) = argument.node else { return "" }
    return String(decoding: name, as: UTF8.self)
  }

  private static func refused(_ function: String, _ unit: String, _ type: ColumnType) -> Kernel {
    return { operands throws(EvaluationError) in
      throw EvaluationError(.invalidArgument, "\(function) has no unit '\(unit)' for \(type.description)")
    }
  }

  /// Day and nanoseconds into it.
  private static func parts(_ type: ColumnType) -> (@Sendable (Int64) -> (day: Int64, nanoseconds: Int64))? {
    switch type {
    case .date: return { (day: $0, nanoseconds: 0) }
    case .time: return { (day: 0, nanoseconds: $0) }
    case .timestamp:
      return { value in
        let split = EventTime.split(timestamp: value)
        return (day: split.day, nanoseconds: split.microseconds &* 1000)
      }
    default: return nil
    }
  }

  // MARK: EXTRACT

  static func extract(_ unit: String, _ type: ColumnType) -> Kernel {
    guard let parts = parts(type) else { return refused("EXTRACT", unit, type) }
    if unit == "EPOCH" {
      return { operands in
        .int64(
          Lanes.map(operands.int64(0), operands.count) { value in
            let (day, nanoseconds) = parts(value)
            return day &* 86_400 &+ nanoseconds / 1_000_000_000
          })
      }
    }
    if let clock = clock(unit), type != .date {
      return { operands in
        .int64(Lanes.map(operands.int64(0), operands.count) { clock(parts($0).nanoseconds) })
      }
    }
    if let calendar = calendar(unit), type != .time {
      return { operands in .int64(Lanes.map(operands.int64(0), operands.count) { calendar(parts($0).day) }) }
    }
    return refused("EXTRACT", unit, type)
  }

  private static func clock(_ unit: String) -> (@Sendable (Int64) -> Int64)? {
    let minute: Int64 = 60_000_000_000
    switch unit {
    case "HOUR": return { $0 / (60 * minute) }
    case "MINUTE": return { $0 / minute % 60 }
    case "SECOND": return { $0 % minute / 1_000_000_000 }
    case "MILLISECOND": return { $0 % minute / 1_000_000 }
    case "MICROSECOND": return { $0 % minute / 1000 }
    case "NANOSECOND": return { $0 % minute }
    default: return nil
    }
  }

  private static func calendar(_ unit: String) -> (@Sendable (Int64) -> Int64)? {
    switch unit {
    case "YEAR": return { EventTime.civil(days: $0).year }
    case "QUARTER": return { (EventTime.civil(days: $0).month + 2) / 3 }
    case "MONTH": return { EventTime.civil(days: $0).month }
    case "DAY": return { EventTime.civil(days: $0).day }
    case "DOW": return { weekday($0) + 1 }
    case "ISODOW": return { day in weekday(day) == 0 ? 7 : weekday(day) }
    case "DOY": return { day in day - start("YEAR", day) + 1 }
    case "WEEK": return { isoWeek($0).week }
    case "ISOYEAR": return { isoWeek($0).year }
    case "DECADE": return { EventTime.civil(days: $0).year / 10 }
    case "CENTURY": return { (EventTime.civil(days: $0).year + 99) / 100 }
    case "MILLENNIUM": return { (EventTime.civil(days: $0).year + 999) / 1000 }
    default: return nil
    }
  }

  /// 0 is Sunday; 1970-01-01 was a Thursday.
  private static func weekday(_ day: Int64) -> Int64 {
    let rest = (day % 7 + 4) % 7
    return rest < 0 ? rest + 7 : rest
  }

  /// ISO week: the one that holds the Thursday of the day's Monday-based week, in that Thursday's year.
  private static func isoWeek(_ day: Int64) -> (year: Int64, week: Int64) {
    let held = min(max(day, EventTime.dayBounds.lowerBound), EventTime.dayBounds.upperBound)
    let sinceMonday = (weekday(held) + 6) % 7
    let thursday = held - sinceMonday + 3
    return (EventTime.civil(days: thursday).year, (thursday - start("YEAR", thursday)) / 7 + 1)
  }

  // MARK: Truncation

  static func truncate(_ unit: String, _ type: ColumnType) -> Kernel {
    let calendar = ["YEAR", "QUARTER", "MONTH", "WEEK", "DAY"].contains(unit)
    switch type {
    case .date where calendar:
      return { operands in .int64(Lanes.map(operands.int64(0), operands.count) { start(unit, $0) }) }
    case .timestamp where calendar:
      return { operands in
        .int64(
          Lanes.map(operands.int64(0), operands.count) { value in
            start(unit, EventTime.split(timestamp: value).day) &* EventTime.microsecondsPerDay
          })
      }
    case .timestamp:
      guard let length = length(unit) else { return refused("DATE_TRUNC", unit, type) }
      return { operands in
        .int64(
          Lanes.map(operands.int64(0), operands.count) { value in
            let rest = value % length
            return value &- (rest < 0 ? rest &+ length : rest)
          })
      }
    case .time:
      guard let length = length(unit) else { return refused("TIME_TRUNC", unit, type) }
      return { operands in
        .int64(Lanes.map(operands.int64(0), operands.count) { $0 &- $0 % (length &* 1000) })
      }
    default: return refused("DATE_TRUNC", unit, type)
    }
  }

  /// Microseconds.
  private static func length(_ unit: String) -> Int64? {
    switch unit {
    case "HOUR": 3_600_000_000
    case "MINUTE": 60_000_000
    case "SECOND": 1_000_000
    default: nil
    }
  }

  /// First day of the unit that holds `day`; weeks begin on Sunday. Days outside the years 1...9999 stay as
  /// they are.
  private static func start(_ unit: String, _ day: Int64) -> Int64 {
    let date = EventTime.civil(days: day)
    switch unit {
    case "YEAR": return EventTime.days(year: date.year, month: 1, day: 1) ?? day
    case "QUARTER": return EventTime.days(year: date.year, month: (date.month - 1) / 3 * 3 + 1, day: 1) ?? day
    case "MONTH": return EventTime.days(year: date.year, month: date.month, day: 1) ?? day
    case "WEEK": return day &- weekday(day)
    default: return day
    }
  }
}

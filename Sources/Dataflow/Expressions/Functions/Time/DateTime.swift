import DataModel

/// EXTRACT and truncation of DATE, TIME, TIMESTAMP and INTERVAL.
enum DateTime {
  /// The literal in front of a call; empty when it is none.
  static func unit(_ argument: ScalarExpression) -> String {
    guard case .literal(.bytes(let name)) = argument.node else { return "" }
    return String(decoding: name, as: UTF8.self)
  }

  static func refused(_ function: String, _ unit: String, _ type: ColumnType) -> Kernel {
    return { operands throws(EvaluationError) in
      throw EvaluationError(.invalidArgument, "\(function) has no unit '\(unit)' for \(type.description)")
    }
  }

  /// Day and nanoseconds into it.
  static func split(_ value: Int64, _ type: ColumnType) -> (day: Int64, nanoseconds: Int64) {
    switch type {
    case .date: return (value, 0)
    case .time: return (0, value)
    default:
      let split = EventTime.split(timestamp: value)
      return (split.day, split.microseconds &* 1000)
    }
  }

  /// Day of a TIMESTAMP, rounded down.
  @inline(__always)
  static func day(_ timestamp: Int64) -> Int64 {
    let day = timestamp / 86_400_000_000
    return timestamp % 86_400_000_000 < 0 ? day &- 1 : day
  }

  @inline(__always)
  private static func timeOfDay(_ timestamp: Int64) -> Int64 {
    let rest = timestamp % 86_400_000_000
    return rest < 0 ? rest &+ 86_400_000_000 : rest
  }

  /// EXTRACT of clock units from TIMESTAMP in loops of their own.
  private static func clockOfTimestamp(_ unit: String) -> Kernel? {
    switch unit {
    case "HOUR":
      return { operands in
        .int64(Lanes.map(operands.int64(0), operands.count) { timeOfDay($0) / 3_600_000_000 })
      }
    case "MINUTE":
      return { operands in
        .int64(Lanes.map(operands.int64(0), operands.count) { timeOfDay($0) / 60_000_000 % 60 })
      }
    case "SECOND":
      return { operands in
        .int64(Lanes.map(operands.int64(0), operands.count) { timeOfDay($0) / 1_000_000 % 60 })
      }
    default: return nil
    }
  }

  static func canExtract(_ unit: String, _ type: ColumnType) -> Bool {
    type == .timestamp && (unit == "EPOCH" || clock(unit) != nil || calendar(unit) != nil)
  }

  static func hasParts(_ type: ColumnType) -> Bool { type == .date || type == .time || type == .timestamp }

  // MARK: EXTRACT

  static func extract(_ unit: String, _ type: ColumnType) -> Kernel {
    if case .interval(let qualifier) = type {
      guard let part = intervalPart(unit, isLong: qualifier.isLong) else {
        return refused("EXTRACT", unit, type)
      }
      return { operands in .int64(Lanes.map(operands.int64(0), operands.count, part)) }
    }
    guard hasParts(type) else { return refused("EXTRACT", unit, type) }
    if type == .timestamp, let kernel = clockOfTimestamp(unit) { return kernel }
    if unit == "EPOCH" {
      return { operands in
        .int64(
          Lanes.map(operands.int64(0), operands.count) { value in
            let (day, nanoseconds) = split(value, type)
            return day &* 86_400 &+ nanoseconds / 1_000_000_000
          })
      }
    }
    if let clock = clock(unit) {
      return { operands in
        .int64(Lanes.map(operands.int64(0), operands.count) { clock(split($0, type).nanoseconds) })
      }
    }
    if let calendar = calendar(unit), type != .time {
      return { operands in
        .int64(Lanes.map(operands.int64(0), operands.count) { calendar(split($0, type).day) })
      }
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
    case "YEAR": return { Calendar.year($0) }
    case "QUARTER": return { (Calendar.month($0) + 2) / 3 }
    case "MONTH": return { Calendar.month($0) }
    case "DAY": return { EventTime.civil(days: $0).day }
    case "DOW": return { Calendar.weekday($0) + 1 }
    case "ISODOW": return { Calendar.isoWeekday($0) }
    case "DOY": return { Calendar.dayOfYear($0) }
    case "WEEK", "ISOWEEK": return { Calendar.isoWeek($0).week }
    case "ISOYEAR": return { Calendar.isoWeek($0).year }
    case "DECADE": return { Calendar.year($0) / 10 }
    case "CENTURY": return { (Calendar.year($0) + 99) / 100 }
    case "MILLENNIUM": return { (Calendar.year($0) + 999) / 1000 }
    default: return nil
    }
  }

  /// Parts keep the sign of the interval.
  private static func intervalPart(_ unit: String, isLong: Bool) -> (@Sendable (Int64) -> Int64)? {
    if isLong {
      switch unit {
      case "MONTH": return { $0 % 12 }
      case "QUARTER": return { $0 % 12 / 3 + 1 }
      default:
        guard let months = Calendar.months(unit) else { return nil }
        return { $0 / months }
      }
    }
    let day = EventTime.microsecondsPerDay
    switch unit {
    case "DAY": return { $0 / day }
    case "EPOCH": return { $0 / 1_000_000 }
    case "NANOSECOND": return { $0 % 60_000_000 * 1000 }
    default:
      guard let clock = clock(unit) else { return nil }
      return { clock($0 % day * 1000) }
    }
  }

  // MARK: Truncation

  static func truncate(_ unit: String, _ type: ColumnType) -> Kernel {
    let isCalendar = Calendar.months(unit) != nil || Calendar.days(unit) != nil
    switch type {
    case .date where isCalendar:
      return { operands in .int64(Lanes.map(operands.int64(0), operands.count) { Calendar.start(unit, $0) }) }
    case .timestamp where isCalendar:
      return { operands in
        .int64(
          Lanes.map(operands.int64(0), operands.count) { value in
            Calendar.start(unit, EventTime.split(timestamp: value).day) &* EventTime.microsecondsPerDay
          })
      }
    case .timestamp:
      guard let length = Calendar.nanoseconds(unit).map({ max($0 / 1000, 1) }) else {
        return refused("DATE_TRUNC", unit, type)
      }
      guard let divisor = Divisor(length) else { return { operands in .int64(operands.int64(0).values) } }
      return { operands in
        .int64(
          Lanes.map(operands.int64(0), operands.count) { value in
            let rest = divisor.remainder(value)
            return value &- (rest < 0 ? rest &+ length : rest)
          })
      }
    case .time:
      guard let length = Calendar.nanoseconds(unit) else { return refused("TIME_TRUNC", unit, type) }
      return { operands in .int64(Lanes.map(operands.int64(0), operands.count) { $0 &- $0 % length }) }
    default: return refused("DATE_TRUNC", unit, type)
    }
  }

  /// CEIL(value TO unit): the value itself at a start, else the next start.
  static func ceiling(_ unit: String, _ type: ColumnType) -> Kernel {
    let floor = truncate(unit, type)
    return { operands throws(EvaluationError) in
      guard case .int64(let starts) = try floor(operands) else { preconditionFailure("times are int64") }
      let lane = operands.int64(0)
      return .int64(
        try Lanes.rows(operands, zero: 0) { row throws(EvaluationError) in
          if starts[row] == lane[row] { return lane[row] }
          guard let next = TimeArithmetic.adding(1, unit, to: starts[row], type) else {
            throw TimeArithmetic.outOfRange(type)
          }
          return next
        })
    }
  }
}

import DataModel

/// Dates and times made from numbers, and names of days.
enum TimeFunctions {
  /// Nil for functions of another family.
  static func kernel(_ function: ScalarFunction, _ types: [ColumnType], _ type: ColumnType) -> Kernel? {
    switch function {
    case .makeDate: return { operands throws(EvaluationError) in .int64(try dates(operands)) }
    case .makeTime: return { operands throws(EvaluationError) in .int64(try times(operands)) }
    case .makeTimestamp: return { operands throws(EvaluationError) in .int64(try timestamps(operands)) }
    case .lastDay:
      return { operands in
        .int64(
          Lanes.map(operands.int64(0), operands.count) { value in
            let day = DateTime.split(value, types[0]).day
            let date = EventTime.civil(days: day)
            return day &+ EventTime.monthLength(year: date.year, month: date.month) &- date.day
          })
      }
    case .dayName, .monthName:
      return { operands throws(EvaluationError) in
        let lane = operands.int64(0)
        return try Lanes.strings(operands) { row, bytes in
          let day = DateTime.split(lane[row], types[0]).day
          bytes +=
            function == .dayName
            ? TimePattern.weekdays[Int(Calendar.weekday(day)) % 7]
            : TimePattern.months[Int(Calendar.month(day) - 1) % 12]
        }
      }
    default: return nil
    }
  }

  private static func invalid(_ name: String, _ parts: [Int64]) -> EvaluationError {
    let shown = parts.map { "\($0)" }.joined(separator: ", ")
    return EvaluationError(.invalidArgument, "\(name)(\(shown)) is out of range")
  }

  private static func dates(_ operands: Operands) throws(EvaluationError) -> [Int64] {
    let (years, months, days) = (operands.int64(0), operands.int64(1), operands.int64(2))
    return try Lanes.rows(operands, zero: 0) { row throws(EvaluationError) in
      guard let day = EventTime.days(year: years[row], month: months[row], day: days[row]) else {
        throw invalid("MAKE_DATE", [years[row], months[row], days[row]])
      }
      return day
    }
  }

  /// Hours, minutes, and seconds with a fraction.
  private static func time(_ hour: Int64, _ minute: Int64, _ second: Double) -> Int64? {
    guard (0..<24).contains(hour), (0..<60).contains(minute), second >= 0, second < 60 else { return nil }
    return (hour * 60 + minute) * 60_000_000_000 + Int64((second * 1_000_000_000).rounded())
  }

  private static func times(_ operands: Operands) throws(EvaluationError) -> [Int64] {
    let (hours, minutes, seconds) = (operands.int64(0), operands.int64(1), operands.float64(2))
    return try Lanes.rows(operands, zero: 0) { row throws(EvaluationError) in
      guard let time = time(hours[row], minutes[row], seconds[row]), time < EventTime.nanosecondsPerDay else {
        throw invalid("MAKE_TIME", [hours[row], minutes[row]])
      }
      return time
    }
  }

  private static func timestamps(_ operands: Operands) throws(EvaluationError) -> [Int64] {
    let parts = (0..<5).map(operands.int64)
    let seconds = operands.float64(5)
    return try Lanes.rows(operands, zero: 0) { row throws(EvaluationError) in
      let numbers = parts.map { $0[row] }
      guard let day = EventTime.days(year: numbers[0], month: numbers[1], day: numbers[2]),
        let time = time(numbers[3], numbers[4], seconds[row]),
        let value = EventTime.timestamp(day: day, nanoseconds: time)
      else { throw invalid("MAKE_TIMESTAMP", numbers) }
      return value
    }
  }

  // MARK: Unix time

  /// Units since 1970-01-01 to a DATE or TIMESTAMP.
  static func fromUnix(_ unit: String, _ type: ColumnType) -> Kernel {
    return { operands throws(EvaluationError) in
      let counts = operands.int64(0)
      return .int64(
        try Lanes.rows(operands, zero: 0) { row throws(EvaluationError) in
          guard let value = TimeArithmetic.adding(counts[row], unit, to: 0, type) else {
            throw TimeArithmetic.outOfRange(type)
          }
          return value
        })
    }
  }

  /// Whole units since 1970-01-01, rounded down.
  static func toUnix(_ unit: String, _ type: ColumnType) -> Kernel {
    let size = Calendar.days(unit).map { $0 * EventTime.nanosecondsPerDay } ?? Calendar.nanoseconds(unit) ?? 1
    return { operands in
      .int64(
        Lanes.map(operands.int64(0), operands.count) { value in
          let (day, nanoseconds) = DateTime.split(value, type)
          let total = Int128(day) * Int128(EventTime.nanosecondsPerDay) + Int128(nanoseconds)
          let count = total / Int128(size) - (total % Int128(size) < 0 ? 1 : 0)
          return Int64(clamping: count)
        })
    }
  }
}

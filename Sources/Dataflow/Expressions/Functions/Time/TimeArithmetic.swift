import DataModel

/// Sums and differences of dates, times, timestamps and units.
enum TimeArithmetic {
  static func outOfRange(_ type: ColumnType) -> EvaluationError {
    EvaluationError(.overflow, "the result is out of range of \(type.description)")
  }

  /// Nil outside the range of the type; a TIME wraps around.
  static func adding(_ count: Int64, _ unit: String, to value: Int64, _ type: ColumnType) -> Int64? {
    if let months = Calendar.months(unit) {
      let (total, overflow) = count.multipliedReportingOverflow(by: months)
      return overflow ? nil : adding(months: total, to: value, type)
    }
    let size = Calendar.days(unit).map { $0 * EventTime.nanosecondsPerDay } ?? Calendar.nanoseconds(unit) ?? 1
    return adding(nanoseconds: Int128(count) * Int128(size), to: value, type)
  }

  static func adding(months: Int64, to value: Int64, _ type: ColumnType) -> Int64? {
    switch type {
    case .time: return value
    case .date: return Calendar.adding(months: months, to: value)
    default:
      let parts = DateTime.split(value, type)
      guard let day = Calendar.adding(months: months, to: parts.day) else { return nil }
      return EventTime.timestamp(day: day, nanoseconds: parts.nanoseconds)
    }
  }

  /// A DATE moves by whole days, rounded down.
  static func adding(nanoseconds: Int128, to value: Int64, _ type: ColumnType) -> Int64? {
    let day = Int128(EventTime.nanosecondsPerDay)
    switch type {
    case .time:
      let rest = (Int128(value) + nanoseconds % day) % day
      return Int64(rest < 0 ? rest + day : rest)
    case .date:
      let days = nanoseconds / day - (nanoseconds % day < 0 ? 1 : 0)
      guard let result = Int64(exactly: Int128(value) + days), EventTime.dayBounds.contains(result) else {
        return nil
      }
      return result
    default:
      let micros = nanoseconds / 1000 - (nanoseconds % 1000 < 0 ? 1 : 0)
      guard let result = Int64(exactly: Int128(value) + micros), EventTime.timestampBounds.contains(result)
      else { return nil }
      return result
    }
  }

  /// TIMESTAMPADD(unit, count, value).
  static func addUnits(_ unit: String, _ type: ColumnType) -> Kernel {
    return { operands throws(EvaluationError) in
      let counts = operands.int64(0)
      let values = operands.int64(1)
      return .int64(
        try Lanes.rows(operands, zero: 0) { row throws(EvaluationError) in
          guard let result = adding(counts[row], unit, to: values[row], type) else { throw outOfRange(type) }
          return result
        })
    }
  }

  /// TIMESTAMPDIFF(unit, start, end), both of one type.
  static func unitsBetween(_ unit: String, _ from: ColumnType, _ type: ColumnType) -> Kernel {
    let bounds = type.integerBounds ?? Int64.min...Int64.max
    return { operands throws(EvaluationError) in
      let starts = operands.int64(0)
      let ends = operands.int64(1)
      return .int64(
        try Lanes.rows(operands, zero: 0) { row throws(EvaluationError) in
          let start = DateTime.split(starts[row], from)
          let end = DateTime.split(ends[row], from)
          let result: Int128
          if let months = Calendar.months(unit) {
            result = Int128(Calendar.months(from: start, to: end) / months)
          } else {
            let size = Calendar.days(unit).map { $0 * EventTime.nanosecondsPerDay }
            result = nanoseconds(from: start, to: end) / Int128(size ?? Calendar.nanoseconds(unit) ?? 1)
          }
          guard let small = Int64(exactly: result), bounds.contains(small) else {
            throw EvaluationError(.overflow, "\(result) is out of range of \(type.description)")
          }
          return small
        })
    }
  }

  private static func nanoseconds(
    from start: (day: Int64, nanoseconds: Int64), to end: (day: Int64, nanoseconds: Int64)
  ) -> Int128 {
    (Int128(end.day) - Int128(start.day)) * Int128(EventTime.nanosecondsPerDay)
      + (Int128(end.nanoseconds) - Int128(start.nanoseconds))
  }

  // MARK: Intervals

  /// A date, time or timestamp with an interval.
  static func interval(_ types: [ColumnType], negated: Bool) -> Kernel {
    guard case .interval(let qualifier) = types[1] else { return DateTime.refused("+", "INTERVAL", types[1]) }
    let type = types[0]
    return { operands throws(EvaluationError) in
      let values = operands.int64(0)
      let amounts = operands.int64(1)
      if type == .timestamp, !qualifier.isLong,
        let sums = moved(values, amounts, operands.count, negated: negated)
      {
        return .int64(sums)
      }
      return .int64(
        try Lanes.rows(operands, zero: 0) { row throws(EvaluationError) in
          let amount = negated ? -Int128(amounts[row]) : Int128(amounts[row])
          let result =
            qualifier.isLong
            ? Int64(exactly: amount).flatMap { adding(months: $0, to: values[row], type) }
            : adding(nanoseconds: amount * 1000, to: values[row], type)
          guard let result else { throw outOfRange(type) }
          return result
        })
    }
  }

  /// Timestamps moved by microseconds; nil when some row (perhaps an absent one) leaves the range.
  private static func moved(
    _ values: Lane<Int64>, _ amounts: Lane<Int64>, _ count: Int, negated: Bool
  ) -> [Int64]? {
    let low = EventTime.timestampBounds.lowerBound
    let high = EventTime.timestampBounds.upperBound
    var isOdd = false
    let result = Lanes.map(values, amounts, count) { value, amount in
      let (sum, overflow) =
        negated ? value.subtractingReportingOverflow(amount) : value.addingReportingOverflow(amount)
      isOdd = isOdd || overflow || sum < low || sum > high
      return sum
    }
    return isOdd ? nil : result
  }

  /// The first less the second, in months or microseconds.
  static func difference(_ types: [ColumnType], _ type: ColumnType) -> Kernel {
    guard case .interval(let qualifier) = type else { return DateTime.refused("-", "INTERVAL", type) }
    let from = types[0]
    return { operands in
      .int64(
        Lanes.map(operands.int64(0), operands.int64(1), operands.count) { left, right in
          let end = DateTime.split(left, from)
          let start = DateTime.split(right, from)
          if qualifier.isLong { return Calendar.months(from: start, to: end) }
          return Int64(clamping: nanoseconds(from: start, to: end) / 1000)
        })
    }
  }
}

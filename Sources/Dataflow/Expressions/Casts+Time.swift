import DataModel

/// CAST from dates, times and intervals.
extension Casts {
  static func fromTime(_ from: ColumnType, _ to: ColumnType) -> Kernel {
    switch (from, to) {
    case (.date, .timestamp):
      return { operands throws(EvaluationError) in
        let lane = operands.int64(0)
        return .int64(
          try Lanes.rows(operands, zero: 0) { row throws(EvaluationError) in
            let (value, overflow) = lane[row].multipliedReportingOverflow(by: EventTime.microsecondsPerDay)
            if overflow { throw outOfRange("day \(lane[row])", to) }
            return value
          })
      }
    case (.timestamp, .date):
      return { operands in
        .int64(Lanes.map(operands.int64(0), operands.count) { DateTime.day($0) })
      }
    case (.timestamp, .time):
      return { operands in
        .int64(
          Lanes.map(operands.int64(0), operands.count) { EventTime.split(timestamp: $0).microseconds &* 1000 }
        )
      }
    // Milliseconds since 1970-01-01, rounded down.
    case (.timestamp, .bigint):
      return { operands in
        .int64(
          Lanes.map(operands.int64(0), operands.count) { value in
            value / 1000 - (value % 1000 < 0 ? 1 : 0)
          })
      }
    default: return refused(from, to)
    }
  }

  // MARK: Intervals of one unit are numbers of that unit

  private static func size(_ qualifier: IntervalQualifier) -> Int64 {
    qualifier.units.last.flatMap { IntervalQualifier.size($0) } ?? 1
  }

  static func fromInterval(_ qualifier: IntervalQualifier, _ from: ColumnType, _ to: ColumnType) -> Kernel {
    if case .interval(let other) = to, other.isLong == qualifier.isLong {
      return { operands throws(EvaluationError) in try operands.vectors[0].expanded(operands.count).storage }
    }
    guard to == .bigint else { return refused(from, to) }
    let unit = size(qualifier)
    return { operands in .int64(Lanes.map(operands.int64(0), operands.count) { $0 / unit }) }
  }

  static func toInterval(_ qualifier: IntervalQualifier, _ to: ColumnType) -> Kernel {
    let unit = size(qualifier)
    return { operands throws(EvaluationError) in
      let lane = operands.int64(0)
      return .int64(
        try Lanes.rows(operands, zero: 0) { row throws(EvaluationError) in
          let (value, overflow) = lane[row].multipliedReportingOverflow(by: unit)
          if overflow { throw outOfRange("\(lane[row])", to) }
          return value
        })
    }
  }
}

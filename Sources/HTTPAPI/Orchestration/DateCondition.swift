import PipelineModel
import WireTypes

/// A time that a condition names: a day (`2025-01-31`), a moment (RFC 3339), or how long ago (`6 months`).
struct FilterTime {
  let moment: WallTime
  /// It names a whole day, which begins at `moment`.
  let isDay: Bool

  /// Nil when the text is none of them.
  init?(_ text: String, now: WallTime) {
    if let day = WallTime(rfc3339: text + "T00:00:00") {
      (moment, isDay) = (day, true)
    } else if let moment = WallTime(rfc3339: text) ?? FilterTime.ago(text, now) {
      (self.moment, isDay) = (moment, false)
    } else {
      return nil
    }
  }

  /// The begin of the next day, of a day.
  var dayEnd: WallTime { WallTime(microseconds: moment.microseconds + FilterTime.dayMicroseconds) }

  private static let dayMicroseconds: Int64 = 86_400_000_000
  private static let units: [String: Int64] = [
    "minute": 60_000_000, "hour": 3_600_000_000, "day": dayMicroseconds, "week": 7 * dayMicroseconds,
  ]

  private static func ago(_ text: String, _ now: WallTime) -> WallTime? {
    let parts = text.split(separator: " ")
    guard parts.count == 2, let number = Int64(parts[0]), (0...100_000).contains(number) else { return nil }
    let unit = parts[1].hasSuffix("s") ? String(parts[1].dropLast()) : String(parts[1])
    if let size = units[unit] { return WallTime(microseconds: now.microseconds - number * size) }
    switch unit {
    case "month": return now.earlier(months: number)
    case "year": return now.earlier(months: number * 12)
    default: return nil
    }
  }
}

extension WallTime {
  /// The same day of the month and time of the day; the last day of a shorter month. Nil before the year 1.
  fileprivate func earlier(months: Int64) -> WallTime? {
    let (days, ofDay) = WallTime.floorDivide(microseconds, 86_400_000_000)
    let date = WallTime.civil(days)
    let (year, month) = WallTime.floorDivide(date.year * 12 + date.month - 1 - months, 12)
    guard year >= 1 else { return nil }
    let day = min(date.day, WallTime.days(year, month + 1))
    return WallTime(microseconds: WallTime.dayNumber(year, month + 1, day) * 86_400_000_000 + ofDay)
  }
}

/// A condition of kind `date` as SQL: over a column that holds days or moments.
struct DateCondition {
  let column: String
  let now: WallTime

  /// Nil when there is no such operator.
  func text(_ name: String, _ json: JSONValue) throws(OrchestrationFailure) -> String? {
    switch name {
    case "is", "isNot":
      let time = try time(json["value"] ?? json["values"]?.elements?.first)
      let found =
        time.isDay
        ? "(\(column) >= \(sql(time.moment)) AND \(column) < \(sql(time.dayEnd)))" : "\(column) = \(sql(time.moment))"
      return name == "is" ? found : "(\(column) IS NULL OR NOT (\(found)))"
    case "greaterThan": return "\(column) > \(sql(try time(json["value"]).moment))"
    case "greaterThanOrEqual": return "\(column) >= \(sql(try time(json["value"]).moment))"
    case "lowerThan": return "\(column) < \(sql(try time(json["value"]).moment))"
    case "lowerThanOrEqual": return upTo(try time(json["value"]))
    case "between":
      let first = try time(json["firstValue"])
      return "(\(column) >= \(sql(first.moment)) AND \(upTo(try time(json["lastValue"]))))"
    default: return nil
    }
  }

  /// A day counts whole.
  private func upTo(_ time: FilterTime) -> String {
    time.isDay ? "\(column) < \(sql(time.dayEnd))" : "\(column) <= \(sql(time.moment))"
  }

  private func time(_ value: JSONValue?) throws(OrchestrationFailure) -> FilterTime {
    guard let text = value?.stringValue, let time = FilterTime(text, now: now) else {
      throw .invalid(
        "a value of a condition of kind 'date' must be a day (2025-01-31), a moment (2025-01-31T08:15:30Z) or how long "
          + "ago (6 months)")
    }
    return time
  }

  private func sql(_ time: WallTime) -> String {
    let text = time.rfc3339.dropLast().map { $0 == "T" ? " " : String($0) }.joined()
    return "TIMESTAMP \(QuotedText.literal(text))"
  }
}

/// Units of an INTERVAL type, from the greatest to the smallest.
package enum IntervalQualifier: String, Hashable, Sendable, CaseIterable {
  case year = "YEAR"
  case yearToMonth = "YEAR TO MONTH"
  case month = "MONTH"
  case day = "DAY"
  case dayToHour = "DAY TO HOUR"
  case dayToMinute = "DAY TO MINUTE"
  case dayToSecond = "DAY TO SECOND"
  case hour = "HOUR"
  case hourToMinute = "HOUR TO MINUTE"
  case hourToSecond = "HOUR TO SECOND"
  case minute = "MINUTE"
  case minuteToSecond = "MINUTE TO SECOND"
  case second = "SECOND"

  /// Months, not microseconds.
  package var isLong: Bool { self == .year || self == .yearToMonth || self == .month }

  /// Units in order of size: YEAR, MONTH of a long interval; DAY, HOUR, MINUTE, SECOND of a short one.
  package var units: [String] {
    let all = isLong ? ["YEAR", "MONTH"] : ["DAY", "HOUR", "MINUTE", "SECOND"]
    let words = rawValue.split(separator: " ").map(String.init)
    guard let first = words.first, let last = words.last, let low = all.firstIndex(of: first),
      let high = all.firstIndex(of: last)
    else { return [] }
    return Array(all[low...high])
  }

  /// Months or microseconds of one unit.
  package static func size(_ unit: String) -> Int64? {
    switch unit {
    case "YEAR": 12
    case "MONTH": 1
    case "DAY": 86_400_000_000
    case "HOUR": 3_600_000_000
    case "MINUTE": 60_000_000
    case "SECOND": 1_000_000
    default: nil
    }
  }

  /// The qualifier that covers the units of both; nil when one is long and the other short.
  package func joined(_ other: IntervalQualifier) -> IntervalQualifier? {
    guard isLong == other.isLong else { return nil }
    let all = isLong ? ["YEAR", "MONTH"] : ["DAY", "HOUR", "MINUTE", "SECOND"]
    let held = all.indices.filter { units.contains(all[$0]) || other.units.contains(all[$0]) }
    guard let low = held.first, let high = held.last else { return nil }
    return IntervalQualifier(rawValue: low == high ? all[low] : "\(all[low]) TO \(all[high])")
  }
}

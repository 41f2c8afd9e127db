import DataModel
package import PipelineModel

/// Wall-clock times as text.
package enum Timestamps {
  /// RFC 3339 in UTC with microseconds: `2026-01-31T10:00:00.000000Z`.
  package static func rfc3339(_ time: WallTime) -> String {
    let (days, rest) = time.microseconds.quotientAndRemainder(dividingBy: 86_400_000_000)
    let day = rest < 0 ? days - 1 : days
    let inDay = rest < 0 ? rest + 86_400_000_000 : rest
    let seconds = inDay / 1_000_000
    let date = ValueText.render(.int64(day), as: .date)
    return "\(date)T\(padded(seconds / 3600, 2)):\(padded(seconds / 60 % 60, 2)):\(padded(seconds % 60, 2))"
      + ".\(padded(inDay % 1_000_000, 6))Z"
  }

  private static func padded(_ number: Int64, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }
}

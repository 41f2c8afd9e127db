package import PipelineModel

/// The field `Retry-After`: seconds, or a date as in `Sun, 06 Nov 1994 08:49:37 GMT`.
package enum RetryAfter {
  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  /// Whole seconds from now, not negative; nil for anything else.
  package static func seconds(_ text: String, now: WallTime) -> Int? {
    if let seconds = Int(text) { return max(0, seconds) }
    guard let then = date(text) else { return nil }
    return Int(max(0, then - now.microseconds / 1_000_000))
  }

  /// Seconds since 1970.
  private static func date(_ text: String) -> Int64? {
    let parts = text.split(separator: " ")
    guard parts.count == 6, parts[5] == "GMT", let day = Int64(parts[1]), (1...31).contains(day),
      let month = months.firstIndex(of: String(parts[2])).map({ Int64($0) + 1 }), let year = Int64(parts[3]),
      (1970...9999).contains(year)
    else { return nil }
    let clock = parts[4].split(separator: ":").map { Int64($0) ?? -1 }
    guard clock.count == 3, (0...23).contains(clock[0]), (0...59).contains(clock[1]), (0...60).contains(clock[2])
    else { return nil }
    // Days since 1970, in years that begin with March.
    let shifted = month > 2 ? year : year - 1
    let ofYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    let ofEra = shifted % 400 * 365 + shifted % 400 / 4 - shifted % 400 / 100 + ofYear
    let days = shifted / 400 * 146_097 + ofEra - 719_468
    return days * 86_400 + clock[0] * 3600 + clock[1] * 60 + clock[2]
  }
}

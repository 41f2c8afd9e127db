import DataModel

/// The length of a day-time INTERVAL literal, where the grammar of windows wants one.
enum IntervalLength {
  private static let units: [String: Int64] = [
    "WEEK": 604_800_000_000, "DAY": 86_400_000_000, "HOUR": 3_600_000_000, "MINUTE": 60_000_000,
    "SECOND": 1_000_000, "MILLISECOND": 1000, "MICROSECOND": 1,
  ]

  static func microseconds(_ expression: SyntaxExpression) throws(SQLFault) -> Int64 {
    guard case .interval(let amount, let words) = expression.kind, words.count == 1 else {
      throw .unimplemented("window length that is not an INTERVAL literal of one unit", at: expression.range)
    }
    let text: String
    switch amount.kind {
    case .string(let quoted): text = quoted.filter { $0 != " " }
    case .integer(let digits), .decimal(let digits): text = digits
    default:
      throw .unimplemented("window length that is not an INTERVAL literal of one unit", at: expression.range)
    }
    let word = words[0].hasSuffix("S") ? String(words[0].dropLast()) : words[0]
    guard let unit = units[word] else {
      throw .unimplemented("window length in \(words[0])", at: expression.range)
    }
    guard let length = length(text, unit) else {
      throw .validation(
        "Illegal interval literal format '\(text)' for INTERVAL \(words[0])", at: expression.range)
    }
    return length
  }

  /// The length of a literal of years, quarters or months; nil for every other expression.
  static func months(_ expression: SyntaxExpression) -> Int64? {
    guard case .interval(let amount, let words) = expression.kind, words.count == 1 else { return nil }
    let word = words[0].hasSuffix("S") ? String(words[0].dropLast()) : words[0]
    guard let unit = ["YEAR": 12, "QUARTER": 3, "MONTH": 1][word] as Int64? else { return nil }
    switch amount.kind {
    case .string(let quoted): return length(quoted.filter { $0 != " " }, unit)
    case .integer(let digits): return length(digits, unit)
    default: return nil
    }
  }

  /// Nil for what is no number or does not fit.
  private static func length(_ text: String, _ unit: Int64) -> Int64? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count <= 2, let whole = Int64(parts[0]), whole >= 0 else { return nil }
    let (total, overflow) = whole.multipliedReportingOverflow(by: unit)
    guard !overflow else { return nil }
    guard parts.count == 2 else { return total }
    guard parts[1].utf8.count <= 6, !parts[1].isEmpty, let digits = Int64(parts[1]), digits >= 0 else {
      return nil
    }
    var scale: Int64 = 1
    for _ in parts[1].utf8 { scale *= 10 }
    let (fraction, over) = digits.multipliedReportingOverflow(by: unit)
    guard !over, fraction % scale == 0 else { return nil }
    let (sum, tooLong) = total.addingReportingOverflow(fraction / scale)
    return tooLong ? nil : sum
  }
}

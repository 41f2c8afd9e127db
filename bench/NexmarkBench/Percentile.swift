/// Order statistics of measured times.
enum Percentile {
  /// The least value that at least `part` of the values do not exceed; 0 without values.
  static func of(_ values: [UInt64], part: Double) -> Double {
    guard !values.isEmpty else { return 0 }
    let sorted = values.sorted()
    let rank = Int((part * Double(sorted.count)).rounded(.up))
    return Double(sorted[min(sorted.count, max(1, rank)) - 1])
  }
}

/// How many records a rate allows: one at once, then as time passes; time in which nobody asked counts for a
/// second
/// at most, so that a pause is not followed by a flood.
struct RatePacer {
  private static let idleNanosecondsMax: UInt64 = 100_000_000

  /// Records a second; nil: as many as asked for.
  private let rate: Double?
  private var credit = 1.0
  private var last: UInt64?

  init(rate: Double?) { self.rate = rate }

  /// Records due at `now`, monotonic nanoseconds.
  mutating func due(at now: UInt64) -> Int {
    guard let rate else { return .max }
    if let last, now > last {
      let earned = Double(now - last) * rate / 1e9
      credit = min(credit + earned, max(1, rate))
    }
    last = max(now, last ?? now)
    // A sum of many small parts may end a hair below the whole number.
    return Int(min(credit + 1e-9, 1e15))
  }

  mutating func took(_ records: Int) {
    if rate != nil { credit = max(0, credit - Double(records)) }
  }

  /// Until the next record is due, but no longer than 100 ms.
  var idleNanoseconds: UInt64 {
    guard let rate else { return 0 }
    let wait = max(0, 1 - credit) / rate * 1e9
    guard wait < Double(RatePacer.idleNanosecondsMax) else { return RatePacer.idleNanosecondsMax }
    return max(1, UInt64(wait.rounded(.up)))
  }
}

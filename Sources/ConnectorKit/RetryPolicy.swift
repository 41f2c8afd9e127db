/// How long to wait before the next try: doubles with each failure up to a cap, half of it left to chance.
///
/// Chance keeps many connectors that lost the same peer from coming back at once.
package struct RetryPolicy: Hashable, Sendable {
  /// Longest first delay.
  package let firstNanoseconds: UInt64
  package let capNanoseconds: UInt64
  /// Failures since the last success.
  package private(set) var failures = 0

  package init(firstNanoseconds: UInt64 = 100_000_000, capNanoseconds: UInt64 = 30_000_000_000) {
    precondition(firstNanoseconds > 0 && firstNanoseconds <= capNanoseconds)
    self.firstNanoseconds = firstNanoseconds
    self.capNanoseconds = capNanoseconds
  }

  /// A try failed; answers the nanoseconds until the next. `random` is any 64 random bits.
  package mutating func failed(random: UInt64) -> UInt64 {
    let delay = ceiling
    failures = min(failures + 1, 63)
    let fixed = delay - delay / 2
    return fixed + random.multipliedFullWidth(by: delay / 2 + 1).high
  }

  package mutating func succeeded() { failures = 0 }

  /// The longest delay after the failures so far.
  private var ceiling: UInt64 {
    let (doubled, overflow) = firstNanoseconds.multipliedReportingOverflow(by: 1 << UInt64(failures))
    return overflow ? capNanoseconds : min(doubled, capNanoseconds)
  }
}

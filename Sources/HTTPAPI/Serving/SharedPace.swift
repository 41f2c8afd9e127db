/// Whether a connection brings as many bytes as one body must, all its streams together: each of many uploads over a
/// thin line is slow, and none of them is at fault. Pure; times are nanoseconds of any clock that goes on.
package struct SharedPace {
  private let bytesPerSecond: UInt64
  private var bytes: UInt64
  private var since: UInt64

  /// `bytes`: that the connection has received until now.
  package init(_ limits: PaceLimits, bytes: UInt64, _ now: UInt64) {
    bytesPerSecond = UInt64(clamping: limits.bodyBytesPerSecond)
    self.bytes = bytes
    since = now
  }

  /// Since it was asked last, or began.
  package mutating func isMade(bytes received: UInt64, _ now: UInt64) -> Bool {
    defer { (bytes, since) = (received, now) }
    let (needed, isOver) = (now > since ? now - since : 0).multipliedReportingOverflow(by: bytesPerSecond)
    let brought = received &- bytes
    return brought > 0 && !isOver && brought >= needed / 1_000_000_000
  }
}

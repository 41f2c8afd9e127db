import Glibc
package import PipelineModel

/// The only door to time.
package protocol PipelineClock: Sendable {
  /// Microseconds since 1970; may jump in both directions.
  func wall() -> WallTime
  /// Nanoseconds that never go back; comparable within this process only.
  func monotonic() -> MonotonicTime
}

/// The machine's clocks.
package struct SystemClock: PipelineClock {
  package init() {}

  package func wall() -> WallTime {
    let time = SystemClock.read(CLOCK_REALTIME)
    return WallTime(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
  }

  package func monotonic() -> MonotonicTime {
    MonotonicTime(nanoseconds: SystemClock.nanoseconds(CLOCK_MONOTONIC))
  }

  static func nanoseconds(_ clock: clockid_t) -> UInt64 {
    let time = read(clock)
    return UInt64(clamping: time.tv_sec) * 1_000_000_000 + UInt64(clamping: time.tv_nsec)
  }

  private static func read(_ clock: clockid_t) -> timespec {
    var time = timespec()
    let result = unsafe clock_gettime(clock, &time)  // writes one timespec, ours
    precondition(result == 0, "clock_gettime knows the two clocks that we name")
    return time
  }
}

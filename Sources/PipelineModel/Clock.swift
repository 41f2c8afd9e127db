/// Wall-clock time in microseconds since 1970-01-01 UTC; may go backwards, so never used to order events.
package struct WallTime: Hashable, Comparable, Sendable {
  package let microseconds: Int64
  package init(microseconds: Int64) { self.microseconds = microseconds }
  package static func < (left: WallTime, right: WallTime) -> Bool { left.microseconds < right.microseconds }
}

/// Monotonic time in nanoseconds since an arbitrary start.
package struct MonotonicTime: Hashable, Comparable, Sendable {
  package let nanoseconds: UInt64
  package init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }
  package static func < (left: MonotonicTime, right: MonotonicTime) -> Bool {
    left.nanoseconds < right.nanoseconds
  }
  /// Nanoseconds since `earlier`, 0 when it lies ahead.
  package func since(_ earlier: MonotonicTime) -> UInt64 {
    nanoseconds > earlier.nanoseconds ? nanoseconds - earlier.nanoseconds : 0
  }
}

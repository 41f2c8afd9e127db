import Platform
package import PipelineModel
import Synchronization

/// A clock that moves only when told. Thread-safe.
package final class ManualClock: PipelineClock {
  private struct State {
    var wallMicroseconds: Int64
    var monotonicNanoseconds: UInt64
  }

  private let state: Mutex<State>

  /// Starts at 2024-01-01 unless told otherwise.
  package init(wallMicroseconds: Int64 = 1_704_067_200_000_000, monotonicNanoseconds: UInt64 = 1_000_000_000)
  {
    state = Mutex(State(wallMicroseconds: wallMicroseconds, monotonicNanoseconds: monotonicNanoseconds))
  }

  package func wall() -> WallTime { state.withLock { WallTime(microseconds: $0.wallMicroseconds) } }

  package func monotonic() -> MonotonicTime {
    state.withLock { MonotonicTime(nanoseconds: $0.monotonicNanoseconds) }
  }

  /// Moves both clocks on.
  package func advance(milliseconds: Int64) {
    state.withLock {
      $0.wallMicroseconds += milliseconds * 1000
      $0.monotonicNanoseconds += UInt64(max(0, milliseconds)) * 1_000_000
    }
  }

  /// Makes the wall clock jump; the monotonic one stays.
  package func setWall(microseconds: Int64) { state.withLock { $0.wallMicroseconds = microseconds } }
}

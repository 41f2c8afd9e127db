/// A flag to sleep on: raised by any thread, taken by one waiter. Raises between two waits fold into one.
///
/// `@unchecked Sendable` holds: `raised` is touched only under the monitor.
package final class Signal: @unchecked Sendable {
  private let monitor = Monitor()
  private var raised = false
  /// What the present wait sleeps for at least.
  private var threshold: UInt64 = 0

  package init() {}

  /// Wakes one waiter, or lets the next `wait` return at once. Cheap when already raised.
  package func raise() {
    monitor.locked {
      if raised { return }
      raised = true
      monitor.wakeOne()
    }
  }

  /// `raise` of something that has come so far: a wait for more sleeps on, and need not be told, since it looks for
  /// itself when its time is up.
  package func raise(reaching value: UInt64) {
    monitor.locked {
      if raised || value < threshold { return }
      raised = true
      monitor.wakeOne()
    }
  }

  /// True when raised since the last wait (and lowers it), false after the timeout; nil waits for ever. Raises that
  /// reach less than `least` while it waits do not count.
  ///
  /// Blocks the thread: never on an event loop or the cooperative pool.
  package func wait(timeoutNanoseconds: UInt64?, reaching least: UInt64 = 0) -> Bool {
    monitor.locked {
      threshold = least
      let result = monitor.wait(timeoutNanoseconds: timeoutNanoseconds) { raised }
      (raised, threshold) = (false, 0)
      return result
    }
  }
}

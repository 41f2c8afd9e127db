/// A flag to sleep on: raised by any thread, taken by one waiter. Raises between two waits fold into one.
///
/// `@unchecked Sendable` holds: `raised` is touched only under the monitor.
package final class Signal: @unchecked Sendable {
  private let monitor = Monitor()
  private var raised = false

  package init() {}

  /// Wakes one waiter, or lets the next `wait` return at once. Cheap when already raised.
  package func raise() {
    monitor.locked {
      if raised { return }
      raised = true
      monitor.wakeOne()
    }
  }

  /// True when raised since the last wait (and lowers it), false after the timeout; nil waits for ever.
  ///
  /// Blocks the thread: never on an event loop or the cooperative pool.
  package func wait(timeoutNanoseconds: UInt64?) -> Bool {
    monitor.locked {
      let result = monitor.wait(timeoutNanoseconds: timeoutNanoseconds) { raised }
      raised = false
      return result
    }
  }
}

import Dataflow
package import PipelineModel
package import Platform
import Synchronization

/// How far the computation of changed views is, and the way to give it up. Thread-safe.
package final class BootstrapControl: Sendable {
  let budget: WorkBudget
  private let clock: any PipelineClock
  private let tell: @Sendable (BootstrapProgress, Bool) -> Void

  private struct State {
    var isCancelled = false
    var handlers: [@Sendable () -> Void] = []
    var progress = BootstrapProgress()
    /// When progress was told last, and when as a line.
    var told: MonotonicTime?
    var line: MonotonicTime?
    var isEndTold = false
  }

  private let state = Mutex(State())

  private static let pauseNanoseconds: UInt64 = 200_000_000
  private static let linePauseNanoseconds: UInt64 = 5_000_000_000

  /// `tell` is called on the computing thread, a few times a second; `isLine`: the first, the last and one in a few
  /// seconds.
  package init(
    clock: any PipelineClock, tell: @escaping @Sendable (_ progress: BootstrapProgress, _ isLine: Bool) -> Void
  ) {
    budget = WorkBudget(stepsWith: clock)
    self.clock = clock
    self.tell = tell
  }

  package var progress: BootstrapProgress { state.withLock { $0.progress } }
  package var isCancelled: Bool { state.withLock { $0.isCancelled } }

  package func note(_ progress: BootstrapProgress) {
    let now = clock.monotonic()
    let due: (isDue: Bool, isLine: Bool) = state.withLock { state in
      state.progress = progress
      let isEnd = progress.isDone && !state.isEndTold
      let isLine = isEnd || Self.isOver(Self.linePauseNanoseconds, since: state.line, now)
      guard isLine || Self.isOver(Self.pauseNanoseconds, since: state.told, now) else { return (false, false) }
      state.told = now
      if isLine { state.line = now }
      state.isEndTold = progress.isDone
      return (true, isLine)
    }
    if due.isDue { tell(progress, due.isLine) }
  }

  private static func isOver(_ pause: UInt64, since last: MonotonicTime?, _ now: MonotonicTime) -> Bool {
    guard let last else { return true }
    return now.nanoseconds >= last.nanoseconds &+ pause
  }

  /// The computation ends at its next piece, and nothing of it stays.
  package func cancel() {
    budget.cancel()
    let handlers = state.withLock { state in
      state.isCancelled = true
      let handlers = state.handlers
      state.handlers = []
      return handlers
    }
    for handler in handlers { handler() }
  }

  /// Called once when it is cancelled, at once when it was.
  package func whenCancelled(_ handler: @escaping @Sendable () -> Void) {
    let isLate = state.withLock { state in
      if !state.isCancelled { state.handlers.append(handler) }
      return state.isCancelled
    }
    if isLate { handler() }
  }
}

package import PipelineModel
package import Platform
package import StorageAPI
import Synchronization

/// What is complete, and who waits for it. Shared by the step thread, the outputs and every request; a lock
/// around the
/// pure state, never held while someone else's code runs.
package final class CompletionLedger: Sendable {
  private typealias Continuation = CheckedContinuation<Void, Never>

  private struct State {
    var ledger: LedgerState
    var waiters = CompletionWaiters<Continuation>(countMax: Limits.parkedWaitsMax)
    var rate: ProcessingRate
    var closed = false
  }

  private let rows: LedgerRows
  private let clock: any PipelineClock
  private let state: Mutex<State>
  private let alarm = Signal()
  private let timer = Mutex<DedicatedThread?>(nil)

  /// A ledger of a life that begins after `steps` steps.
  package init(
    store: any OrderedStore, clock: any PipelineClock, steps: StepCount, processedEnd: Offset
  ) {
    rows = LedgerRows(store: store)
    self.clock = clock
    state = Mutex(
      State(
        ledger: LedgerState(steps: steps, processedEnd: processedEnd), rate: ProcessingRate(clock.monotonic())
      ))
  }

  // MARK: Facts

  package func initiated(_ step: StepIndex) { state.withLock { $0.ledger.initiated(step) } }

  package func processed(_ step: StepIndex, range: OffsetRange) {
    let now = clock.monotonic()
    change { state in
      state.rate.add(range.count, at: now)
      state.ledger.processed(step, range: range)
    }
  }

  package func output(_ name: String, deliveredThrough steps: StepCount) {
    change { $0.ledger.delivered(name, through: steps) }
  }

  /// An output that stands at `steps`, perhaps behind from a former life. Blocks when it lags.
  package func restoreOutput(_ name: String, at steps: StepCount) throws(StorageError) {
    let behind = state.withLock { steps < $0.ledger.totals.completedSteps }
    let end = behind ? try rows.end(of: steps) : nil
    state.withLock { state in
      state.ledger.restoreOutput(
        name, delivered: steps, completedEnd: end ?? state.ledger.totals.completedEnd)
    }
  }

  package func addOutput(_ name: String, at steps: StepCount) {
    state.withLock { $0.ledger.add(name, at: steps) }
  }
  package func removeOutput(_ name: String) { change { $0.ledger.remove(name) } }

  private func change(_ body: (inout State) -> Void) {
    let released = state.withLock { state in
      body(&state)
      let totals = state.ledger.totals
      return state.waiters.complete(end: totals.completedEnd, steps: totals.completedSteps)
    }
    for waiter in released { waiter.continuation.resume() }
  }

  // MARK: Readings

  package var totals: LedgerTotals { state.withLock { $0.ledger.totals } }
  package var recordsPerSecond: Double { state.withLock { $0.rate.recordsPerSecond } }
  package func blockers() -> [(name: String, lagSteps: UInt64)] { state.withLock { $0.ledger.blockers() } }

  /// From memory; nil when the step lies so far back that the store must be asked (`storedStatus`).
  package func status(of range: OffsetRange, stepsAtIssue: StepCount) -> LedgerStatus? {
    state.withLock { $0.ledger.status(of: range, stepsAtIssue: stepsAtIssue) }
  }

  /// As `status`, also for old steps. May block on the disk.
  package func storedStatus(of range: OffsetRange, stepsAtIssue: StepCount) throws(StorageError)
    -> LedgerStatus
  {
    if let known = status(of: range, stepsAtIssue: stepsAtIssue) { return known }
    let step = try rows.step(of: range.end)?.completedCount
    return state.withLock { state in
      let isComplete = state.ledger.isComplete(range, stepsAtIssue: stepsAtIssue)
      return isComplete
        ? .complete(step: step ?? state.ledger.totals.completedSteps) : .inProgress(step: step)
    }
  }

  // MARK: Waiting

  /// Returns when the range is complete, at the deadline, when the task is cancelled or the ledger closes; at
  /// once when
  /// `Limits.parkedWaitsMax` wait already. Ask for the status afterwards.
  package func whenComplete(_ range: OffsetRange, stepsAtIssue: StepCount, deadline: MonotonicTime) async {
    guard let id = state.withLock({ $0.waiters.register() }) else { return }
    await withTaskCancellationHandler {
      await withCheckedContinuation { (continuation: Continuation) in
        let parked = state.withLock { state in
          guard !state.ledger.isComplete(range, stepsAtIssue: stepsAtIssue), clock.monotonic() < deadline
          else {
            state.waiters.withdraw(id)
            return false
          }
          return state.waiters.park(
            id,
            CompletionWaiters<Continuation>.Waiter(
              range: range, stepsAtIssue: stepsAtIssue, deadline: deadline, continuation: continuation))
        }
        if parked { startTimer() } else { continuation.resume() }
      }
    } onCancel: {
      state.withLock { $0.waiters.cancel(id) }?.continuation.resume()
    }
  }

  /// Lets those go whose time is up. Called by the timer thread.
  package func expire() {
    let now = clock.monotonic()
    let released = state.withLock { $0.waiters.expired(at: now) }
    for waiter in released { waiter.continuation.resume() }
  }

  /// The thread that watches deadlines, made when the first request waits.
  private func startTimer() {
    timer.withLock { timer in
      if timer == nil { timer = DedicatedThread(name: "waits") { [self] in watchDeadlines() } }
    }
    alarm.raise()
  }

  private func watchDeadlines() {
    while true {
      let (closed, next) = state.withLock { ($0.closed, $0.waiters.nearestDeadline) }
      if closed { return }
      let now = clock.monotonic()
      _ = alarm.wait(timeoutNanoseconds: next.map { max($0.since(now), 1_000_000) })
      expire()
    }
  }

  /// Lets everyone go and ends the timer; blocks until it has ended. Idempotent.
  package func close() {
    let released = state.withLock { state in
      state.closed = true
      return state.waiters.close()
    }
    for waiter in released { waiter.continuation.resume() }
    alarm.raise()
    timer.withLock { $0 }?.join()
  }
}

/// How many records a second go through the steps, smoothed over about a second.
struct ProcessingRate {
  private(set) var recordsPerSecond = 0.0
  private var since: MonotonicTime
  private var records: UInt64 = 0
  private static let windowNanoseconds: UInt64 = 100_000_000

  init(_ now: MonotonicTime) { since = now }

  mutating func add(_ count: UInt64, at now: MonotonicTime) {
    records &+= count
    let elapsed = now.since(since)
    guard elapsed >= ProcessingRate.windowNanoseconds else { return }
    let current = Double(records) / (Double(elapsed) / 1e9)
    let weight = min(1, Double(elapsed) / 1e9)
    recordsPerSecond += (current - recordsPerSecond) * weight
    (since, records) = (now, 0)
  }
}

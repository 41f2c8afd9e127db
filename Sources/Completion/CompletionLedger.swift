package import PipelineModel
package import Platform
package import StorageAPI
import Synchronization

/// What is complete, and who waits for it. Shared by the step thread, the outputs and every request; a lock
/// around the
/// pure state, never held while someone else's code runs.
package final class CompletionLedger: Sendable {
  private typealias Waiters = CompletionWaiters<@Sendable () -> Void>

  private struct State {
    var ledger: LedgerState
    var waiters = Waiters(countMax: Limits.parkedWaitsMax)
    var times: LedgerTimes
    var rate: ProcessingRate
    var closed = false
  }

  private let rows: LedgerRows
  private let clock: any PipelineClock
  private let state: Mutex<State>
  /// Old steps that were asked for lately.
  private let read = Mutex(StepRowCache(countMax: Limits.stepRunsCachedMax))
  private let alarm = Signal()
  private let timer = Mutex<DedicatedThread?>(nil)
  private let hasTimer: Bool

  /// A ledger of a life that begins after `steps` steps, with a log up to `durableEnd`. Without a timer of its own it
  /// lets those go whose time is up when its owner calls `expire`.
  package init(
    store: any OrderedStore, clock: any PipelineClock, steps: StepCount, processedEnd: Offset,
    durableEnd: Offset? = nil, hasTimer: Bool = true
  ) {
    self.hasTimer = hasTimer
    rows = LedgerRows(store: store)
    self.clock = clock
    state = Mutex(
      State(
        ledger: LedgerState(steps: steps, processedEnd: processedEnd),
        times: LedgerTimes(durableEnd: durableEnd ?? processedEnd), rate: ProcessingRate(clock.monotonic())))
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
    let now = clock.wall()
    change { state in
      state.ledger.delivered(name, through: steps)
      state.times.delivered(name, through: steps, at: now)
    }
  }

  /// Every record below `end` is on the disk.
  package func durable(_ end: Offset) {
    let now = clock.wall()
    state.withLock { $0.times.durable(end, at: now) }
  }

  /// An output that stands at `steps`, perhaps behind from a former life. Blocks when it lags.
  package func restoreOutput(_ name: String, at steps: StepCount) throws(StorageError) {
    let behind = state.withLock { steps < $0.ledger.totals.completedSteps }
    let end = behind ? try rows.end(of: steps) : nil
    state.withLock { state in
      state.ledger.restoreOutput(
        name, delivered: steps, completedEnd: end ?? state.ledger.totals.completedEnd)
      state.times.begin(name, at: steps)
    }
  }

  package func addOutput(_ name: String, at steps: StepCount) {
    state.withLock { state in
      state.ledger.add(name, at: steps)
      state.times.begin(name, at: steps)
    }
  }
  package func removeOutput(_ name: String) {
    change { state in
      state.ledger.remove(name)
      state.times.forget(name)
    }
  }

  private func change(_ body: (inout State) -> Void) {
    let released = state.withLock { state in
      body(&state)
      let ledger = state.ledger
      return state.waiters.complete { ledger.position(at: $0) }
    }
    for waiter in released { waiter.continuation() }
  }

  // MARK: Readings

  package var totals: LedgerTotals { state.withLock { $0.ledger.totals } }
  package var recordsPerSecond: Double { state.withLock { $0.rate.recordsPerSecond } }
  /// Nil for an output that is not there.
  package func position(at gate: LedgerGate) -> GatePosition? { state.withLock { $0.ledger.position(at: gate) } }
  package func isMet(_ condition: WaitCondition) -> Bool {
    position(at: condition.gate)?.meets(condition) ?? false
  }
  /// When the record before `end` became durable; nil when that is forgotten or lies before this life.
  package func durableTime(of end: Offset) -> WallTime? { state.withLock { $0.times.durableTime(of: end) } }
  /// When an output was through with so many steps; nil when that is forgotten or not yet so.
  package func deliveryTime(_ name: String, of steps: StepCount) -> WallTime? {
    state.withLock { $0.times.deliveryTime(name, of: steps) }
  }
  /// The steps that hold a range, at most `limit` of them, in order. Blocks.
  package func steps(of range: OffsetRange, limit: Int) throws(StorageError) -> [LedgerStep] {
    try rows.steps(of: range, limit: limit)
  }
  package var parkedWaits: Int { state.withLock { $0.waiters.count } }
  package func blockers() -> [(name: String, lagSteps: UInt64)] { state.withLock { $0.ledger.blockers() } }

  /// From memory; nil when the step lies so far back that the store must be asked (`storedStatus`).
  package func status(of range: OffsetRange, stepsAtIssue: StepCount) -> LedgerStatus? {
    if let known = state.withLock({ $0.ledger.status(of: range, stepsAtIssue: stepsAtIssue) }) { return known }
    return read.withLock { $0.step(of: range.end) }.map { status(of: range, in: $0.completedCount) }
  }

  /// As `status`, also for old steps. May block on the disk.
  package func storedStatus(of range: OffsetRange, stepsAtIssue: StepCount) throws(StorageError)
    -> LedgerStatus
  {
    if let known = status(of: range, stepsAtIssue: stepsAtIssue) { return known }
    let processedEnd = totals.processedEnd
    let run = try rows.run(from: range.end, to: processedEnd)
    if let last = run.ends.last, last <= processedEnd { read.withLock { $0.insert(run) } }
    return status(of: range, in: run.steps.first?.completedCount)
  }

  /// Of a range with records, all of them through the circuit; `step` nil when no row tells of it.
  private func status(of range: OffsetRange, in step: StepCount?) -> LedgerStatus {
    state.withLock { state in
      let isComplete = state.ledger.isComplete(range, stepsAtIssue: .zero)
      return isComplete
        ? .complete(step: step ?? state.ledger.totals.completedSteps) : .inProgress(step: step)
    }
  }

  // MARK: Waiting

  /// Returns when the range is complete, at the deadline, when the task is cancelled or the ledger closes; at
  /// once when `Limits.parkedWaitsMax` wait already. Ask for the status afterwards.
  package func whenComplete(_ range: OffsetRange, stepsAtIssue: StepCount, deadline: MonotonicTime) async {
    await whenAny([WaitCondition(.complete, range, stepsAtIssue: stepsAtIssue)], deadline: deadline)
  }

  /// The same for the first of several conditions. Whether one of them is met.
  @discardableResult
  package func whenAny(_ conditions: [WaitCondition], deadline: MonotonicTime) async -> Bool {
    if let id = state.withLock({ $0.waiters.register() }) {
      await withTaskCancellationHandler {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
          if !park(id, conditions, deadline, { continuation.resume() }) { continuation.resume() }
        }
      } onCancel: {
        state.withLock { $0.waiters.cancel(id) }?.continuation()
      }
    }
    return conditions.contains { isMet($0) }
  }

  /// The same without a task: `action` runs once, on the thread that met a condition or watches the clock. Nil,
  /// and `action` never runs, when there is nothing to wait for or no room; else the id to give up with.
  package func park(
    _ conditions: [WaitCondition], deadline: MonotonicTime, _ action: @escaping @Sendable () -> Void
  ) -> UInt64? {
    guard let id = state.withLock({ $0.waiters.register() }), park(id, conditions, deadline, action) else {
      return nil
    }
    return id
  }

  /// The parked `action` will not run any more, unless it runs already.
  package func giveUp(_ id: UInt64) { _ = state.withLock { $0.waiters.cancel(id) } }

  private func park(
    _ id: UInt64, _ conditions: [WaitCondition], _ deadline: MonotonicTime,
    _ action: @escaping @Sendable () -> Void
  ) -> Bool {
    let now = clock.monotonic()
    let (isParked, isFirst) = state.withLock { state in
      let isMet = conditions.contains { state.ledger.position(at: $0.gate)?.meets($0) ?? true }
      guard !isMet, now < deadline else {
        state.waiters.withdraw(id)
        return (false, false)
      }
      let nearest = state.waiters.nearestDeadline
      let isParked = state.waiters.park(
        id, Waiters.Waiter(conditions: conditions, deadline: deadline, continuation: action))
      return (isParked, nearest.map { deadline < $0 } ?? true)
    }
    if isParked, isFirst { startTimer() }
    return isParked
  }

  /// Lets those go whose time is up. Called by the timer thread.
  package func expire() {
    let now = clock.monotonic()
    let released = state.withLock { $0.waiters.expired(at: now) }
    for waiter in released { waiter.continuation() }
  }

  /// The thread that watches deadlines, made when the first request waits.
  private func startTimer() {
    guard hasTimer else { return }
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
    for waiter in released { waiter.continuation() }
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

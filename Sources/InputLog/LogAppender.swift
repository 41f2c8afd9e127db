package import PipelineModel
package import Platform
package import StorageAPI
import Synchronization

/// Makes records durable: everything that waits is written as one group with one sync. The one writer of a
/// log.
///
/// A class because callers share its queue. Its thread "log-commit" lives from `init` to `close`. After a
/// failed write every waiter and every later call fails with `storage`: reopen the store, recover, and make a
/// new appender.
package final class LogAppender: Sendable {
  package typealias Completion = @Sendable (Result<OffsetRange, LogError>) -> Void

  struct Ticket: Sendable {
    let extra: LogExtra?
    /// What came with its columns, which `RecentBlocks` counts; the payloads are packed beside it.
    var decoded: [LogBlock] = []
    var isAsync = false
    let completion: Completion
  }

  let store: any OrderedStore
  /// What the next step need not read.
  package let recent = RecentBlocks()
  let stages: Mutex<LogStages>
  /// Writes of staged parts, so that they do not delay groups; one thread keeps a stage's parts in order.
  let stagePool: BlockingPool
  private let machine: Mutex<LogAppenderMachine<Ticket>>
  private let durable: Atomic<UInt64>
  private let watermark: WatermarkFile
  private let wakeup = Signal()
  private let thread = Mutex<DedicatedThread?>(nil)
  private let clock: any PipelineClock
  private let lastSync: Mutex<MonotonicTime>
  private let gathering: Mutex<GroupGathering>
  private let approaching = Atomic(0)
  private let arrived = Atomic(0)
  /// While the commit thread waits for more requests.
  private let isGathering = Atomic(false)
  /// When the first group was written that is not durable.
  private let unsyncedSince = Mutex<MonotonicTime?>(nil)
  private let onDurable: @Sendable (Offset) -> Void
  private let onFailure: @Sendable (LogError) -> Void
  private let hasFailed = Atomic(false)

  /// `onDurable` is called on the commit thread with each new durable end, after the waiters; `onFailure`
  /// once, on any thread, when the log can be written no more. Without a thread of its own it works when its owner
  /// calls `turn`.
  package init(
    _ recovered: RecoveredLog, store: any OrderedStore, clock: any PipelineClock, hasThread: Bool = true,
    onDurable: @escaping @Sendable (Offset) -> Void,
    onFailure: @escaping @Sendable (LogError) -> Void = { _ in }
  ) {
    self.clock = clock
    self.onDurable = onDurable
    self.onFailure = onFailure
    gathering = Mutex(GroupGathering())
    stagePool = hasThread ? BlockingPool(name: "log-stage", threads: 1) : BlockingPool()
    lastSync = Mutex(clock.monotonic())
    self.store = store
    watermark = recovered.watermark
    machine = Mutex(LogAppenderMachine(durableEnd: recovered.durableEnd))
    durable = Atomic(recovered.durableEnd.rawValue)
    stages = Mutex(LogStages(next: recovered.nextStage))
    if hasThread { thread.withLock { $0 = DedicatedThread(name: "log-commit") { self.run() } } }
  }

  /// Every record below is on the disk. Any thread, never blocks.
  package var durableEnd: Offset { Offset(durable.load(ordering: .acquiring)) }

  /// Never blocks on the disk; packs and compresses on the caller's thread. `completion` is called exactly
  /// once: on the commit thread when the records are durable (written, for an asynchronous request), or at once when
  /// refused or when there is nothing to write.
  ///
  /// Without records the range is empty and lies behind every earlier append. Completions come in offset
  /// order.
  package func append(_ request: AppendRequest, completion: @escaping Completion) {
    let packed: PackedBlocks
    do { packed = try PackedBlocks(request.blocks) } catch { return completion(.failure(error)) }
    let decoded = request.blocks.contains { $0.decoded != nil } ? request.blocks.map(\.withoutPayload) : []
    let ticket = Ticket(
      extra: request.extra, decoded: decoded, isAsync: request.isAsync, completion: completion)
    enqueue(.blocks(packed), ticket)
  }

  package func append(_ request: AppendRequest) async -> Result<OffsetRange, LogError> {
    await withCheckedContinuation { continuation in
      append(request) { continuation.resume(returning: $0) }
    }
  }

  /// A request that is being read and will append soon, until it is released: a group may wait for it, see
  /// `GroupGathering`.
  package func approach() -> LogApproach { LogApproach(self) }

  func approaches() { approaching.wrappingAdd(1, ordering: .relaxed) }

  /// It waits for the log now, or will not come.
  func arrives() {
    arrived.wrappingAdd(1, ordering: .relaxed)
    approaching.wrappingSubtract(1, ordering: .sequentiallyConsistent)
    wakeIfGathered()
  }

  /// The last who was waited for need not wait for the others' time.
  private func wakeIfGathered() {
    guard isGathering.load(ordering: .sequentiallyConsistent) else { return }
    if gatheringSituation.isGathered { wakeup.raise() }
  }

  /// Makes the watermark file durable; checkpoints call it. Blocks. A failure fails the log.
  package func syncWatermark() {
    do { try watermark.sync() } catch { fail(error) }
  }

  /// Writes what waits, refuses what comes later, and ends the threads; blocks until then. Idempotent.
  package func close() {
    machine.withLock { $0.close() }
    wakeup.raise()
    thread.withLock { $0 }?.join()
    stages.withLock { $0.close() }
    stagePool.shutdown()
    thread.withLock { $0 = nil }
  }

  func enqueue(_ content: LogAppenderMachine<Ticket>.Content, _ ticket: Ticket) {
    switch machine.withLock({ $0.append(content, writes: ticket.extra != nil, ticket: ticket) }) {
    case .queued(let wake): if wake { wakeup.raise() } else { wakeIfGathered() }
    case .complete(let range): ticket.completion(.success(range))
    case .refuse(let error): ticket.completion(.failure(error))
    }
  }

  /// The store is of no more use.
  func fail(_ error: LogError) {
    for ticket in machine.withLock({ $0.failed(error) }) { ticket.completion(.failure(error)) }
    wakeup.raise()
    tellFailure(error)
  }

  private func tellFailure(_ error: LogError) {
    if !hasFailed.exchange(true, ordering: .relaxed) { onFailure(error) }
  }

  // MARK: Commit thread

  private func run() {
    while true {
      switch turn() {
      case .again: break
      case .wait(let nanoseconds): _ = wakeup.wait(timeoutNanoseconds: nanoseconds)
      case .ended: return
      }
    }
  }

  /// Writes the next group, if any. One call at a time.
  package func turn() -> LoopTurn {
    if let nanoseconds = gather() { return .wait(nanoseconds: nanoseconds) }
    let next = machine.withLock { $0.next() }
    switch next {
    case .commit(let entries): commit(entries)
    case .wait: break
    case .stop:
      if !hasFailed.load(ordering: .relaxed) { syncWritten() }
      try? watermark.sync()  // only loss detection is weaker without it
      return .ended
    }
    let now = clock.monotonic()
    if let due = syncDue(), now >= due { syncWritten() }
    syncWatermarkWhenDue()
    guard case .wait = next else { return .again }
    if let due = syncDue() { return .wait(nanoseconds: max(1, due.since(now))) }
    return .wait(nanoseconds: watermark.isDirty ? Limits.watermarkSyncNanoseconds : nil)
  }

  /// How long the group that waits shall gather more requests; nil when it is to be written now.
  private func gather() -> UInt64? {
    // First: whoever arrives after the look at the situation sees it, and wakes.
    isGathering.store(true, ordering: .sequentiallyConsistent)
    let situation = gatheringSituation
    let nanoseconds = gathering.withLock { $0.decide(situation) }
    if nanoseconds == nil { isGathering.store(false, ordering: .releasing) }
    return nanoseconds
  }

  private var gatheringSituation: GroupGathering.Situation {
    GroupGathering.Situation(
      waiting: machine.withLock { $0.pendingCount(withAny: { !$0.isAsync }) },
      approaching: approaching.load(ordering: .sequentiallyConsistent),
      arrived: arrived.load(ordering: .relaxed), now: clock.monotonic())
  }

  /// When what was written must become durable.
  private func syncDue() -> MonotonicTime? {
    unsyncedSince.withLock { $0 }.map {
      MonotonicTime(nanoseconds: $0.nanoseconds &+ Limits.asyncSyncNanoseconds)
    }
  }

  /// Makes durable what was written for requests that did not wait for it.
  private func syncWritten() {
    let since = unsyncedSince.withLock { since in
      defer { since = nil }
      return since
    }
    guard since != nil else { return }
    do { try store.sync() } catch { return fail(LogError(storage: error)) }
    let end = machine.withLock { machine in
      machine.synced()
      return machine.durableEnd
    }
    if let failure = reached(end) { fail(failure) }
  }

  /// Tells everyone of a new durable end. The failure of the watermark file, if it cannot be written.
  private func reached(_ end: Offset, _ answer: () -> Void = {}) -> LogError? {
    let advanced = end > durableEnd
    durable.store(end.rawValue, ordering: .releasing)
    var failure: LogError?
    if advanced {
      do { try watermark.write(end) } catch { failure = error }
    }
    answer()
    if advanced { onDurable(end) }
    return failure
  }

  private func syncWatermarkWhenDue() {
    let now = clock.monotonic()
    let isDue = lastSync.withLock { last in
      guard now.since(last) >= Limits.watermarkSyncNanoseconds else { return false }
      last = now
      return true
    }
    if isDue { syncWatermark() }
  }

  private func commit(_ entries: [LogAppenderMachine<Ticket>.Entry]) {
    let batch = LogAppender.batch(for: entries)
    let isSynced = !entries.allSatisfy { $0.ticket.isAsync }
    do { try write(batch, isSynced) } catch {
      let failure = LogError(storage: error)
      for ticket in machine.withLock({ $0.commitFailed(failure) }) { ticket.completion(.failure(failure)) }
      return tellFailure(failure)
    }
    // Before a step can know of them.
    for entry in entries where !entry.ticket.decoded.isEmpty { recent.add(entry.ticket.decoded, at: entry.range) }
    let end = machine.withLock { machine in
      if isSynced { machine.committed() } else { machine.written() }
      return machine.durableEnd
    }
    let failure = reached(end) { for entry in entries { entry.ticket.completion(.success(entry.range)) } }
    if let failure { fail(failure) }
  }

  private func write(_ batch: WriteBatch, _ isSynced: Bool) throws(StorageError) {
    if isSynced {
      if !batch.isEmpty {
        try store.write(batch, .synced)
      } else if unsyncedSince.withLock({ $0 }) != nil {
        try store.sync()
      }
      unsyncedSince.withLock { $0 = nil }
    } else if !batch.isEmpty {
      try store.write(batch, .buffered)
      let now = clock.monotonic()
      unsyncedSince.withLock { $0 = $0 ?? now }
    }
  }

  /// One write: neighbouring blocks joined into one group, references of published stages, and the callers'
  /// rows.
  private static func batch(for entries: [LogAppenderMachine<Ticket>.Entry]) -> WriteBatch {
    var batch = WriteBatch()
    var run: [PackedBlocks] = []
    run.reserveCapacity(entries.count)
    var runFirst = entries.first?.range.first ?? .zero
    func endRun(_ next: Offset) {
      if !run.isEmpty {
        let group = LogGroup.encode(.blocks, first: runFirst, run)
        batch.put(.log, KeySpace.bigEndian(runFirst.rawValue), group)
        run.removeAll(keepingCapacity: true)
      }
      runFirst = next
    }
    for entry in entries {
      switch entry.content {
      case .blocks(let packed): if packed.recordCount > 0 { run.append(packed) }
      case .parts(let stage, let parts):
        endRun(entry.range.end)
        LogStages.putReferences(stage, parts, entry.range, in: &batch)
      }
      if let extra = entry.ticket.extra { batch.mutations += extra(entry.range).mutations }
    }
    endRun(runFirst)
    return batch
  }
}

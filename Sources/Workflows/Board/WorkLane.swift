import Platform
import Synchronization

/// Writes records in the order they come, many waiting ones as one append. Thread-safe.
///
/// A lane that gives up tells its callers of a failed append; one that does not tries it again until it is closed,
/// since what it writes is decided. An append of which nobody knows whether it is in the log is tried again by both:
/// then the log has it, once, and whoever waits is told so. Meanwhile a lane that gives up takes nothing else, and
/// tells who has waited for too long that it is in doubt; `written` runs nevertheless when the log has it.
///
/// There is no task or thread of its own: an append is begun by who brings its first
/// record, the next one by the end of the one before; only a failed or a large one costs a task.
final class WorkLane: Sendable {
  typealias Written = @Sendable (_ token: String, _ records: [WorkRecord]) -> Void
  typealias Done = @Sendable (Result<String, WorkError>) -> Void

  private struct Entry {
    let records: [WorkRecord]
    let written: Written
    let done: Done
  }

  private struct State {
    var waiting: [Entry] = []
    var waitingBytes = 0
    var isWriting = false
    var isClosed = false
    /// What is being written may be in the log already, and the lane gives up.
    var isInDoubt = false
    /// Who waits for what is in doubt.
    var doubtful: [Entry] = []
    /// Whoever waits for the end of what is being written.
    var leaving: [CheckedContinuation<Void, Never>] = []

    mutating func takeWaiting() -> [Entry] {
      defer { (waiting, waitingBytes) = ([], 0) }
      return waiting
    }
  }

  private static let recordsMax = 10_000
  private static let bytesMax = 8 << 20
  /// Of creations that wait behind one that is being written.
  private static let waitingBytesMax = 64 << 20
  /// More are not encoded on the thread that brings them, or that ends the append before.
  private static let recordsAtOnceMax = 32
  private static let bytesAtOnceMax = 32 << 10

  private let store: any WorkStore
  private let givesUp: Bool
  private let doubtSeconds: Double
  private let state = Mutex(State())
  /// Held from a decision to its place in the line.
  private let order = Mutex(())

  /// `doubtSeconds`: who has waited for an append in doubt for so long is told that it is, if the lane gives up.
  init(store: any WorkStore, givesUp: Bool, doubtSeconds: Double) {
    self.store = store
    self.givesUp = givesUp
    self.doubtSeconds = doubtSeconds
  }

  /// `written` runs before the return, in the order of the records. The token of the append.
  func write(_ records: [WorkRecord], _ written: @escaping Written) async throws(WorkError) -> String {
    try await write(deciding: { records }, written)
  }

  /// The same without a wait: `done` is called once, after `written` or with `inDoubt` before, on a thread that neither
  /// may hold up.
  func write(_ records: [WorkRecord], _ written: @escaping Written, _ done: @escaping Done) {
    write(deciding: { records }, written, done)
  }

  /// The same for records that are decided at this moment: of two decisions the first is written first. When there
  /// are none it waits for what was decided before, when `decide` answers nil not even for that; an empty token then.
  func write(
    deciding decide: () -> [WorkRecord]?, _ written: @escaping Written
  ) async throws(WorkError) -> String {
    let result = await withCheckedContinuation { (waiter: CheckedContinuation<Result<String, WorkError>, Never>) in
      write(deciding: decide, written) { waiter.resume(returning: $0) }
    }
    return try result.get()
  }

  private func write(deciding decide: () -> [WorkRecord]?, _ written: @escaping Written, _ done: @escaping Done) {
    let queued = order.withLock { _ -> Queued in
      guard let records = decide() else { return .needless }
      return queue(Entry(records: records, written: written, done: done))
    }
    switch queued {
    case .needless: done(.success(""))
    case .refused(let error): done(.failure(error))
    case .waits(let begins): if begins { drain() }
    }
  }

  private enum Queued {
    case needless
    case refused(WorkError)
    case waits(begins: Bool)
  }

  private func queue(_ entry: Entry) -> Queued {
    state.withLock { state in
      if state.isClosed { return .refused(WorkLane.ended) }
      if state.isInDoubt { return .refused(WorkLane.unsure) }
      let bytes = WorkLane.bytes(entry.records)
      // What is decided must be taken; what is to be made need not.
      if givesUp, !state.waiting.isEmpty, state.waitingBytes + bytes > WorkLane.waitingBytesMax {
        return .refused(WorkLane.tooMuch)
      }
      state.waiting.append(entry)
      state.waitingBytes += bytes
      defer { state.isWriting = true }
      return .waits(begins: !state.isWriting)
    }
  }

  func close() {
    let waiting = state.withLock { state in
      state.isClosed = true
      return state.takeWaiting()
    }
    for entry in waiting { entry.done(.failure(WorkLane.ended)) }
  }

  /// An append is in doubt, and nobody waits for it any longer.
  var isUnsure: Bool { state.withLock { $0.isInDoubt && $0.doubtful.isEmpty } }

  /// Returns when nothing is being written any more. After `close`.
  func settled() async {
    await withCheckedContinuation { (waiter: CheckedContinuation<Void, Never>) in
      let isWriting = state.withLock { state in
        if state.isWriting { state.leaving.append(waiter) }
        return state.isWriting
      }
      if !isWriting { waiter.resume() }
    }
  }

  private static var ended: WorkError { WorkError(.unavailable, "the work's pipeline or the server stops") }

  static var unsure: WorkError {
    WorkError(.unavailable, "the log could not be written and is being opened again")
  }

  private static var tooMuch: WorkError { WorkError(.full, "too much waits for the log: try again later") }

  private static var doubtful: WorkError {
    WorkError(.inDoubt, "it may be in the log, which is being opened again: look again")
  }

  // MARK: Appends, one at a time

  /// Begins the next append. By whoever has set `isWriting`, and at the end of each append.
  private func drain() {
    while let batch = next() {
      let records = batch.flatMap(\.records)
      guard !records.isEmpty else {
        WorkLane.end(batch, .success(""))
        continue
      }
      if !appendNow(records, of: batch) { Task { await append(records, of: batch) } }
      return
    }
  }

  /// False, and nothing done, when there is too much of it or the store would have to wait.
  private func appendNow(_ records: [WorkRecord], of batch: [Entry]) -> Bool {
    guard records.count <= WorkLane.recordsAtOnceMax, WorkLane.bytes(records) <= WorkLane.bytesAtOnceMax else {
      return false
    }
    return store.appendNow(records) { [self] result in
      guard case .failure(let error) = result else {
        WorkLane.end(batch, result)
        return drain()
      }
      // In a task: a store that fails at once may go on failing.
      Task { await self.append(records, of: batch, after: error) }
    }
  }

  /// `failure`: of the first try, which was made.
  private func append(_ records: [WorkRecord], of batch: [Entry], after failure: WorkError? = nil) async {
    let result = await result(of: records, in: batch, after: failure)
    WorkLane.tell(batch, result)
    // Behind that: who is let in again finds what was written.
    let isAnswered = state.withLock { state in
      defer { (state.isInDoubt, state.doubtful) = (false, []) }
      return state.isInDoubt && state.doubtful.isEmpty
    }
    if !isAnswered { for entry in batch { entry.done(result) } }
    drain()
  }

  private static func end(_ batch: [Entry], _ result: Result<String, WorkError>) {
    tell(batch, result)
    for entry in batch { entry.done(result) }
  }

  private static func tell(_ batch: [Entry], _ result: Result<String, WorkError>) {
    guard case .success(let token) = result else { return }
    for entry in batch where !entry.records.isEmpty { entry.written(token, entry.records) }
  }

  private func next() -> [Entry]? {
    state.withLock { state in
      var (records, bytes, count, taken) = (0, 0, 0, 0)
      for entry in state.waiting {
        records += entry.records.count
        bytes += WorkLane.bytes(entry.records)
        if count > 0, records > WorkLane.recordsMax || bytes > WorkLane.bytesMax { break }
        count += 1
        taken = bytes
      }
      guard count > 0 else {
        state.isWriting = false
        for waiter in state.leaving { waiter.resume() }
        state.leaving = []
        return nil
      }
      defer { state.waiting.removeFirst(count) }
      state.waitingBytes -= taken
      return Array(state.waiting.prefix(count))
    }
  }

  private static func bytes(_ records: [WorkRecord]) -> Int { records.reduce(0) { $0 + $1.body.utf8.count + 200 } }

  private func result(
    of records: [WorkRecord], in batch: [Entry], after first: WorkError?
  ) async -> Result<String, WorkError> {
    var (failure, delay) = (first, 20)
    var doubt: Task<Void, Never>?
    defer { doubt?.cancel() }
    while true {
      if let failure {
        if failure.code == .inDoubt, givesUp, doubt == nil { doubt = beginDoubt(of: batch) }
        let isInDoubt = doubt != nil
        if givesUp, !isInDoubt || failure.code == .failed { return .failure(failure) }
        if state.withLock({ $0.isClosed }) { return .failure(isInDoubt ? WorkLane.doubtful : failure) }
        do { try await Task.sleep(for: .milliseconds(delay)) } catch { return .failure(WorkLane.ended) }
        delay = min(delay * 2, givesUp ? 500 : 5000)
      }
      do throws(WorkError) { return .success(try await store.append(records)) } catch { failure = error }
    }
  }

  /// Nobody waits behind an append in doubt who has not been written: it may take as long as the disk is full. Who
  /// waits for the append itself is answered after a while: the log may never be opened again. The task that does so.
  private func beginDoubt(of batch: [Entry]) -> Task<Void, Never> {
    let waiting = state.withLock { state in
      state.isInDoubt = true
      state.doubtful = batch
      return state.takeWaiting()
    }
    for entry in waiting { entry.done(.failure(WorkLane.unsure)) }
    return Task { [self] in
      do { try await Task.sleep(for: .seconds(doubtSeconds)) } catch { return }
      let doubtful = state.withLock { state in
        defer { state.doubtful = [] }
        return state.doubtful
      }
      for entry in doubtful { entry.done(.failure(WorkLane.doubtful)) }
    }
  }
}

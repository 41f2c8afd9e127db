import Platform
import Synchronization

/// Writes records in the order they come, many waiting ones as one append. Thread-safe.
///
/// A lane that gives up tells its callers of a failed append; one that does not tries it again until it is closed,
/// since what it writes is decided. An append of which nobody knows whether it is in the log is tried again by both:
/// then the log has it, once, and whoever waits is told so. Meanwhile a lane that gives up takes nothing else.
final class WorkLane: Sendable {
  typealias Written = @Sendable (_ token: String, _ records: [WorkRecord]) -> Void

  private struct Entry {
    let records: [WorkRecord]
    let written: Written
    let waiter: CheckedContinuation<Result<String, WorkError>, Never>
  }

  private struct State {
    var waiting: [Entry] = []
    var isWriting = false
    var isClosed = false
    /// What is being written may be in the log already, and the lane gives up.
    var isInDoubt = false
    /// Whoever waits for the end of what is being written.
    var leaving: [CheckedContinuation<Void, Never>] = []
  }

  private static let recordsMax = 10_000
  private static let bytesMax = 8 << 20

  private let store: any WorkStore
  private let givesUp: Bool
  private let state = Mutex(State())
  /// Held from a decision to its place in the line.
  private let order = Mutex(())

  init(store: any WorkStore, givesUp: Bool) {
    self.store = store
    self.givesUp = givesUp
  }

  /// `written` runs before the return, in the order of the records. The token of the append.
  func write(_ records: [WorkRecord], _ written: @escaping Written) async throws(WorkError) -> String {
    try await write(deciding: { records }, written)
  }

  /// The same for records that are decided at this moment: of two decisions the first is written first. When there
  /// are none it waits for what was decided before, when `decide` answers nil not even for that; an empty token then.
  func write(
    deciding decide: () -> [WorkRecord]?, _ written: @escaping Written
  ) async throws(WorkError) -> String {
    let result = await withCheckedContinuation { (waiter: CheckedContinuation<Result<String, WorkError>, Never>) in
      let queued = order.withLock { _ -> Queued in
        guard let records = decide() else { return .needless }
        return queue(Entry(records: records, written: written, waiter: waiter))
      }
      switch queued {
      case .needless: waiter.resume(returning: .success(""))
      case .refused(let error): waiter.resume(returning: .failure(error))
      case .waits(let begins): if begins { Task { await drain() } }
      }
    }
    return try result.get()
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
      state.waiting.append(entry)
      defer { state.isWriting = true }
      return .waits(begins: !state.isWriting)
    }
  }

  func close() {
    let waiting = state.withLock { state in
      state.isClosed = true
      defer { state.waiting = [] }
      return state.waiting
    }
    for entry in waiting { entry.waiter.resume(returning: .failure(WorkLane.ended)) }
  }

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

  private static var unsure: WorkError {
    WorkError(.unavailable, "the log could not be written and is being opened again")
  }

  private func drain() async {
    while let batch = next() {
      let result = await append(batch.flatMap(\.records))
      for entry in batch {
        if case .success(let token) = result, !entry.records.isEmpty { entry.written(token, entry.records) }
        entry.waiter.resume(returning: result)
      }
    }
  }

  private func next() -> [Entry]? {
    state.withLock { state in
      var (records, bytes, count) = (0, 0, 0)
      for entry in state.waiting {
        records += entry.records.count
        bytes += entry.records.reduce(0) { $0 + $1.body.utf8.count + 200 }
        if count > 0, records > WorkLane.recordsMax || bytes > WorkLane.bytesMax { break }
        count += 1
      }
      guard count > 0 else {
        state.isWriting = false
        for waiter in state.leaving { waiter.resume() }
        state.leaving = []
        return nil
      }
      defer { state.waiting.removeFirst(count) }
      return Array(state.waiting.prefix(count))
    }
  }

  private func append(_ records: [WorkRecord]) async -> Result<String, WorkError> {
    guard !records.isEmpty else { return .success("") }
    var (delay, isInDoubt) = (20, false)
    defer { if isInDoubt { state.withLock { $0.isInDoubt = false } } }
    while true {
      do throws(WorkError) { return .success(try await store.append(records)) } catch {
        if error.code == .inDoubt, givesUp, !isInDoubt {
          isInDoubt = true
          refuseWaiting()
        }
        if givesUp && !isInDoubt || state.withLock({ $0.isClosed }) { return .failure(error) }
      }
      do { try await Task.sleep(for: .milliseconds(delay)) } catch { return .failure(WorkLane.ended) }
      delay = min(delay * 2, givesUp ? 500 : 5000)
    }
  }

  /// Nobody waits behind an append in doubt who has not been written: it may take as long as the disk is full.
  private func refuseWaiting() {
    let waiting = state.withLock { state in
      state.isInDoubt = true
      defer { state.waiting = [] }
      return state.waiting
    }
    for entry in waiting { entry.waiter.resume(returning: .failure(WorkLane.unsure)) }
  }
}

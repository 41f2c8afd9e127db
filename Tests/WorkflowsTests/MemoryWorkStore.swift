import PipelineModel
import Platform
import Synchronization
import Workflows

/// Records in memory; fails as often as it is told to.
final class MemoryWorkStore: WorkStore {
  let records = Mutex<[WorkRecord]>([])
  let failures = Mutex(0)
  /// So many appends are faults of the store.
  let faults = Mutex(0)
  /// So many appends and removals fail, and are in the log nevertheless.
  let doubts = Mutex(0)
  /// So many reads of records fail.
  let readFailures = Mutex(0)
  /// Reads of records find a fault of the store.
  let isUnreadable = Mutex(false)
  let reads = Mutex(0)
  let appends = Mutex(0)
  /// Of so many records reads know; nil: of all. As in a pipeline that is paused.
  let readable = Mutex<Int?>(nil)
  /// Appends that it can never judge.
  let unknown = Mutex<Set<String>>([])
  /// Every append waits for it.
  let beforeAppend = Mutex<(@Sendable () async -> Void)?>(nil)

  /// Every append tells that it has begun, and waits for a word of the continuation.
  func holdAppends() -> (begun: AsyncStream<Void>, releaser: AsyncStream<Void>.Continuation) {
    let (begun, beginner) = AsyncStream.makeStream(of: Void.self)
    let (released, releaser) = AsyncStream.makeStream(of: Void.self)
    beforeAppend.withLock {
      $0 = {
        beginner.yield()
        for await _ in released { return }
      }
    }
    return (begun, releaser)
  }

  /// Takes appends without a wait, and ends them on a thread of its own.
  let takesNow = Mutex(false)
  let appendsNow = Mutex(0)

  func appendNow(
    _ new: [WorkRecord], _ done: @escaping @Sendable (Result<String, WorkError>) -> Void
  ) -> Bool {
    guard takesNow.withLock({ $0 }) else { return false }
    appendsNow.withLock { $0 += 1 }
    _ = DedicatedThread(name: "store") { [self] in
      do throws(WorkError) { done(.success(try write(new))) } catch { done(.failure(error)) }
    }
    return true
  }

  func append(_ new: [WorkRecord]) async throws(WorkError) -> String {
    if let wait = beforeAppend.withLock({ $0 }) { await wait() }
    return try write(new)
  }

  private func write(_ new: [WorkRecord]) throws(WorkError) -> String {
    let fails = failures.withLock { count in
      guard count > 0 else { return false }
      count -= 1
      return true
    }
    if fails { throw WorkError(.full, "told to fail") }
    let isFault = faults.withLock { count in
      guard count > 0 else { return false }
      count -= 1
      return true
    }
    if isFault { throw WorkError(.failed, "told to fail") }
    appends.withLock { $0 += 1 }
    let token = records.withLock { records in
      for record in new where !records.contains(where: { $0.subject == record.subject && $0.sequence == record.sequence }) {
        records.append(record)
      }
      return "token-\(records.count)"
    }
    try failAfterwards()
    return token
  }

  private func failAfterwards() throws(WorkError) {
    let fails = doubts.withLock { count in
      guard count > 0 else { return false }
      count -= 1
      return true
    }
    if fails { throw WorkError(.inDoubt, "told to fail") }
  }

  func openRecords() async throws(WorkError) -> [WorkRecord] { records.withLock { $0 } }

  func records(of subject: String) async throws(WorkError) -> [WorkRecord] {
    reads.withLock { $0 += 1 }
    if isUnreadable.withLock({ $0 }) { throw WorkError(.failed, "told to fail") }
    let fails = readFailures.withLock { count in
      guard count > 0 else { return false }
      count -= 1
      return true
    }
    if fails { throw WorkError(.unavailable, "told to fail") }
    let readable = readable.withLock { $0 } ?? .max
    return records.withLock { $0.prefix(readable).filter { $0.subject == subject } }
  }

  func settle(_ token: String) async throws(WorkError) {
    if unknown.withLock({ $0.contains(token) }) { throw WorkError(.failed, "of another life") }
    guard let readable = readable.withLock({ $0 }) else { return }
    guard let number = Int(token.dropFirst("token-".count)), number <= readable else {
      throw WorkError(.unavailable, "it cannot be read yet")
    }
  }

  func records(ofGroup group: String) async throws(WorkError) -> [WorkRecord] {
    records.withLock { records in
      let members = Set(records.filter { $0.group == group }.map(\.subject))
      return records.filter { members.contains($0.subject) }
    }
  }

  func ended(before time: WallTime, limit: Int) async throws(WorkError) -> [EndedWork] {
    var roots: [String: [String]] = [:]
    var open: Set<String> = []
    let bySubject = Dictionary(grouping: records.withLock { $0 }, by: \.subject)
    for (subject, records) in bySubject {
      guard let last = records.max(by: { $0.sequence < $1.sequence }) else { continue }
      let root = records.compactMap(\.group).last ?? subject
      roots[root, default: []].append(subject)
      let isEnded = ["completed", "failed", "cancelled", "skipped", "callback_delivered"].contains(last.status)
      if !isEnded || last.at >= time { open.insert(root) }
    }
    return roots.filter { !open.contains($0.key) }.sorted { $0.key < $1.key }.prefix(limit)
      .map { EndedWork(root: $0.key, subjects: $0.value) }
  }

  func remove(_ subjects: [String]) async throws(WorkError) {
    let ids = Set(subjects)
    if let wait = beforeAppend.withLock({ $0 }) { await wait() }
    records.withLock { $0.removeAll { ids.contains($0.subject) } }
    try failAfterwards()
  }

  func subjects(_ filter: WorkFilter) async throws(WorkError) -> [String] {
    records.withLock { records in
      let newest = Dictionary(records.map { ($0.subject, $0.status) }) { _, last in last }
      let found = records.filter { record in
        record.sequence == 0 && record.kind == filter.kind && (filter.group.map { $0 == record.group } ?? true)
          && (filter.statuses.map { $0.contains(newest[record.subject] ?? "") } ?? true)
      }
      return Array(found.map(\.subject).reversed().dropFirst(filter.offset).prefix(filter.limit))
    }
  }
}

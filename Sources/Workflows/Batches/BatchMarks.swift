import PipelineModel
import Platform
import Synchronization
import WireTypes

/// Which contents were processed in which collection. Durable as events of subjects that are no items; the
/// newest are remembered, since what was just written may not be readable yet. Thread-safe.
final class BatchMarks: Sendable {
  struct Owner: Sendable, Hashable {
    let job: String
    let batch: String
    let at: WallTime
  }

  private struct Memory {
    var fresh: [String: Owner] = [:]
    var older: [String: Owner] = [:]
  }

  /// Remembered at most twice; older ones are in the store.
  private static let remembered = 50_000
  /// Looked up by one query.
  private static let queried = 256

  private let service: WorkService
  private let memory = Mutex(Memory())

  init(_ service: WorkService) { self.service = service }

  /// Who processed each of these contents.
  func owners(of marks: [String]) async throws(WorkError) -> [String: Owner] {
    var owners: [String: Owner] = [:]
    // What is older is not kept.
    let oldest = service.clock.wall().after(seconds: -service.retentionSeconds)
    memory.withLock { memory in
      for mark in marks {
        if let owner = memory.fresh[mark] ?? memory.older[mark], owner.at >= oldest { owners[mark] = owner }
      }
    }
    let unknown = Array(Set(marks.filter { owners[$0] == nil }))
    for start in stride(from: 0, to: unknown.count, by: BatchMarks.queried) {
      let part = Array(unknown[start..<min(unknown.count, start + BatchMarks.queried)])
      for record in try await service.firstEvents(of: part) {
        guard let json = try? JSONValue(parsing: record.body), let job = json["job_id"]?.stringValue,
          let batch = json["batch_id"]?.stringValue
        else { continue }
        owners[record.subject] = Owner(job: job, batch: batch, at: record.at)
      }
    }
    return owners
  }

  /// Says that these items were processed; those that were not are passed over. Durable on return, and may be
  /// said again.
  func note(_ items: [(mark: String, item: WorkItem)], in batch: String) async throws(WorkError) {
    var records: [WorkRecord] = []
    for (mark, item) in items {
      guard item.status == .completed, let at = item.workedAt else { continue }
      let body: JSONValue = ["job_id": .string(item.id), "batch_id": .string(batch)]
      records.append(
        WorkRecord(
          subject: mark, sequence: 1, kind: .event, dialect: .batches, status: WorkStatus.completed.rawValue,
          at: at,
          body: body.encoded))
    }
    guard !records.isEmpty else { return }
    memory.withLock { memory in
      if memory.fresh.count >= BatchMarks.remembered {
        memory.older = memory.fresh
        memory.fresh = [:]
      }
      for (mark, item) in items where item.status == .completed {
        memory.fresh[mark] = Owner(job: item.id, batch: batch, at: item.workedAt ?? item.updatedAt)
      }
    }
    try await service.create(records)
  }
}

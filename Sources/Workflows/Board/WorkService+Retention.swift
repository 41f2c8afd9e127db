package import PipelineModel
import Synchronization

extension WorkService {
  /// Removes what has ended, with its callbacks, and has not changed since `time`: at most so many groups and single
  /// items. Unknown from the beginning of the removal on; gone from the store on return. How many subjects it were.
  package func removeEnded(before time: WallTime, limit: Int) async throws(WorkError) -> Int {
    let found = try await store.ended(before: time, limit: limit)
    let leaving = state.withLock { state in found.filter { state.leave($0, before: time) } }
    guard !leaving.isEmpty else { return 0 }
    let subjects = leaving.flatMap(\.subjects)
    defer { state.withLock { $0.left(subjects) } }
    try await remove(subjects)
    return subjects.count
  }

  /// A removal of which nobody knows whether it is in the log is made again: the subjects stay unknown until it is.
  private func remove(_ subjects: [String]) async throws(WorkError) {
    var isInDoubt = false
    while true {
      do throws(WorkError) { return try await store.remove(subjects) } catch {
        isInDoubt = isInDoubt || error.code == .inDoubt
        guard isInDoubt else { throw error }
        do { try await Task.sleep(for: .milliseconds(500)) } catch let cancelled {
          throw WorkError(.unavailable, "\(error.message) (\(cancelled))")
        }
      }
    }
  }
}

extension WorkService.State {
  /// False, and nothing happens, when memory knows better: it is being made, or has changed since.
  fileprivate mutating func leave(_ work: EndedWork, before time: WallTime) -> Bool {
    let ids = work.subjects
    guard ids.allSatisfy({ !reserved.contains($0) }), board.drop(work.root, before: time) else { return false }
    for id in ids { tokens[id] = nil }
    leaving.formUnion(ids)
    return true
  }

  fileprivate mutating func left(_ subjects: [String]) {
    leaving.subtract(subjects)
    removals += 1
  }
}

package import PipelineModel
package import StorageAPI
import Synchronization

/// Which steps added rows to the error collection: those of this life in memory, so that a status knows without
/// the disk, the others in the store. Thread-safe.
package final class ViewErrorSteps: Sendable {
  private struct Step {
    let range: OffsetRange
    let count: UInt64
  }

  private struct State {
    /// Whatever a step below added is in the store alone.
    var floor: Offset
    /// In the order of their offsets.
    var steps: [Step] = []
  }

  /// Steps remembered in memory.
  package static let recentMax = 16_384

  private let store: any OrderedStore
  private let state: Mutex<State>

  /// Blocks.
  package init(store: any OrderedStore) throws(StorageError) {
    self.store = store
    let last = try store.last(.base, from: KeySpace.viewErrors.key(), to: KeySpace.viewErrors.end)
    state = Mutex(State(floor: Offset(last.flatMap { KeySpace.number($0.key, at: 1) } ?? 0)))
  }

  /// Steps come in order; one that is in the store since before this life is ignored.
  package func add(_ range: OffsetRange, count: UInt64) {
    guard count > 0, !range.isEmpty else { return }
    state.withLock { state in
      guard range.end > state.steps.last?.range.end ?? state.floor else { return }
      state.steps.append(Step(range: range, count: count))
      guard state.steps.count > ViewErrorSteps.recentMax else { return }
      let forgotten = state.steps.prefix(ViewErrorSteps.recentMax / 2)
      state.floor = forgotten.last?.range.end ?? state.floor
      state.steps.removeFirst(forgotten.count)
    }
  }

  /// Rows of the error collection that come from the steps which hold records of the range; nil when the store
  /// must be asked (`storedCount`).
  package func count(in range: OffsetRange) -> UInt64? {
    guard !range.isEmpty else { return 0 }
    return state.withLock { state in
      guard range.first >= state.floor else { return nil }
      var (low, high) = (0, state.steps.count)
      while low < high {
        let middle = (low + high) / 2
        if state.steps[middle].range.end <= range.first { low = middle + 1 } else { high = middle }
      }
      var count: UInt64 = 0
      while low < state.steps.count, state.steps[low].range.first < range.end {
        count = count.addingReportingOverflow(state.steps[low].count).partialValue
        low += 1
      }
      return count
    }
  }

  /// As `count`, also for steps that memory does not know. Blocks.
  package func storedCount(in range: OffsetRange) throws(StorageError) -> UInt64 {
    if let known = count(in: range) { return known }
    var count: UInt64 = 0
    // A step that ends at the range's first offset holds nothing of it.
    let from = KeySpace.viewErrors.key(range.first.rawValue &+ 1)
    try store.scan(.base, from: from, to: KeySpace.viewErrors.end) { _, value in
      guard let first = KeySpace.number(value, at: 0), let rows = KeySpace.number(value, at: 8) else {
        return true
      }
      guard first < range.end.rawValue else { return false }
      count = count.addingReportingOverflow(rows).partialValue
      return true
    }
    return count
  }
}

package import PipelineModel
import Platform
package import StorageAPI

/// Step numbers reserved ahead in blocks: no number at or above the durable bound was ever told to anyone, so
/// a new
/// life numbers on from the bound and `total_completed_steps` cannot go back.
///
/// Row `r`: the bound, u64.
package struct StepReservation: Sendable {
  private let store: any OrderedStore
  /// First number that is not reserved.
  package private(set) var bound: StepCount

  /// Reads the bound; 0 for a new log.
  package init(store: any OrderedStore) throws(StepError) {
    self.store = store
    do {
      let value = try store.get(.base, KeySpace.stepsReserved.key())
      bound = StepCount(value.flatMap { KeySpace.number($0, at: 0) } ?? 0)
    } catch { throw StepError(storage: error) }
  }

  /// Makes sure that `step` is reserved; a synced write once a block.
  package mutating func cover(_ step: StepIndex) throws(StepError) {
    guard !bound.includes(step) else { return }
    let (sum, overflow) = step.rawValue.addingReportingOverflow(Limits.stepsReservedBlock)
    guard !overflow else { throw StepError(.exhausted, "step numbers are exhausted") }
    try write(StepCount(sum))
  }

  /// Gives back the numbers that were not used; only for a clean end, when the caller knows every number
  /// told.
  package mutating func settle(at next: StepCount) throws(StepError) {
    guard next < bound else { return }
    try write(next)
  }

  private mutating func write(_ value: StepCount) throws(StepError) {
    var batch = WriteBatch()
    batch.put(KeySpace.stepsReserved.key(), KeySpace.bigEndian(value.rawValue))
    do { try store.write(batch, .synced) } catch { throw StepError(storage: error) }
    bound = value
  }
}

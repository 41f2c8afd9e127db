import Checkpoints
import PipelineModel
import Platform
import StepEngine
import StorageAPI

/// Brings a store of an older format to the present one: all of it or nothing. An older release refuses it
/// then.
struct StateUpgrade {
  let store: any OrderedStore

  /// Errors: `storageFailure` naming what cannot be upgraded; nothing is changed then.
  func run(from format: UInt8) throws(PipelineError) {
    guard format < StateMeta.currentFormat else { return }
    do {
      var batch = WriteBatch()
      try JournalUpgrade.put(in: store, &batch)
      try CheckpointUpgrade.put(isLogWhole: try isLogWhole(), in: store, &batch)
      batch.put(StateMeta.Key.format, [StateMeta.currentFormat])
      try store.write(batch, .synced)
    } catch {
      throw PipelineError(
        .storageFailure, "the state of the pipeline cannot be upgraded from format \(format): \(error)")
    }
  }

  /// Whether the state can be computed from the log alone.
  private func isLogWhole() throws -> Bool {
    guard let end = try JournalUpgrade.replayableEnd(in: store) else { return false }
    var first: Offset?
    try store.scan(.log, from: [], to: nil) { key, _ in
      first = KeySpace.number(key, at: 0).map { Offset($0) }
      return false
    }
    return (first ?? end) == .zero
  }
}

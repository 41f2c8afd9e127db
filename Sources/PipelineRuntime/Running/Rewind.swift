import Checkpoints
import Completion
import Ingress
import InputLog
import PipelineModel
import Platform
import StepEngine
import StorageAPI

/// Cuts the log behind a checkpoint: each stage's share in one synced write, so that a crash leaves all or nothing of
/// it. What sinks were told of the cut steps stays told.
struct Rewind {
  let store: any OrderedStore
  /// The one to begin from; it can be restored.
  let checkpoint: CheckpointManifest
  let durableEnd: Offset
  /// NOW() of the cut when no step is known.
  let now: WallTime
  let policy: RowErrorPolicy

  /// The offsets that are lost; empty when the checkpoint holds all, and nothing is written then.
  func run() throws(PipelineError) -> OffsetRange {
    let range = OffsetRange.clamped(first: checkpoint.end, end: durableEnd)
    guard !range.isEmpty else { return range }
    do {
      var batch = try StepCut.put(range, after: checkpoint.steps, now: now, policy: policy, in: store)
      try LogCut.put(range, in: store, &batch)
      try IngressCut.put(range, in: store, &batch)
      try CheckpointCut.put(behind: checkpoint, in: store, &batch)
      batch.mutations += try IncarnationHistory.load(store: store).rewound(to: range.first).mutations
      try store.write(batch, .synced)
    } catch { throw PipelineError(.storageFailure, "the log cannot be cut offsets=\(range): \(error)") }
    return range
  }
}

/// Where a start begins instead of the newest checkpoint.
struct RestorePoint {
  let checkpoint: UniqueID
  /// The log behind it is cut.
  let discardsLater: Bool
}

extension StartOptions {
  var restorePoint: RestorePoint? {
    fromCheckpoint.map { RestorePoint(checkpoint: $0, discardsLater: discardsLater) }
  }
}

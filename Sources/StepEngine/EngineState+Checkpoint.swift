package import Checkpoints
import DataModel
import Dataflow
import PipelineModel

extension EngineCapture {
  /// What a checkpoint store writes; batches are encoded only where the store does not have them yet.
  package func content(fingerprint: [UInt8]) -> CheckpointContent {
    CheckpointContent(
      steps: steps, end: end, processedRecords: end.rawValue, fingerprint: fingerprint,
      traces: traces.map { trace in
        (
          id: trace.id,
          batches: trace.batches.map { batch in CheckpointBatch(key: batch.id, encode: { batch.encoded() }) }
        )
      },
      sections: sections.map { (name: $0.name, bytes: $0.bytes) })
  }
}

extension EnginePosition {
  /// The position that a checkpoint holds. Its batches are made known to the store, so that the next
  /// checkpoint does
  /// not write them again. Errors: `corrupt` when a batch cannot be read.
  package init(
    restoring restored: RestoredCheckpoint, of manifest: CheckpointManifest, adoptedBy store: CheckpointStore
  ) throws(StepError) {
    var traces: [TraceState] = []
    for trace in restored.traces {
      var batches: [SortedBatch] = []
      for stored in trace.batches {
        do {
          let batch = try SortedBatch.decode(stored.bytes)
          store.adopt(key: batch.id, ref: stored.ref)
          batches.append(batch)
        } catch {
          throw StepError(.corrupt, "checkpointed batch is damaged trace=\(trace.id): \(error.message)")
        }
      }
      traces.append(TraceState(id: trace.id, batches: batches))
    }
    self.init(steps: manifest.steps, end: manifest.end, traces: traces)
  }
}

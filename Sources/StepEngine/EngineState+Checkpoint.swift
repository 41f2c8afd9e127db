package import Checkpoints
import DataModel
import Dataflow
import PipelineModel
import Platform

extension EngineCapture {
  /// What a checkpoint store writes; runs are encoded only where no file has them yet, and piece by piece.
  package func content(fingerprint: [UInt8]) -> CheckpointContent {
    CheckpointContent(
      steps: steps, end: end, processedRecords: end.rawValue, fingerprint: fingerprint,
      traces: traces.map { trace in
        (id: trace.id, batches: trace.runs.map { Self.batch($0, trace.layout, storage?.traces) })
      },
      sections: sections.map { (name: $0.name, bytes: $0.bytes) })
  }

  private static func batch(
    _ run: TraceRun, _ layout: TraceLayout, _ storage: TraceStorage?
  ) -> CheckpointBatch {
    CheckpointBatch(
      stored: { run.storedCopy.map { StoredPart(file: $0.file, ref: BatchRef($0)) } },
      write: { append throws(CheckpointError) in
        do throws(EvaluationError) {
          return try run.write(layout) { bytes throws(EvaluationError) in
            do throws(CheckpointError) { try append(bytes) } catch {
              throw EvaluationError(.storage, error.message)
            }
          }
        } catch { throw CheckpointError(error.code == .corrupt ? .corrupt : .io, error.message) }
      },
      published: { part in
        // Without the footer the batch would only be written again.
        guard let storage, let stored = try? storage.open(part.file, RunPlace(part.ref)) else { return }
        run.keepCopy(stored)
      })
  }
}

extension EnginePosition {
  /// The position that a checkpoint holds: footers are read, rows only when steps or queries need them. Errors:
  /// `corrupt` when a footer is damaged, `storage` when it cannot be read now.
  package init(
    restoring restored: RestoredCheckpoint, of manifest: CheckpointManifest, from storage: EngineStorage
  ) throws(StepError) {
    var traces: [TraceState] = []
    for trace in restored.traces {
      var runs: [TraceRun] = []
      var layout = TraceLayout(key: [], value: [])
      for part in trace.parts {
        do throws(EvaluationError) {
          let run = try storage.traces.open(part.file, RunPlace(part.ref))
          layout = run.layout
          runs.append(.stored(run))
        } catch {
          throw StepError(error.code == .corrupt ? .corrupt : .storage, "trace=\(trace.id): \(error.message)")
        }
      }
      traces.append(TraceState(id: trace.id, layout: layout, runs: runs))
    }
    self.init(steps: manifest.steps, end: manifest.end, traces: traces)
  }
}

extension RunPlace {
  init(_ ref: BatchRef) {
    self.init(offset: ref.offset, length: ref.length, crc32c: ref.crc32c, skippedRows: ref.skippedRows)
  }
}

extension BatchRef {
  init(_ run: StoredRun) {
    self.init(
      file: run.file.name, offset: run.place.offset, length: run.place.length, crc32c: run.place.crc32c,
      skippedRows: run.place.skippedRows)
  }
}

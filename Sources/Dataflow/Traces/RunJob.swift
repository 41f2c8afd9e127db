import DataModel
import Platform
import Synchronization

/// Merges runs into one, or writes one to a file, on the storage's thread. Shared by that thread and the copies of the
/// trace that asked for it.
final class RunJob: Sendable {
  let inputs: [TraceRun]
  private let layout: TraceLayout
  private let toFile: Bool
  private let answer = Mutex<Result<TraceRun?, EvaluationError>?>(nil)
  private let done = Signal()

  init(_ inputs: [TraceRun], _ layout: TraceLayout, toFile: Bool) {
    self.inputs = inputs
    self.layout = layout
    self.toFile = toFile
  }

  /// Nil while it runs; the merged run, nil when nothing is left.
  var result: Result<TraceRun?, EvaluationError>? { answer.withLock { $0 } }

  /// Blocks until there is a result.
  func wait() {
    while result == nil { _ = done.wait(timeoutNanoseconds: nil) }
  }

  func run(_ storage: TraceStorage) {
    let result: Result<TraceRun?, EvaluationError>
    do throws(EvaluationError) { result = .success(try merged(storage)) } catch { result = .failure(error) }
    end(result)
  }

  func end(_ result: Result<TraceRun?, EvaluationError>) {
    answer.withLock { $0 = result }
    done.raise()
  }

  private func merged(_ storage: TraceStorage) throws(EvaluationError) -> TraceRun? {
    if toFile { return try storage.write(inputs, layout).map { .stored($0) } }
    var batches: [SortedBatch] = []
    for case .memory(let batch) in inputs { batches.append(batch) }
    // Reads of files go through `write`; the storage asks for memory only where all inputs are there.
    guard batches.count == inputs.count else { return try storage.write(inputs, layout).map { .stored($0) } }
    guard let merged = try SortedBatch.merge(batches), !merged.isEmpty else { return nil }
    return .memory(merged)
  }
}

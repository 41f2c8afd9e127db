package import DataModel
import PipelineModel
package import Platform
import Synchronization

/// What one evaluation may use before it is given up; shared by its thread and whoever may cancel it.
///
/// Operators that make more rows than they take ask it once a chunk.
package final class WorkBudget: Sendable {
  private let clock: any PipelineClock
  private let deadline: MonotonicTime
  private let bytesLeft: Atomic<Int>
  private let isCancelled = Atomic(false)

  package init(bytes: Int, nanoseconds: UInt64, clock: any PipelineClock) {
    self.clock = clock
    let (end, overflow) = clock.monotonic().nanoseconds.addingReportingOverflow(nanoseconds)
    deadline = MonotonicTime(nanoseconds: overflow ? .max : end)
    bytesLeft = Atomic(bytes)
  }

  /// From any thread; the evaluation ends with `cancelled` at its next chunk.
  package func cancel() { isCancelled.store(true, ordering: .relaxed) }

  /// Takes memory that stays until the evaluation ends; 0 only asks whether to go on.
  package func spend(bytes: Int) throws(EvaluationError) {
    if isCancelled.load(ordering: .relaxed) { throw EvaluationError(.cancelled, "the query was cancelled") }
    if clock.monotonic() > deadline { throw EvaluationError(.cancelled, "the query took too long") }
    let left = bytesLeft.subtract(bytes, ordering: .relaxed).newValue
    if left < 0 { throw EvaluationError(.cancelled, "the query needs too much memory") }
  }
}

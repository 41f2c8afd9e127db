package import DataModel
import PipelineModel
package import Platform
import Synchronization

/// What one evaluation may use before it is given up; shared by its thread and whoever may cancel it.
///
/// Operators that make more rows than they take ask it once a chunk, a circuit after each level of its operators.
package final class WorkBudget: Sendable {
  private let clock: any PipelineClock
  private let deadline: MonotonicTime
  private let bytesLeft: Atomic<Int>
  private let isCancelled = Atomic(false)
  private let subject: String
  private let memory: Memory
  /// When the memory in use was looked at last.
  private let looked = Atomic<UInt64>(0)

  /// How much memory the process may have and has: evaluations end before the kernel ends the process.
  package struct Memory: Sendable {
    let bytesMax: UInt64
    let inUse: @Sendable () -> UInt64

    package init(bytesMax: UInt64, inUse: @escaping @Sendable () -> UInt64) {
      self.bytesMax = bytesMax
      self.inUse = inUse
    }

    /// Nine tenths of what the process may have.
    package static let ofProcess: Memory = {
      let bytes = ProcessFacts.machineMemoryBytes()
      return Memory(bytesMax: bytes == 0 ? .max : bytes / 10 * 9) { ProcessFacts.residentBytes() }
    }()
  }

  private static let lookNanoseconds: UInt64 = 20_000_000

  /// For a query.
  package init(bytes: Int, nanoseconds: UInt64, clock: any PipelineClock) {
    self.clock = clock
    let (end, overflow) = clock.monotonic().nanoseconds.addingReportingOverflow(nanoseconds)
    deadline = MonotonicTime(nanoseconds: overflow ? .max : end)
    bytesLeft = Atomic(bytes)
    subject = "query"
    memory = .ofProcess
  }

  /// For the steps of a pipeline: they end early only when they are cancelled or memory runs out.
  package init(stepsWith clock: any PipelineClock, memory: Memory = .ofProcess) {
    self.clock = clock
    deadline = MonotonicTime(nanoseconds: .max)
    bytesLeft = Atomic(.max)
    subject = "step"
    self.memory = memory
  }

  /// From any thread; the evaluation ends with `cancelled` at its next chunk.
  package func cancel() { isCancelled.store(true, ordering: .relaxed) }

  /// Takes memory that stays until the evaluation ends; 0 only asks whether to go on.
  package func spend(bytes: Int) throws(EvaluationError) {
    if isCancelled.load(ordering: .relaxed) { throw gaveUp("was cancelled") }
    let now = clock.monotonic()
    if now > deadline { throw gaveUp("took too long") }
    let left = bytesLeft.subtract(bytes, ordering: .relaxed).newValue
    if left < 0 { throw gaveUp("needs too much memory") }
    let last = looked.load(ordering: .relaxed)
    guard last == 0 || now.nanoseconds >= last &+ Self.lookNanoseconds else { return }
    looked.store(max(1, now.nanoseconds), ordering: .relaxed)
    if memory.inUse() > memory.bytesMax { throw gaveUp("needs more memory than there is") }
  }

  private func gaveUp(_ why: String) -> EvaluationError { EvaluationError(.cancelled, "the \(subject) \(why)") }
}

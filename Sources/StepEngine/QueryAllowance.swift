import Dataflow
package import Platform

/// What one ad-hoc query may use, and the handle that cancels it. Thread-safe.
package struct QueryAllowance: Sendable {
  let budget: WorkBudget

  package init(bytes: Int, nanoseconds: UInt64, clock: any PipelineClock) {
    budget = WorkBudget(bytes: bytes, nanoseconds: nanoseconds, clock: clock)
  }

  /// The query ends with an error at its next chunk of rows.
  package func cancel() { budget.cancel() }
}

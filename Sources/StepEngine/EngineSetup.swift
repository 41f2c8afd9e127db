package import Dataflow
package import InputLog
package import PipelineModel
package import Platform
package import SQLFrontend
import SQLLowering
package import DataModel
package import StorageAPI

/// Where a life begins: after the restored checkpoint, or at the beginning of the log.
package struct EnginePosition: Sendable {
  /// Steps whose effect the restored state holds.
  package let steps: StepCount
  /// Offset behind the last record that the restored state holds.
  package let end: Offset
  /// Traces of the restored circuit; empty for a new pipeline.
  package let traces: [TraceState]
  /// Contents of views that the next step tells their sinks.
  let fills: [TraceState]

  package init(steps: StepCount, end: Offset, traces: [TraceState]) {
    self.steps = steps
    self.end = end
    self.traces = traces.filter { !$0.id.hasPrefix(Bootstrap.fillPrefix) }
    fills = traces.filter { $0.id.hasPrefix(Bootstrap.fillPrefix) }
  }

  package static var beginning: EnginePosition { EnginePosition(steps: .zero, end: .zero, traces: []) }
}

/// All that an engine needs to begin.
package struct EngineSetup: Sendable {
  package let program: Program
  /// Relations whose deltas leave the engine.
  package let observed: Set<SQLIdentifier>
  package let position: EnginePosition
  package let store: any OrderedStore
  package let clock: any PipelineClock
  package let planner: StepPlanner
  /// The log's durable end, read whenever a step is planned.
  package let durableEnd: @Sendable () -> Offset
  /// Where the newest records may still be in memory.
  package var recent: RecentBlocks?
  package let paused: Bool
  /// What views over NOW() see are its multiples of this, in microseconds; at least 1.
  package var clockResolution: Int64 = 1_000_000
  /// Threads of a step.
  package var workers = 1
  /// Nil: the pipeline has no transactions.
  package var transactions: TransactionDesk?
  package var onRowError = RowErrorPolicy.fail
  /// Deployment errors that were dismissed so far: one since a step failed is the consent to dead letters.
  package var dismissals: UInt64 = 0
  /// What keeps a record that no step could take, in the write of its step's journal row.
  package var letter: @Sendable (FailedRecord) -> WriteBatch = { _ in WriteBatch() }
  /// Where the step that runs is noted; nil when nobody asks after a trap.
  package var mark: StepMark?
  /// Where state goes that memory does not hold; nil keeps all in memory. Closed by the engine when it ends.
  package var storage: EngineStorage?

  package init(
    program: Program, observed: Set<SQLIdentifier>, position: EnginePosition, store: any OrderedStore,
    clock: any PipelineClock, planner: StepPlanner, paused: Bool, durableEnd: @escaping @Sendable () -> Offset
  ) {
    self.program = program
    self.observed = observed
    self.position = position
    self.store = store
    self.clock = clock
    self.planner = planner
    self.paused = paused
    self.durableEnd = durableEnd
  }
}

/// The circuit's state after a step, for a checkpoint: shares immutable batches with the running circuit.
package struct EngineCapture: Sendable {
  package let steps: StepCount
  package let end: Offset
  package let traces: [TraceState]
  package let sections: [StateSection]
  /// Opens what a checkpoint has written, so that memory can let it go.
  let storage: EngineStorage?

  package init(
    steps: StepCount, end: Offset, traces: [TraceState], sections: [StateSection], storage: EngineStorage?
  ) {
    self.steps = steps
    self.end = end
    self.traces = traces
    self.sections = sections
    self.storage = storage
  }
}

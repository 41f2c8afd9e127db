package import DataModel
package import InputLog
package import PipelineModel

/// What happened in one step.
package struct StepFacts: Sendable {
  package struct EndpointShare: Hashable, Sendable {
    package let endpoint: EndpointID
    package var records: UInt64
    package var inputBytes: UInt64
  }

  package let row: JournalRow
  /// Records by the endpoint through which they came, ordered by endpoint.
  package let endpoints: [EndpointShare]
  /// Consolidated deltas of the observed relations that changed.
  package let deltas: [(relation: SQLIdentifier, rows: ColumnBatch)]
  /// Taken again from the journal of an earlier life.
  package let replayed: Bool
  /// Changes that were dropped as late.
  package var lateRows: UInt64 = 0
  /// The record that the step passed by; nil in replay.
  package var failedRecords: [FailedRecord] = []
  /// Rows that the step added to the error view.
  package var viewErrors: UInt64 = 0
}

/// A named part of a checkpoint that another stage owns.
package struct StateSection: Sendable {
  package let name: String
  package let bytes: [UInt8]
  package init(name: String, bytes: [UInt8]) {
    self.name = name
    self.bytes = bytes
  }
}

/// Facts that leave the engine and the two questions it asks; all called on the step thread, none may block
/// for long.
package struct EngineEvents: Sendable {
  /// A step is about to be taken.
  package var initiated: @Sendable (StepIndex) -> Void
  /// A step is through the circuit and visible to queries.
  package var finished: @Sendable (StepFacts) -> Void
  /// Replay is over: `steps` counts every number of earlier lives, `end` is the processed end.
  package var ready: @Sendable (_ steps: StepCount, _ end: Offset) -> Void
  /// Whether outputs can take another step's deltas; may wait up to 100 ms.
  package var hasRoom: @Sendable () -> Bool
  /// The other stages' parts of a checkpoint, as of the last finished step.
  package var sections: @Sendable () -> [StateSection]
  /// The engine has stopped by itself and takes no more steps.
  package var failed: @Sendable (StepError) -> Void

  package init(
    initiated: @escaping @Sendable (StepIndex) -> Void, finished: @escaping @Sendable (StepFacts) -> Void,
    ready: @escaping @Sendable (StepCount, Offset) -> Void, hasRoom: @escaping @Sendable () -> Bool,
    failed: @escaping @Sendable (StepError) -> Void
  ) {
    self.initiated = initiated
    self.finished = finished
    self.ready = ready
    self.hasRoom = hasRoom
    self.failed = failed
    sections = { [] }
  }
}

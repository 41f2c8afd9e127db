package import DataModel
package import PipelineModel

/// What one step changed in the observed relations.
package struct StepDeltas: Sendable {
  package let step: StepIndex
  /// Consolidated, at most one batch a relation.
  package let deltas: [(relation: SQLIdentifier, rows: ColumnBatch)]
  package let inputRecords: UInt64

  package init(step: StepIndex, deltas: [(relation: SQLIdentifier, rows: ColumnBatch)], inputRecords: UInt64) {
    self.step = step
    self.deltas = deltas
    self.inputRecords = inputRecords
  }

  /// The rows of a relation; nil when the step did not change it.
  func rows(of relation: SQLIdentifier) -> ColumnBatch? {
    deltas.first { $0.relation == relation && !$0.rows.isEmpty }?.rows
  }
}

package import DataModel
package import PipelineModel

/// A record of the log that no step could take: dead, with its reason.
package struct FailedRecord: Hashable, Sendable {
  package let offset: Offset
  /// The step that passed it by.
  package let step: StepIndex
  package let at: WallTime
  /// Canonical name.
  package let table: String
  package let endpoint: EndpointID
  package let reason: String
  /// The one change that it asked for.
  package let change: ChangeBatch

  package init(
    at place: (offset: Offset, step: StepIndex, time: WallTime), table: String, endpoint: EndpointID,
    reason: String, change: ChangeBatch
  ) {
    offset = place.offset
    step = place.step
    at = place.time
    self.table = table
    self.endpoint = endpoint
    self.reason = reason
    self.change = change
  }
}

package import DataModel
package import PipelineModel

/// What a sink has safely taken; stored in its cursor row.
package struct SinkPosition: Hashable, Sendable {
  /// Steps delivered: every step below is in the sink.
  package let delivered: StepCount
  /// The sink's own position (a file's committed length, say), opaque to all but the sink.
  package let detail: [UInt8]

  package init(delivered: StepCount, detail: [UInt8]) {
    self.delivered = delivered
    self.detail = detail
  }
}

/// The consolidated delta of one relation in one step.
package struct SinkDelta: Sendable {
  package let step: StepIndex
  package let rows: ColumnBatch

  package init(step: StepIndex, rows: ColumnBatch) {
    self.step = step
    self.rows = rows
  }
}

/// What a sink promises after crashes.
package enum DeliveryGuarantee: String, Sendable { case exactlyOnce, atLeastOnce }

/// Takes deltas to the outside. Called from one dedicated thread; may block.
package protocol Sink: AnyObject {
  var guarantee: DeliveryGuarantee { get }
  /// Brings the outside back to `position` (an exactly-once sink cuts off what lies beyond); nil: first
  /// start.
  func start(at position: SinkPosition?) throws(ConnectorError)
  /// Delivers in step order. Durable outside on return; answers the detail of the new position and the bytes
  /// written.
  func deliver(_ deltas: [SinkDelta]) throws(ConnectorError) -> (detail: [UInt8], bytesWritten: Int)
  func stop()
}

package import ConnectorKit

/// `null_output`: takes all and keeps nothing.
package final class NullSink: Sink {
  package init() {}
  package var guarantee: DeliveryGuarantee { .exactlyOnce }
  package func start(at position: SinkPosition?) throws(ConnectorError) {}
  package func deliver(_ deltas: [SinkDelta]) throws(ConnectorError) -> (detail: [UInt8], bytesWritten: Int) {
    ([], 0)
  }
  package func stop() {}
}

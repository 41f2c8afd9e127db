package import Formats
package import PipelineModel

/// What became of one request.
package struct IngestOutcome: Sendable {
  package let endpoint: EndpointID
  /// The request's records lie in it. Exactly they, unless the body was published in parts (beyond
  /// `Limits.ingestPartBytes`): then records of other requests may lie between the parts.
  package let range: OffsetRange
  /// Records of this request.
  package let accepted: UInt64
  package let errorCount: UInt64
  /// The first `Limits.rowErrorsListedMax` errors in order.
  package let errors: [RowError]
  package let receivedAt: WallTime
  /// Steps initiated when it was taken; nil when only the receipt says.
  package var stepsAtIssue: StepCount?
  /// Number of the first refused record among those kept at the range's first offset.
  package var firstRejected: UInt32 = 0
  /// The answer of an earlier request with the same idempotency key.
  package var isReplay = false
  /// The answer came before the records were durable, as the request wished.
  package var isAsync = false
}

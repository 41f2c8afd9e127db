package import DataModel
package import PipelineModel

/// One pipeline in one life: what the data calls of the faces may ask. Every call is safe from any task or
/// event loop
/// and never blocks it.
package protocol DeployedPipeline: TokenDoors, DeadLetterDoors, WebhookDoors, TransactionDoors {
  var incarnation: Incarnation { get }

  // Ingress
  /// Opens a request's door into a table. Errors: `unknownInputStream`, `invalidParam`, `storageFull`,
  /// `terminating`.
  /// While paused without `force` it waits until the pipeline resumes.
  func openIngress(table: SQLIdentifier, options: IngressOptions) async throws(PipelineError)
    -> any IngressSession
  /// Whole small body at once, for the hot route. False when the call would have to wait (paused) or the body
  /// should
  /// be streamed: then nothing was done, use `openIngress`. Else `completion` is called exactly once, on any
  /// thread.
  func ingestNow(
    table: SQLIdentifier, options: IngressOptions, body: [UInt8],
    completion: @escaping @Sendable (Result<IngressReceipt, PipelineError>) -> Void
  ) -> Bool

  // Completion
  /// The state of a token; errors per the contract (`invalidParam`, `pipelineRestarted` with details, …). Nil
  /// when the answer lies on the disk: then `later` brings it, exactly once, on any thread.
  func completionStatus(
    token: String, follow: Bool, later: @escaping @Sendable (Result<CompletionReport, PipelineError>) -> Void
  ) throws(PipelineError) -> CompletionReport?
  /// Returns when the token is complete, dead for this life, or after `seconds`.
  func waitForCompletion(token: String, follow: Bool, seconds: Double) async throws(PipelineError)
    -> CompletionReport
  func completionToken(table: SQLIdentifier, connector: String) throws(PipelineError) -> String

  // Queries and egress
  /// `format`: text, json, arrow_ipc or hash. Planning errors throw `adHocQueryError`; errors while running
  /// are in the
  /// stream, as the contract has it.
  func query(_ sql: String, format: String) async throws(PipelineError) -> any QueryStream
  func subscribe(_ relation: SQLIdentifier, options: EgressOptions) async throws(PipelineError)
    -> any EgressStream

  // Operation
  /// Errors: `initializing` while replaying, `terminating`.
  func stats() throws(PipelineError) -> PipelineStats
  func connectorAction(table: SQLIdentifier, connector: String, start: Bool) throws(PipelineError)
  /// Asks for a checkpoint and returns its sequence number at once.
  func requestCheckpoint() throws(PipelineError) -> UInt64
  func checkpointStatus() -> CheckpointActivity
  func checkpoints() -> [CheckpointSummary]
}

/// One ingress request in progress; used by one task.
package protocol IngressSession: AnyObject, Sendable {
  /// Decodes the next bytes of the body; returns when they are taken, so that the reader's pace follows the
  /// log's.
  func feed(_ bytes: [UInt8]) async throws(PipelineError)
  /// End of body: appends, syncs, answers.
  func finish() async throws(PipelineError) -> IngressReceipt
  /// The client went away: nothing of the request that was not yet published is kept.
  func cancel() async
}

/// The query parameters of an ingress request as they came; nil where absent.
package struct IngressOptions: Hashable, Sendable {
  package var format: String?
  package var updateFormat: String?
  package var jsonFlavor: String?
  package var array = false
  /// Append although the pipeline is paused.
  package var force = false
  /// A request with the same key gets the answer of the first one.
  package var idempotencyKey: String?
  /// Answer when the records are written, before they are durable.
  package var isAsync = false
  package init() {}
}

/// A record of a request that was not accepted.
package struct RejectedRecord: Sendable {
  /// Position of the record in the request, from 1.
  package var eventNumber: UInt64
  package var field: String?
  package var invalidText: String?
  package var suggestion: String?
  package var tag: String?
  package var description: String
  package init(eventNumber: UInt64, description: String) {
    self.eventNumber = eventNumber
    self.description = description
  }
}

package struct IngressReceipt: Sendable {
  /// Sealed token over the accepted records.
  package let token: String
  package let accepted: UInt64
  package let errorCount: UInt64
  /// The first errors, at most `Limits` many.
  package let errors: [RejectedRecord]
  /// The answer of an earlier request with the same idempotency key.
  package var isReplay = false
  /// The records may not be durable yet.
  package var isAsync = false
  package init(token: String, accepted: UInt64, errorCount: UInt64, errors: [RejectedRecord]) {
    self.token = token
    self.accepted = accepted
    self.errorCount = errorCount
    self.errors = errors
  }
}

package struct CompletionReport: Sendable {
  package var complete: Bool
  /// Complete when total_completed_steps >= this; nil while not stepped.
  package var step: StepCount?
  /// The token that was answered for, sealed: another than asked when followed.
  package var followedToken: String?
  package var accepted: UInt64
  /// Records of the request that were refused: dead with a reason.
  package var rejected: UInt64
  /// Rows of the error view from the steps that hold the records.
  package var viewErrors: UInt64 = 0
  /// Replays of refused records: attempts of their own, which do not change this token.
  package var replayed: UInt64 = 0
  /// Accepted records that no step could take: dead letters.
  package var dead: UInt64 = 0
  package var blockedBy: [Blocker]
  package var etaMilliseconds: UInt64?

  package init(complete: Bool, step: StepCount?, accepted: UInt64) {
    self.complete = complete
    self.step = step
    self.accepted = accepted
    rejected = 0
    followedToken = nil
    blockedBy = []
    etaMilliseconds = nil
  }
}

package struct Blocker: Sendable, Hashable {
  /// `paused`, `transaction`, `backlog`, `sink` or `subscriber`.
  package let kind: String
  package let name: String
  package let lagSteps: UInt64
  package let lastError: String?
  package init(kind: String, name: String, lagSteps: UInt64, lastError: String?) {
    self.kind = kind
    self.name = name
    self.lagSteps = lagSteps
    self.lastError = lastError
  }
}

/// The encoded result of an ad-hoc query.
package protocol QueryStream: AnyObject, Sendable {
  var contentType: String { get }
  /// The next bytes; nil at the end.
  func next() async -> [UInt8]?
}

package struct EgressOptions: Sendable {
  /// `json` or `csv`; nil is CSV.
  package var format: String?
  package var array = false
  package var backpressure = true
  package var sendSnapshot = false
  package init() {}
}

/// Chunks of an egress stream, each a complete line of the contract (JSON ended by CR LF).
package protocol EgressStream: AnyObject, Sendable {
  /// The next chunk; a keep-alive chunk when idle for 3 s; nil when the pipeline stops. A call means that the
  /// earlier
  /// chunk was handed to the client.
  func next() async -> [UInt8]?
  func close()
}

package struct CheckpointActivity: Sendable {
  package struct Failure: Sendable {
    package let sequence: UInt64
    package let error: String
    package let failedAt: WallTime
    package init(sequence: UInt64, error: String, failedAt: WallTime) {
      self.sequence = sequence
      self.error = error
      self.failedAt = failedAt
    }
  }
  /// Sequence number of the last checkpoint that succeeded.
  package var success: UInt64?
  package var failure: Failure?
  package var running = false
  package init() {}
}

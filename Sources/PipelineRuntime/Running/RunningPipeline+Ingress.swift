import StorageAPI
import Completion
import Platform
import DataModel
import Formats
import Ingress
import InputLog
import PipelineModel
import SQLFrontend

extension RunningPipeline {
  package func openIngress(
    table: SQLIdentifier, options: IngressOptions
  ) async throws(PipelineError) -> any IngressSession {
    let target = try ingressTable(table)
    let format = try options.inputFormat()
    try gate.checkReady()
    var claim: IdempotencyClaim?
    if let key = options.idempotencyKey {
      switch try await claimed(key) {
      case .first(let fresh): claim = fresh
      case .answered(let replay):
        let endpoint = stages.ingest.endpoint(target, format: format)
        return RunningReplay(replay, endpoint: endpoint, pipeline: self)
      }
    }
    // A claim that is not handed on is released with its last reference.
    if !options.force { try await gate.pass() }
    try await checkRoom()
    return RunningIngress(
      session: stages.ingest.open(target, format: format, claim: claim, isAsync: options.isAsync), pipeline: self)
  }

  private func claimed(_ key: String) async throws(PipelineError) -> IdempotencyIndex.Claim {
    do { return try await stages.idempotency.claim(key) } catch { throw error.pipelineError }
  }

  package func ingestNow(
    table: SQLIdentifier, options: IngressOptions, body: [UInt8],
    completion: @escaping @Sendable (Result<IngressReceipt, PipelineError>) -> Void
  ) -> Bool {
    // The way that may wait also looks at the disk, once a second.
    guard gate.isOpen || (options.force && gate.isOpenForData && !gate.isClosed), !space.isShort,
      !space.isStale(at: environment.clock.monotonic())
    else { return false }
    do throws(PipelineError) {
      let target = try ingressTable(table)
      let format = try options.inputFormat()
      return stages.ingest.ingestNow(target, format: format, body: body, isAsync: options.isAsync) { [self] result in
        completion(result.map { receipt($0) }.mapError { $0.pipelineError })
      }
    } catch {
      completion(.failure(error))
      return true
    }
  }

  /// Rows of an INSERT, the same way as a request's: they wait while the pipeline is paused, and are durable
  /// on return.
  func insert(_ batches: [ColumnBatch], into table: SQLIdentifier) async throws(PipelineError) -> UInt64 {
    let target = try ingressTable(table)
    try await gate.pass()
    try await checkRoom()
    let ingest = stages.ingest
    let result = await withCheckedContinuation {
      (continuation: CheckedContinuation<Result<IngestOutcome, IngressError>, Never>) in
      environment.pool.submit {
        ingest.ingest(batches, into: target) { continuation.resume(returning: $0) }
      }
    }
    switch result {
    case .success(let outcome): return outcome.accepted
    case .failure(let error): throw error.pipelineError
    }
  }

  private func ingressTable(_ name: SQLIdentifier) throws(PipelineError) -> IngressTable {
    guard let table = program.tables.first(where: { $0.name == name }) else {
      throw PipelineError(.unknownInputStream, "unknown table '\(name)'")
    }
    return IngressTable(name: table.name, schema: table.schema, skipped: table.skippedColumns)
  }

  /// Refuses new records while the disk or the pipeline's quota is full; looked at by at most one request a
  /// second.
  private func checkRoom() async throws(PipelineError) {
    if space.isStale(at: environment.clock.monotonic()) {
      let shortage = stages.ingest.shortage
      _ = await environment.pool.run { shortage() }
    }
    if let reason = space.shortage {
      throw PipelineError(.storageFull, reason, retryAfterSeconds: 5)
    }
  }

  func receipt(_ outcome: IngestOutcome) -> IngressReceipt {
    let token = CompletionToken(
      pipeline: identity.pipeline, log: identity.log, incarnation: incarnation(of: outcome),
      endpoint: outcome.endpoint,
      range: outcome.range, stepsAtIssue: outcome.stepsAtIssue ?? stages.ledger.totals.initiatedSteps,
      rejected: UInt32(clamping: outcome.errorCount), receivedAt: outcome.receivedAt,
      firstRejected: outcome.firstRejected)
    var receipt = IngressReceipt(
      token: environment.sealer.seal(token), accepted: outcome.accepted, errorCount: outcome.errorCount,
      errors: outcome.errors.map(RejectedRecord.init))
    receipt.isReplay = outcome.isReplay
    receipt.isAsync = outcome.isAsync
    return receipt
  }

  /// This life, but for an answer of which a part was cut from the log: the token of the life that gave it tells which.
  private func incarnation(of outcome: IngestOutcome) -> Incarnation {
    guard outcome.isReplay, !outcome.range.isEmpty,
      let life = IncarnationHistory.life(of: outcome.range, in: identity.history), life.end != nil,
      life.recoveredEnd < outcome.range.end
    else { return identity.incarnation }
    return life.incarnation
  }
}

/// One request's way into the log.
final class RunningIngress: IngressSession {
  private let session: IngestSession
  private let pipeline: RunningPipeline

  init(session: IngestSession, pipeline: RunningPipeline) {
    self.session = session
    self.pipeline = pipeline
  }

  func feed(_ bytes: [UInt8]) async throws(PipelineError) {
    if case .failure(let error) = await session.feed(bytes) { throw error.pipelineError }
  }

  func finish() async throws(PipelineError) -> IngressReceipt {
    switch await session.finish() {
    case .success(let outcome): return pipeline.receipt(outcome)
    case .failure(let error): throw error.pipelineError
    }
  }

  func cancel() async { await session.cancel() }
}

/// A request whose idempotency key was answered before.
final class RunningReplay: IngressSession {
  private let replay: IdempotencyReplay
  private let endpoint: EndpointID
  private let pipeline: RunningPipeline

  init(_ replay: IdempotencyReplay, endpoint: EndpointID, pipeline: RunningPipeline) {
    self.replay = replay
    self.endpoint = endpoint
    self.pipeline = pipeline
  }

  func feed(_ bytes: [UInt8]) async throws(PipelineError) { replay.feed(bytes) }

  /// In a later life the token is the successor: its range is the same, its life this one.
  func finish() async throws(PipelineError) -> IngressReceipt {
    do { return pipeline.receipt(try replay.finish(endpoint)) } catch { throw error.pipelineError }
  }

  func cancel() async {}
}

extension IngressOptions {
  func inputFormat() throws(PipelineError) -> InputFormat {
    do {
      return try InputFormat.parse(
        format: format, updateFormat: updateFormat, jsonFlavor: jsonFlavor, array: array)
    } catch { throw error.pipelineError }
  }
}

extension RejectedRecord {
  init(_ error: RowError) {
    self.init(eventNumber: error.eventNumber, description: error.description)
    field = error.field
    invalidText = error.invalidText
    suggestion = error.suggestion
    tag = error.tag
  }
}

extension IngressError {
  var pipelineError: PipelineError {
    switch code {
    case .invalidParameter: PipelineError(.invalidParam, message)
    case .keyReused: PipelineError(.idempotencyKeyReused, message)
    case .closed: PauseGate.terminating
    case .full: PipelineError(.storageFull, message, retryAfterSeconds: 5)
    case .storage: PipelineError(.pipelineUnavailable, message, retryAfterSeconds: 5)
    }
  }
}

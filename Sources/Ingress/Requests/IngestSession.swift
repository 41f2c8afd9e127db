import Formats
import InputLog
import PipelineModel
import Platform
import Synchronization

/// One body that comes in chunks. Calls come one after another, except `cancel`, which may come at any time.
///
/// Nothing is visible before `finish`, where the whole body becomes one contiguous range. Beyond
/// `Limits.stagedFlushBytes` its blocks are staged in the store, which bounds memory: `feed` suspends
/// meanwhile. A body beyond `Limits.ingestPartBytes` is published in parts; if it then fails or is cancelled,
/// the published parts stay.
package final class IngestSession: Sendable {
  private struct State {
    var buffer: IngestBuffer
    /// Staged and not published.
    var stage: StageID?
    var stagedBytes = 0
    var staged = BlockTally()
    var published: OffsetRange?
    var accepted: UInt64 = 0
    var isOver = false
    var body = BodyDigest()
    /// From the first bytes until they wait for the log.
    var approach: LogApproach?
  }

  private let ingest: BatchIngest
  private let bounds: IngestBounds
  private let claim: IdempotencyClaim?
  private let receivedAt: WallTime
  private let isAsync: Bool
  private let state: Mutex<State>

  init(
    _ ingest: BatchIngest, _ buffer: IngestBuffer, _ bounds: IngestBounds, _ claim: IdempotencyClaim?, isAsync: Bool
  ) {
    self.ingest = ingest
    self.isAsync = isAsync
    self.bounds = bounds
    self.claim = claim
    receivedAt = ingest.clock.wall()
    state = Mutex(State(buffer: buffer))
  }

  /// Takes the next bytes; after a failure the session is over.
  package func feed(_ bytes: [UInt8]) async -> Result<Void, IngressError> {
    state.withLock { state in
      if claim != nil { state.body.add(bytes) }
      let isSmall = state.stage == nil && state.published == nil
      if isSmall, state.approach == nil, !state.isOver { state.approach = ingest.appender.approach() }
    }
    var start = 0
    let sliceBytes = state.withLock { $0.buffer.sliceBytes(bounds.blockBytes) }
    while start < bytes.count {
      let end = min(bytes.count, start + sliceBytes)
      let slice = start == 0 && end == bytes.count ? bytes : Array(bytes[start..<end])
      if slice.count <= BatchIngest.inlineBytesMax {
        decode(slice)
      } else {
        await ingest.pool.run { self.decode(slice) }
      }
      if state.withLock({ $0.buffer.fills(bounds.blockBytes) }) { await ingest.pool.run { self.seal() } }
      if case .failure(let error) = await stageWhatIsTooMuch() { return .failure(await fail(error)) }
      start = end
    }
    return state.withLock { $0.isOver } ? .failure(IngestSession.over) : .success(())
  }

  /// Makes the body durable (what is not staged may be only written, if that was wished) and visible; the session is
  /// over.
  package func finish() async -> Result<IngestOutcome, IngressError> {
    let isStaged: Bool? = state.withLock { state in
      guard !state.isOver else { return nil }
      return state.stage != nil || state.published != nil
    }
    guard let isStaged else { return .failure(IngestSession.over) }
    if state.withLock({ $0.buffer.unsealedBytes }) > BatchIngest.inlineBytesMax {
      await ingest.pool.run { self.state.withLock { $0.buffer.finish() } }
    } else {
      state.withLock { $0.buffer.finish() }
    }
    return isStaged ? await finishStaged() : await finishAtOnce()
  }

  /// Drops what is not published. Nothing happens after `finish`.
  package func cancel() async {
    let stage: StageID? = state.withLock { state in
      state.isOver = true
      state.approach = nil
      defer { state.stage = nil }
      return state.stage
    }
    if let stage { ingest.appender.abandon(stage) }
    claim?.release()
  }

  private var keyed: KeyedRequest? {
    claim.map { KeyedRequest(claim: $0, body: state.withLock { $0.body }) }
  }

  private var facts: RequestFacts { RequestFacts(receivedAt: receivedAt, keyed: keyed, isAsync: isAsync) }

  private static let over = IngressError(.closed, "the request is over")

  private func decode(_ bytes: [UInt8]) {
    state.withLock { state in
      if !state.isOver { state.buffer.decode(bytes) }
    }
  }

  private func seal() { state.withLock { $0.buffer.seal() } }

  private func fail(_ error: IngressError) async -> IngressError {
    await cancel()
    return error
  }

  // MARK: At once

  private func finishAtOnce() async -> Result<IngestOutcome, IngressError> {
    var (buffer, isOver) = state.withLock { state in
      defer { state.isOver = true }
      return (state.buffer, state.isOver)
    }
    guard !isOver else { return .failure(IngestSession.over) }
    // Packing compresses, so more than a little is done on the pool.
    guard buffer.blockBytes > BatchIngest.inlineBytesMax else {
      return await withCheckedContinuation { continuation in
        ingest.append(&buffer, facts) { continuation.resume(returning: $0) }
        arrive()
      }
    }
    let (whole, door, request) = (buffer, ingest, facts)
    return await withCheckedContinuation { continuation in
      door.pool.submit {
        var buffer = whole
        door.append(&buffer, request) { continuation.resume(returning: $0) }
        self.arrive()
      }
    }
  }

  private func arrive() { state.withLock { $0.approach = nil } }

  // MARK: Staged

  private func stageWhatIsTooMuch() async -> Result<Void, IngressError> {
    guard state.withLock({ $0.buffer.blockBytes }) > bounds.stagedFlushBytes else { return .success(()) }
    let shortage = ingest.shortage
    if let reason = await ingest.pool.run({ shortage() }) { return .failure(IngressError(.full, reason)) }
    if case .failure(let error) = await stageBlocks() { return .failure(error) }
    guard claim == nil, state.withLock({ $0.stagedBytes }) >= bounds.partBytes else { return .success(()) }
    return await publish(.none, nil)
  }

  /// Moves the blocks into the stage.
  private func stageBlocks() async -> Result<Void, IngressError> {
    let taken: (stage: StageID, blocks: [LogBlock])? = state.withLock { state in
      guard !state.isOver else { return nil }
      let stage = state.stage ?? ingest.appender.newStage()
      state.stage = stage
      state.approach = nil
      state.stagedBytes += state.buffer.blockBytes
      let blocks = state.buffer.takeBlocks()
      state.staged.add(BlockTally(blocks))
      return (stage, blocks)
    }
    guard let taken else { return .failure(IngestSession.over) }
    guard !taken.blocks.isEmpty else { return .success(()) }
    return await ingest.appender.stage(taken.blocks, in: taken.stage).mapError { IngressError(log: $0) }
  }

  /// Makes what is staged durable, with the rows of `rejected` and, at the end, the answer under the key.
  private func publish(_ rejected: RejectedRecords, _ ending: Ending?) async -> Result<Void, IngressError> {
    let taken: (stage: StageID, tally: BlockTally, endpoint: Endpoint)? = state.withLock { state in
      guard !state.isOver, let stage = state.stage else { return nil }
      defer {
        state.stage = nil
        state.staged = BlockTally()
        state.stagedBytes = 0
      }
      return (stage, state.staged, state.buffer.endpoint)
    }
    guard let taken else { return .failure(IngestSession.over) }
    taken.endpoint.accept(taken.tally)
    let rows = ingest.endpoints.extra(taken.endpoint, rejected, place: ending?.place)
    let extra = ending.map { BatchIngest.extra(rows, $0.keyed, $0.outcome) } ?? rows
    switch await ingest.appender.publish(taken.stage, extra: extra) {
    case .success(let range):
      state.withLock { state in
        state.published = .clamped(first: state.published?.first ?? range.first, end: range.end)
        state.accepted += range.count
      }
      return .success(())
    case .failure(let error):
      taken.endpoint.takeBack(taken.tally)
      return .failure(IngressError(log: error))
    }
  }

  private func finishStaged() async -> Result<IngestOutcome, IngressError> {
    if case .failure(let error) = await stageBlocks() { return .failure(await fail(error)) }
    let now = ingest.clock.wall()
    let rejected = state.withLock { $0.buffer.rejected(at: now) }
    let ending = ending()
    if case .failure(let error) = await publish(rejected, ending) { return .failure(await fail(error)) }
    defer { claim?.release() }
    return state.withLock { state in
      state.isOver = true
      guard let range = state.published else { return .failure(IngestSession.over) }
      return .success(ending.outcome(range, accepted: state.accepted))
    }
  }

  /// What is known of the answer before the last write.
  private struct Ending: Sendable {
    let keyed: KeyedRequest?
    let place = RejectedPlace()
    let endpoint: EndpointID
    let errorCount: UInt64
    let errors: [RowError]
    let receivedAt: WallTime
    let stepsAtIssue: StepCount?

    func outcome(_ range: OffsetRange) -> IngestOutcome { outcome(range, accepted: range.count) }

    func outcome(_ range: OffsetRange, accepted: UInt64) -> IngestOutcome {
      var outcome = IngestOutcome(
        endpoint: endpoint, range: range, accepted: accepted, errorCount: errorCount, errors: errors,
        receivedAt: receivedAt)
      outcome.stepsAtIssue = stepsAtIssue
      outcome.firstRejected = place.first
      return outcome
    }
  }

  private func ending() -> Ending {
    let keyed = keyed
    return state.withLock { state in
      Ending(
        keyed: keyed, endpoint: state.buffer.endpoint.id, errorCount: state.buffer.errorCount,
        errors: state.buffer.errors, receivedAt: receivedAt, stepsAtIssue: keyed?.claim.steps)
    }
  }
}

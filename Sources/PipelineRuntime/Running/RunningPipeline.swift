import Completion
import Deliveries
import DataModel
import Ingress
import InputLog
import Outputs
import PipelineModel
import Platform
import SQLFrontend
import StepEngine
import StorageAPI
import Synchronization

/// The stages of one pipeline in one life, wired; shared by the supervisor and every request.
///
/// Life cycle: assembled → `begin` (replay) → ready → `shutDown`, each once.
final class RunningPipeline: Sendable {
  /// Who this life is.
  struct Identity: Sendable {
    let pipeline: PipelineID
    let log: LogID
    let incarnation: Incarnation
    /// Rows of all lives, this one last.
    let history: [IncarnationRow]
    let startedAt: WallTime
    let initialStart: WallTime
    let directory: String
    let storageEnabled: Bool
  }

  /// The stages in the order of the data.
  struct Stages: Sendable {
    let store: any OrderedStore
    let appender: LogAppender
    let endpoints: EndpointRegistry
    let ingest: BatchIngest
    let idempotency: IdempotencyIndex
    let feeds: [SourceFeed]
    let engine: StepEngine
    let outputs: OutputDispatcher
    let ledger: CompletionLedger
    let outbox: WebhookOutbox
    let dead: DeadOffsets
    let checkpoints: CheckpointCoordinator
    let transactions: TransactionDesk
    let viewErrors: ViewErrorSteps
  }

  /// Facts for the supervisor.
  struct Reporter: Sendable {
    let ready: @Sendable (Incarnation) -> Void
    let failed: @Sendable (Incarnation, DeploymentError) -> Void
  }

  /// How a life is to end.
  struct Ending: Sendable {
    let checkpoint: Bool
    /// Give up on the checkpoint after `Limits.stopCheckpointWaitNanoseconds`.
    let bounded: Bool
    let reason: EndReason
  }

  let identity: Identity
  let stages: Stages
  let program: Program
  let environment: HostEnvironment
  let reporter: Reporter
  let gate: PauseGate
  let traffic: TrafficCounters
  let space: SpaceGuard
  let log: PipelineLogBuffer
  let checkpointIntervalSeconds: Int?
  let noteDamage: @Sendable (StepError) -> Void
  let queries = ActiveQueries()
  private let stopCheckpoint = FirstAnswer<StopCheckpoint>()
  /// Why this life cannot go on; the first reason counts.
  private let failure = Mutex<DeploymentError?>(nil)

  init(
    identity: Identity, stages: Stages, program: Program, shared: Shared
  ) {
    self.identity = identity
    self.stages = stages
    self.program = program
    environment = shared.environment
    reporter = shared.reporter
    gate = shared.gate
    traffic = shared.traffic
    space = shared.space
    log = shared.log
    checkpointIntervalSeconds = shared.checkpointIntervalSeconds
    noteDamage = shared.noteDamage
  }

  /// What the assembly hands over beside the stages.
  struct Shared: Sendable {
    let environment: HostEnvironment
    let reporter: Reporter
    let gate: PauseGate
    let traffic: TrafficCounters
    let space: SpaceGuard
    let log: PipelineLogBuffer
    let checkpointIntervalSeconds: Int?
    /// Ends the life when the error names a damaged state file.
    let noteDamage: @Sendable (StepError) -> Void
  }

  package var incarnation: Incarnation { identity.incarnation }

  /// Whether replay is over and data calls are answered.
  var isReady: Bool { gate.isOpenForData }

  var connectorErrorCount: UInt64 {
    stages.endpoints.all().reduce(0) { $0 + $1.parseErrors + $1.transportErrors }
      + stages.outputs.readings().reduce(0) { $0 + $1.transportErrors }
  }

  func noteFailure(_ error: DeploymentError) { failure.withLock { $0 = $0 ?? error } }
  var firstFailure: DeploymentError? { failure.withLock { $0 } }

  /// Starts the step thread, which replays first.
  func begin() { stages.engine.start() }

  /// Replay is over: sources and the checkpoint timer start. Once a life.
  func becameReady(paused: Bool) {
    setPaused(paused)
    for feed in stages.feeds { feed.start(pipelinePaused: paused) }
    startWebhooks()
    if identity.storageEnabled, let seconds = checkpointIntervalSeconds {
      stages.checkpoints.startTimer(seconds: seconds)
    }
  }

  func setPaused(_ paused: Bool) {
    gate.setPaused(paused)
    stages.engine.setPaused(paused)
    for feed in stages.feeds { feed.setPipelinePaused(paused) }
  }

  /// What became of the checkpoint before a stop.
  enum StopCheckpoint: Sendable {
    case taken
    case failed(String)
    /// A forced stop came meanwhile.
    case givenUp
  }

  /// Sources stop first, so that the checkpoint is the last word.
  func checkpointBeforeStop() async -> StopCheckpoint {
    guard identity.storageEnabled else {
      return .failed("a stop with checkpoint needs storage, which is disabled: use force")
    }
    await stopSources()
    return await finalCheckpoint()
  }

  /// A stop that waits for its checkpoint goes on without it.
  func giveUpCheckpoint() { stopCheckpoint.give(.givenUp) }

  /// The checkpoint that is given up goes on alone until the engine and the store refuse it.
  private func finalCheckpoint() async -> StopCheckpoint {
    let (answer, checkpoints) = (stopCheckpoint, stages.checkpoints)
    Task { answer.give(await checkpoints.takeAndWait().map { .failed($0) } ?? .taken) }
    return await answer.wait()
  }

  private func stopSources() async {
    let feeds = stages.feeds
    await environment.pool.run { for feed in feeds { feed.stop() } }
  }

  /// Ends the life: no new requests, the current step is finished, everything acknowledged is durable, the
  /// store closed.
  func shutDown(_ ending: Ending) async -> (failure: DeploymentError?, ()) {
    gate.close()
    queries.close()
    stages.outbox.close()
    stages.checkpoints.stopTimer()
    await stopSources()
    var failure: DeploymentError?
    if ending.checkpoint, isReady { failure = await boundedCheckpoint(ending) }
    let (stages, identity, log) = (stages, identity, log)
    await environment.pool.run {
      stages.engine.requestStop(givingUpStep: !ending.checkpoint && ending.reason != .suspended)
      stages.engine.join()
      stages.outputs.stop()
      stages.appender.close()
      RunningPipeline.recordEnd(stages, identity, ending.reason, log)
      stages.ledger.close()
      stages.store.close()
    }
    return (failure, ())
  }

  private func boundedCheckpoint(_ ending: Ending) async -> DeploymentError? {
    if ending.bounded {
      let answer = stopCheckpoint
      Task {
        try? await Task.sleep(for: .nanoseconds(Limits.stopCheckpointWaitNanoseconds))
        answer.give(.failed("it took too long"))
      }
    }
    guard case .failed(let message) = await finalCheckpoint() else { return nil }
    return RunningPipeline.checkpointError(message)
  }

  static func checkpointError(_ message: String) -> DeploymentError {
    DeploymentError(code: .checkpointFailure, message: "the checkpoint before the stop failed: \(message)")
  }

  private static func recordEnd(
    _ stages: Stages, _ identity: Identity, _ reason: EndReason, _ log: PipelineLogBuffer
  ) {
    do {
      let history = try IncarnationHistory.load(store: stages.store)
      try stages.store.write(
        history.ended(identity.incarnation, reason: reason, at: stages.appender.durableEnd), .synced)
    } catch { log.warning("the end of the life could not be recorded, it will count as crashed: \(error)") }
  }
}

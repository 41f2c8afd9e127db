import Checkpoints
import Completion
import ConnectorKit
import Connectors
import DataModel
import Deliveries
import Ingress
import InputLog
import Outputs
import PipelineModel
import Platform
import SQLFrontend
import StepEngine
import StorageAPI
import Synchronization

/// Wires the stages of one life: HTTP and sources → Ingress → InputLog → StepEngine → Outputs → Completion.
/// Blocks.
struct PipelineAssembly {
  let environment: HostEnvironment
  let descriptor: PipelineDescriptor
  let program: Program
  /// Its text.
  let programCode: String
  let log: PipelineLogBuffer
  /// Nil for the newest checkpoint.
  let from: RestorePoint?
  /// Checkpoints give nothing of the log back.
  var keepsLog = false

  /// Lets the appender wake an engine that is made after it. Weakly: the engine holds the appender, and a life
  /// that ended must be freed.
  private final class EngineRelay: Sendable {
    private struct Target { weak var engine: StepEngine? }
    private let target = Mutex(Target())
    func connect(_ engine: StepEngine) { target.withLock { $0.engine = engine } }
    func wake() { target.withLock { $0.engine }?.wake() }
    func wake(durableEnd: Offset) { target.withLock { $0.engine }?.wake(durableEnd: durableEnd) }
  }

  func assemble(_ reporter: RunningPipeline.Reporter) throws(PipelineError) -> RunningPipeline {
    let connectors = try PipelineConnectors(program)
    let fingerprint = ProgramFingerprint.of(program)
    let directory = environment.stateDirectory(of: descriptor.id)
    let opened = try Recovery(
      environment: environment, directory: directory, fingerprint: fingerprint, programCode: programCode,
      expectedLog: descriptor.storage.log, log: log, config: descriptor.definition.runtimeConfig,
      from: from
    ).open()
    do {
      return try wire(opened, connectors, fingerprint, reporter)
    } catch {
      opened.store.close()
      throw error
    }
  }

  /// What the stages are built on.
  private struct Ground {
    let opened: Recovery.Opened
    let connectors: PipelineConnectors
    let fingerprint: [UInt8]
    let reporter: RunningPipeline.Reporter
    let appender: LogAppender
    let relay: EngineRelay
    let transactions: TransactionDesk
  }

  /// Whatever was started is ended again when a later part cannot be made.
  private func wire(
    _ opened: Recovery.Opened, _ connectors: PipelineConnectors, _ fingerprint: [UInt8],
    _ reporter: RunningPipeline.Reporter
  ) throws(PipelineError) -> RunningPipeline {
    let relay = EngineRelay()
    let incarnation = opened.incarnation
    let ledger = CompletionLedger(
      store: opened.store, clock: environment.clock, steps: opened.position.steps,
      processedEnd: opened.position.end, durableEnd: opened.recoveredLog.durableEnd)
    let appender = LogAppender(
      opened.recoveredLog, store: opened.store, clock: environment.clock,
      onDurable: { end in
        ledger.durable(end)
        relay.wake(durableEnd: end)
      },
      onFailure: { error in
        reporter.failed(
          incarnation,
          DeploymentError(code: .storageFailure, message: "the log cannot be written: \(error.message)"))
      })
    let outputs = outputDispatcher(opened, connectors, ledger, relay, reporter)
    do {
      return try wire(
        Ground(
          opened: opened, connectors: connectors, fingerprint: fingerprint, reporter: reporter,
          appender: appender, relay: relay, transactions: try transactionDesk(opened, appender)), ledger, outputs)
    } catch {
      outputs.stop()
      appender.close()
      ledger.close()
      throw error
    }
  }

  private func wire(
    _ ground: Ground, _ ledger: CompletionLedger, _ outputs: OutputDispatcher
  ) throws(PipelineError) -> RunningPipeline {
    let (opened, appender) = (ground.opened, ground.appender)
    let gate = PauseGate()
    let traffic = TrafficCounters(restoring: opened.section(TrafficCounters.sectionName))
    let endpoints = try endpointRegistry(opened)
    let dead = try deadOffsets(opened)
    let viewErrors = try viewErrorSteps(opened)
    var setup = setup(opened, ground.connectors, appender, endpoints)
    setup.mark = try stepMark(opened)
    setup.transactions = ground.transactions
    let engine = StepEngine(
      setup,
      events: engineEvents(
        StageSet(
          ledger: ledger, outputs: outputs, endpoints: endpoints, traffic: traffic, dead: dead,
          viewErrors: viewErrors), opened, gate, ground.reporter))
    ground.relay.connect(engine)
    let space = SpaceGuard(quotaMegabytes: descriptor.definition.runtimeConfig.storageMegabytesMax)
    let shortage = shortage(space, opened.store)
    let ingest = BatchIngest(
      appender: appender, endpoints: endpoints, pool: environment.pool, clock: environment.clock,
      shortage: shortage)
    let idempotency = IdempotencyIndex(
      store: opened.store, clock: environment.clock, pool: environment.pool,
      steps: { ledger.totals.initiatedSteps })
    let feeds = try ground.connectors.feeds(
      PipelineConnectors.FeedParts(
        appender: appender, endpoints: endpoints, store: opened.store, clock: environment.clock,
        processedEnd: { [transactions = ground.transactions] in
          transactions.heldEnd(processedEnd: ledger.totals.processedEnd)
        }, shortage: shortage))
    let coordinator = CheckpointCoordinator(
      CheckpointCoordinator.Parts(
        engine: engine, store: opened.store, checkpoints: opened.checkpoints,
        fingerprint: ground.fingerprint, pool: environment.pool, clock: environment.clock,
        syncWatermark: { appender.syncWatermark() }, keepsLog: keepsLog,
        retention: descriptor.definition.runtimeConfig.logRetention, log: log),
      kept: opened.kept)
    let outbox = try webhookOutbox(opened)
    do { try outputs.start(at: opened.position.steps, pending: opened.section("outputs")) } catch {
      throw PipelineError(.connectorFailure, "\(error)")
    }
    return RunningPipeline(
      identity: identity(opened, environment.stateDirectory(of: descriptor.id)),
      stages: RunningPipeline.Stages(
        store: opened.store, appender: appender, endpoints: endpoints, ingest: ingest,
        idempotency: idempotency, feeds: feeds, engine: engine,
        outputs: outputs, ledger: ledger, outbox: outbox, dead: dead, checkpoints: coordinator,
        transactions: ground.transactions, viewErrors: viewErrors),
      program: program,
      shared: RunningPipeline.Shared(
        environment: environment, reporter: ground.reporter, gate: gate, traffic: traffic,
        space: space, log: log,
        checkpointIntervalSeconds: descriptor.definition.runtimeConfig.checkpointIntervalSeconds,
        noteDamage: damageReport(opened, ground.reporter)))
  }

  private func webhookOutbox(_ opened: Recovery.Opened) throws(PipelineError) -> WebhookOutbox {
    do {
      return try WebhookOutbox(
        store: opened.store, clock: environment.clock, pool: environment.pool, sender: environment.webhookSender)
    } catch { throw PipelineError(.storageFailure, "webhooks cannot be read: \(error)") }
  }

  /// Why disk or quota have no room; reads them at most once a second, and may block then.
  private func shortage(_ space: SpaceGuard, _ store: any OrderedStore) -> @Sendable () -> String? {
    let (environment, directory) = (environment, environment.stateDirectory(of: descriptor.id))
    return {
      space.shortage(at: environment.clock.monotonic()) {
        (try? environment.fileSystem.freeBytes(at: directory), store.sizeBytes())
      }
    }
  }

  private func identity(_ opened: Recovery.Opened, _ directory: String) -> RunningPipeline.Identity {
    RunningPipeline.Identity(
      pipeline: descriptor.id, log: opened.log, incarnation: opened.incarnation, history: opened.history,
      startedAt: environment.clock.wall(), initialStart: opened.initialStart, directory: directory,
      storageEnabled: descriptor.definition.runtimeConfig.storageEnabled)
  }

  private func endpointRegistry(_ opened: Recovery.Opened) throws(PipelineError) -> EndpointRegistry {
    do {
      let registry = try EndpointRegistry(store: opened.store)
      if let section = opened.section("endpoints") { try registry.restore(section) }
      return registry
    } catch { throw PipelineError(.storageFailure, "endpoint rows cannot be read: \(error)") }
  }

  private func viewErrorSteps(_ opened: Recovery.Opened) throws(PipelineError) -> ViewErrorSteps {
    do { return try ViewErrorSteps(store: opened.store) } catch {
      throw PipelineError(.storageFailure, "error rows cannot be read: \(error)")
    }
  }

  private func transactionDesk(
    _ opened: Recovery.Opened, _ appender: LogAppender
  ) throws(PipelineError) -> TransactionDesk {
    do {
      return try TransactionDesk(
        store: opened.store, clock: environment.clock, durableEnd: { appender.durableEnd })
    } catch { throw PipelineError(error.deploymentError.code, "transactions cannot be read: \(error.message)") }
  }

  private func deadOffsets(_ opened: Recovery.Opened) throws(PipelineError) -> DeadOffsets {
    do { return try DeadOffsets(store: opened.store) } catch {
      throw PipelineError(.storageFailure, "dead records cannot be read: \(error)")
    }
  }

  private func setup(
    _ opened: Recovery.Opened, _ connectors: PipelineConnectors, _ appender: LogAppender,
    _ endpoints: EndpointRegistry
  ) -> EngineSetup {
    let config = descriptor.definition.runtimeConfig
    let delay = UInt64(clamping: config.maxBufferingDelayMicroseconds).multipliedReportingOverflow(by: 1000)
    var setup = EngineSetup(
      program: program, observed: connectors.observedRelations, position: opened.position,
      store: opened.store,
      clock: environment.clock,
      planner: StepPlanner(
        recordsMin: UInt64(clamping: config.minBatchSizeRecords),
        delayNanosecondsMax: delay.overflow ? .max : delay.partialValue,
        paceNanoseconds: Limits.stepPaceNanoseconds),
      paused: true, durableEnd: { appender.durableEnd })
    setup.recent = appender.recent
    setup.clockResolution = config.clockResolutionMicroseconds
    setup.workers = min(config.workers, ProcessFacts.processors)
    setup.storage = opened.state
    setup.onRowError = RowErrorPolicy(rawValue: config.onRowError) ?? .fail
    setup.dismissals = descriptor.deployment.dismissals
    let schemas = Dictionary(program.tables.map { ($0.name.canonical, $0.schema) }) { first, _ in first }
    setup.letter = { endpoints.letter(of: $0, schemas[$0.table]) }
    return setup
  }

  /// Under supervision; a step that has ended the process again and again ends the start instead.
  private func stepMark(_ opened: Recovery.Opened) throws(PipelineError) -> StepMark? {
    guard let supervision = environment.supervision else { return nil }
    let path = "\(environment.stateDirectory(of: descriptor.id))/step"
    do {
      let mark = try StepMark(path: path, trapped: supervision.trap != nil)
      guard let range = mark.poison else { return mark }
      let signal = supervision.trap.map { " signal=\($0)" } ?? ""
      let message = "the server ended with a trap, again and again, in a step offsets=\(range)\(signal)"
      try FailedStep(
        step: opened.position.steps.nextIndex, range: range, dismissals: descriptor.deployment.dismissals,
        isTrap: true, message: message
      ).write(to: opened.store)
      mark.forget()
      throw PipelineError(.workerPanic, message)
    } catch let error as PipelineError { throw error } catch {
      throw PipelineError(.storageFailure, "the mark of the running step cannot be used: \(error)")
    }
  }

  private func outputDispatcher(
    _ opened: Recovery.Opened, _ connectors: PipelineConnectors, _ ledger: CompletionLedger,
    _ relay: EngineRelay, _ reporter: RunningPipeline.Reporter
  ) -> OutputDispatcher {
    let (store, incarnation) = (opened.store, opened.incarnation)
    let log = log
    let events = OutputEvents(
      added: { name, steps in
        do { try ledger.restoreOutput(name, at: steps) } catch {
          log.error("ledger rows cannot be read: \(error)")
        }
      },
      removed: { name in ledger.removeOutput(name) },
      delivered: { name, steps in
        ledger.output(name, deliveredThrough: steps)
        relay.wake()
      },
      failed: { name, message in
        reporter.failed(
          incarnation, DeploymentError(code: .connectorFailure, message: "output '\(name)' failed: \(message)"))
      },
      syncJournal: {
        do {
          try store.sync()
          return true
        } catch {
          log.error("the journal cannot be synced: \(error)")
          return false
        }
      })
    return OutputDispatcher(store: store, sinks: connectors.sinks, clock: environment.clock, events: events)
  }

  /// Checkpoints that use a damaged file are bad, and the life that read it ends; the next one takes an older
  /// checkpoint.
  private func damageReport(
    _ opened: Recovery.Opened, _ reporter: RunningPipeline.Reporter
  ) -> @Sendable (StepError) -> Void {
    let (checkpoints, incarnation, log) = (opened.checkpoints, opened.incarnation, log)
    return { error in
      guard let file = error.file else { return }
      StateStorage.markBad(checkpoints, usingFile: file, log)
      reporter.failed(incarnation, error.deploymentError)
    }
  }

  private struct StageSet {
    let ledger: CompletionLedger
    let outputs: OutputDispatcher
    let endpoints: EndpointRegistry
    let traffic: TrafficCounters
    let dead: DeadOffsets
    let viewErrors: ViewErrorSteps
  }

  private func engineEvents(
    _ stages: StageSet, _ opened: Recovery.Opened, _ gate: PauseGate, _ reporter: RunningPipeline.Reporter
  ) -> EngineEvents {
    let (ledger, outputs, endpoints, traffic) = (
      stages.ledger, stages.outputs, stages.endpoints, stages.traffic
    )
    let (dead, viewErrors, log) = (stages.dead, stages.viewErrors, log)
    let noteDamage = damageReport(opened, reporter)
    let incarnation = opened.incarnation
    var events = EngineEvents(
      initiated: { ledger.initiated($0) },
      finished: { facts in
        traffic.add(facts)
        for share in facts.endpoints {
          endpoints.processed(share.endpoint, records: share.records, inputBytes: share.inputBytes)
        }
        outputs.submit(
          StepDeltas(step: facts.row.step, deltas: facts.deltas, inputRecords: facts.row.records))
        if facts.row.isDead, !facts.row.isCut { dead.add(facts.row.range.first) }
        for record in facts.failedRecords {
          dead.add(record.offset)
          log.warning("record is a dead letter offset=\(record.offset) table=\(record.table): \(record.reason)")
        }
        viewErrors.add(facts.row.range, count: facts.viewErrors)
        ledger.processed(facts.row.step, range: facts.row.range)
      },
      ready: { steps, end in
        // The gap up to the reserved number belongs to nobody: outputs pass it without deltas.
        if steps > .zero {
          let last = StepIndex(steps.rawValue - 1)
          outputs.submit(StepDeltas(step: last, deltas: [], inputRecords: 0))
          ledger.processed(last, range: .empty(at: end))
        }
        gate.setReady()
        reporter.ready(incarnation)
      },
      hasRoom: { outputs.waitForRoom(timeoutNanoseconds: 100_000_000) },
      failed: { error in
        noteDamage(error)
        if error.file == nil { reporter.failed(incarnation, error.deploymentError) }
      })
    events.sections = {
      [
        StateSection(name: "outputs", bytes: outputs.pendingSection()),
        StateSection(name: "endpoints", bytes: endpoints.snapshot()), traffic.section,
      ]
    }
    return events
  }
}

extension Recovery.Opened {
  func section(_ name: String) -> [UInt8]? { sections.first { $0.name == name }?.bytes }
}

extension StepError {
  /// How the deployment shows it.
  var deploymentError: DeploymentError {
    switch code {
    case .evaluation: DeploymentError(code: .workerPanic, message: "evaluation failed: \(message)")
    // An older checkpoint has the same state: the storage is opened again.
    case .corrupt where file != nil: DeploymentError(code: .storageFailure, message: message)
    case .corrupt: DeploymentError(code: .dataLoss, message: message)
    case .storage, .exhausted: DeploymentError(code: .storageFailure, message: message)
    case .refused: DeploymentError(code: .bootstrapNotAllowed, message: message)
    case .state: DeploymentError(code: .checkpointFailure, message: message)
    }
  }
}

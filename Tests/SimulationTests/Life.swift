import Checkpoints
import Completion
import ConnectorKit
import DataModel
import Ingress
import InputLog
import Outputs
import PipelineModel
import Platform
import SQLFrontend
import StepEngine
import StorageAPI
import TestSupport

/// One life of the pipeline: the real stages, opened and wired as `Recovery` and `PipelineAssembly` do, without their
/// threads.
///
/// `@unchecked Sendable` holds: a simulation runs on one thread.
final class Life: @unchecked Sendable {
  /// What runs in turns. One of them never runs inside itself.
  enum Loop: CaseIterable { case commit, step, sinks, state, jobs }

  let store: any OrderedStore
  let faulty: FaultyStore
  let checkpoints: CheckpointStore
  let position: EnginePosition
  let incarnation: Incarnation
  let history: [IncarnationRow]
  let watermark: WatermarkFile
  let ledger: CompletionLedger
  let appender: LogAppender
  let outputs: OutputDispatcher
  let endpoints: EndpointRegistry
  let dead: DeadOffsets
  let desk: TransactionDesk
  let engine: StepEngine
  let ingest: BatchIngest
  let idempotency: IdempotencyIndex
  private let storage: EngineStorage
  private var stepLoop: StepLoop
  private var sinkLoop: SinkLoop
  private var busy: Set<Loop> = []

  var kept: [CheckpointManifest]
  var isReady = false
  /// Why it cannot go on.
  var failure: StepError?
  /// Nothing that it says reaches anyone any more.
  var isGone = false
  var isClosing = false
  var isCheckpointing = false
  /// End of the records that its views show.
  var shownEnd: Offset
  /// Steps that this life has replayed or taken.
  var steps: Set<StepIndex> = []

  static let checkpointDirectory = "/checkpoints"

  /// Opens what the disk holds: restore → recover the log → fence → wire.
  init(_ world: Simulation) throws {
    faulty = try world.openStore()
    store = faulty
    checkpoints = CheckpointStore(
      directory: Life.checkpointDirectory, store: store, fileSystem: world.files, clock: world.clock,
      random: world.chance)
    let (clock, chance) = (world.clock, world.chance)
    var settings = EngineStorage.Settings()
    settings.hasThreads = false
    if world.isMemoryShort {
      settings.memoryBytes = 30_000
      settings.spilledBatchBytesMin = 500
    }
    storage = EngineStorage(
      directory: Life.checkpointDirectory, fileSystem: world.files, settings: settings
    ) { "\(UniqueID.version7(clock: clock, random: chance))\(CheckpointStore.fileSuffix)" }
    kept = try checkpoints.open()
    var restored: RestoredCheckpoint?
    if let newest = kept.first {
      let loaded = try checkpoints.load(newest)
      position = try EnginePosition(restoring: loaded, of: newest, from: storage)
      restored = loaded
    } else {
      position = .beginning
    }
    func section(_ name: String) -> [UInt8]? { restored?.sections.first { $0.name == name }?.bytes }
    let recovered = try LogRecovery.recover(
      store: store, watermarkPath: world.watermarkPath, fileSystem: PosixFileSystem(), floor: position.end)
    watermark = recovered.watermark
    incarnation = Incarnation(UniqueID.version7(clock: clock, random: chance))
    let begun = try IncarnationHistory.load(store: store).begin(
      incarnation, at: recovered.durableEnd, now: clock.wall())
    try store.write(begun.batch, .synced)
    history = begun.rows
    shownEnd = position.end

    let relay = Relay()
    let ledger = CompletionLedger(
      store: store, clock: clock, steps: position.steps, processedEnd: position.end,
      durableEnd: recovered.durableEnd, hasTimer: false)
    self.ledger = ledger
    let appender = LogAppender(
      recovered, store: store, clock: clock, hasThread: false,
      onDurable: { end in
        ledger.durable(end)
        world.othersMayRun()
      }, onFailure: { relay.life?.failure = StepError(.storage, $0.message) })
    self.appender = appender
    outputs = OutputDispatcher(
      store: store, sinks: world.sinkSpecs, clock: clock,
      events: Life.outputEvents(world, store, ledger, relay), random: chance)
    desk = try TransactionDesk(store: store, clock: clock, durableEnd: { appender.durableEnd })
    endpoints = try EndpointRegistry(store: store)
    if let bytes = section("endpoints") { try endpoints.restore(bytes) }
    dead = try DeadOffsets(store: store)

    var setup = EngineSetup(
      program: world.program.compiled, observed: Set(world.outsides.map { SQLIdentifier($0.relation) }),
      position: position, store: store, clock: clock, planner: world.planner, paused: true,
      durableEnd: { appender.durableEnd })
    setup.storage = storage
    setup.onRowError = world.onRowError
    setup.dismissals = world.dismissals
    setup.transactions = desk
    let (endpoints, schemas) = (endpoints, world.program.schemas)
    setup.letter = { endpoints.letter(of: $0, schemas[$0.table]) }
    engine = StepEngine(
      setup,
      events: Life.engineEvents(
        world, relay, Stages(ledger: ledger, outputs: outputs, endpoints: endpoints, dead: dead)))
    ingest = BatchIngest(
      appender: appender, endpoints: endpoints, pool: world.pool, clock: clock, bounds: world.ingestBounds)
    idempotency = IdempotencyIndex(
      store: store, clock: clock, pool: world.pool, steps: { ledger.totals.initiatedSteps })
    sinkLoop = try outputs.begin(at: position.steps, pending: section("outputs"))
    stepLoop = engine.loop()
    relay.life = self
  }

  /// Lets the stages' events find the life that is made of them.
  private final class Relay: @unchecked Sendable { weak var life: Life? }

  private struct Stages: Sendable {
    let ledger: CompletionLedger
    let outputs: OutputDispatcher
    let endpoints: EndpointRegistry
    let dead: DeadOffsets
  }

  private static func outputEvents(
    _ world: Simulation, _ store: any OrderedStore, _ ledger: CompletionLedger, _ relay: Relay
  ) -> OutputEvents {
    OutputEvents(
      added: { name, steps in
        do { try ledger.restoreOutput(name, at: steps) } catch { world.fail(0, "ledger rows: \(error)") }
      },
      removed: { ledger.removeOutput($0) },
      delivered: { name, steps in
        if let life = relay.life { world.delivered(name, steps, life) }
        ledger.output(name, deliveredThrough: steps)
      },
      failed: { name, message in world.fail(0, "sink \(name) failed for good: \(message)") },
      syncJournal: { (try? store.sync()) != nil })
  }

  /// In the order of `PipelineAssembly`.
  private static func engineEvents(_ world: Simulation, _ relay: Relay, _ stages: Stages) -> EngineEvents {
    let (ledger, outputs, endpoints, dead) = (stages.ledger, stages.outputs, stages.endpoints, stages.dead)
    var events = EngineEvents(
      initiated: { ledger.initiated($0) },
      finished: { facts in
        if let life = relay.life { world.finished(facts, life) }
        world.othersMayRun()
        for share in facts.endpoints {
          endpoints.processed(share.endpoint, records: share.records, inputBytes: share.inputBytes)
        }
        outputs.submit(
          StepDeltas(step: facts.row.step, deltas: facts.deltas, inputRecords: facts.row.records))
        world.othersMayRun()
        if facts.row.isDead, !facts.row.isCut { dead.add(facts.row.range.first) }
        for record in facts.failedRecords { dead.add(record.offset) }
        ledger.processed(facts.row.step, range: facts.row.range)
      },
      ready: { steps, end in
        if let life = relay.life { world.replayed(steps, end, life) }
        if steps > .zero {
          let last = StepIndex(steps.rawValue - 1)
          outputs.submit(StepDeltas(step: last, deltas: [], inputRecords: 0))
          ledger.processed(last, range: .empty(at: end))
        }
        relay.life?.isReady = true
        relay.life?.engine.setPaused(world.isPaused)
      },
      hasRoom: { outputs.waitForRoom(timeoutNanoseconds: 0) },
      failed: { relay.life?.failure = $0 })
    events.sections = {
      let pending = StateSection(name: "outputs", bytes: outputs.pendingSection())
      return (world.fault == .noPendingSection ? [] : [pending])
        + [StateSection(name: "endpoints", bytes: endpoints.snapshot())]
    }
    return events
  }

  // MARK: Turns

  /// Nil when the loop is in a turn already.
  func turn(_ loop: Loop, _ world: Simulation) -> LoopTurn? {
    guard busy.insert(loop).inserted else { return nil }
    defer { busy.remove(loop) }
    switch loop {
    case .commit: return appender.turn()
    case .step: return stepLoop.turn()
    case .sinks: return sinkLoop.turn()
    case .state: return storage.turn()
    case .jobs: return world.jobs.runOne(world.random) ? .again : .wait(nanoseconds: nil)
    }
  }

  /// The process is gone and its disk closed: whoever waits is let go, unheard.
  func abandon(_ world: Simulation) {
    isGone = true
    engine.requestStop(givingUpStep: true)
    while turn(.step, world) != .ended {}
    appender.close()
    while turn(.commit, world) != .ended {}
    ledger.close()
    while turn(.jobs, world) == .again {}
  }
}

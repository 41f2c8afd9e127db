// Goal: what a life has told binds the next one: step numbers and NOW() (invariants 4 and 5). Method: lives over one
// MemoryStore whose loop is driven turn by turn, so that each ends exactly where it hurts. Found by the simulation.
import DataModel
import InputLog
import PipelineModel
import Platform
import SQLFrontend
import StepEngine
import StorageAPI
import Synchronization
import TestSupport
import Testing

@Suite("Steps, turn by turn")
struct StepTurnTests {
  /// What a life told.
  final class Told: Sendable {
    let initiated = Mutex<[UInt64]>([])
    let rows = Mutex<[JournalRow]>([])
    let ready = Mutex<StepCount?>(nil)
  }

  final class World {
    let store = MemoryStore()
    let clock = ManualClock()
    let told = Told()
    private var end = Offset.zero

    func append(_ values: [Int64]) throws {
      let changes = ChangeBatch(
        columns: [ColumnVector(.int64(values))],
        kinds: [UInt8](repeating: ChangeKind.insert.rawValue, count: values.count))
      let block = LogBlock(
        table: "t", endpoint: EndpointID(1), recordCount: values.count, inputBytes: 1,
        payload: ColumnCodec.encode(changes))
      var batch = WriteBatch()
      batch.put(
        .log, KeySpace.bigEndian(end.rawValue), LogGroup.encode(.blocks, first: end, [try PackedBlocks([block])]))
      try store.write(batch, .synced)
      end = Offset(end.rawValue + UInt64(values.count))
    }

    func engine(at position: EnginePosition = .beginning) throws -> StepEngine {
      let program = try SQLCompiler.compile(
        "create table t (x bigint not null); create materialized view v as select 1000 / x as y from t;"
      ).get()
      let (end, told) = (end, told)
      var setup = EngineSetup(
        program: program, observed: [], position: position, store: store, clock: clock,
        planner: StepPlanner(recordsMin: 0, delayNanosecondsMax: 0), paused: false, durableEnd: { end })
      setup.dismissals = 1
      return StepEngine(
        setup,
        events: EngineEvents(
          initiated: { step in told.initiated.withLock { $0.append(step.rawValue) } },
          finished: { facts in told.rows.withLock { $0.append(facts.row) } },
          ready: { steps, _ in told.ready.withLock { $0 = steps } }, hasRoom: { true },
          failed: { Issue.record("\($0)") }))
    }
  }

  @Test("a number that was told as begun is not given back by a stop before the step is taken")
  func toldNumber() throws {
    let world = World()
    try world.append([5, 0, 6, 7])
    // Its range is taken in pieces, and the first one fails.
    try FailedStep(
      step: StepIndex(0), range: .clamped(first: .zero, end: Offset(4)), dismissals: 0, isTrap: false, message: ""
    ).write(to: world.store)
    let engine = try world.engine()
    var loop = engine.loop()
    while world.told.initiated.withLock({ $0.isEmpty }) { _ = loop.turn() }
    #expect(world.told.rows.withLock { $0.isEmpty })
    engine.requestStop()
    #expect(loop.turn() == .ended && loop.turn() == .ended)

    let second = try world.engine()
    var again = second.loop()
    while again.turn() == .again {}
    #expect(world.told.ready.withLock { $0 } == StepCount(1))
    #expect(world.told.rows.withLock { $0.first?.step } == StepIndex(1))
  }

  @Test("NOW() does not go back when a life begins behind its journal and the wall clock is earlier")
  func nowBehindCheckpoint() throws {
    let world = World()
    try world.append([5])
    let engine = try world.engine()
    var loop = engine.loop()
    while loop.turn() == .again {}
    engine.requestStop()
    _ = loop.turn()
    let first = try #require(world.told.rows.withLock { $0.last })
    try Journal(store: world.store).trim(below: StepIndex(1))

    world.clock.setWall(microseconds: first.now.microseconds - 1_000_000)
    try world.append([6])
    let position = EnginePosition(steps: StepCount(1), end: Offset(1), traces: [])
    var again = try world.engine(at: position).loop()
    while again.turn() == .again {}
    let second = try #require(world.told.rows.withLock { $0.last })
    #expect(second.step == StepIndex(1) && second.now > first.now)
  }
}

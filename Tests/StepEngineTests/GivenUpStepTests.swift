// Goal: a step that does not end, because a program joins views with themselves over and over, is given up when the
// engine is told so; nothing of it is told, and no failure. Method: a real engine whose first step makes 3^64 rows.
import DataModel
import PipelineModel
import Platform
import SQLFrontend
import StepEngine
import StorageAPI
import Synchronization
import TestSupport
import Testing

@Suite("Steps that are given up", .timeLimit(.minutes(15)))
struct GivenUpStepTests {
  private static let text =
    "create local view v0 as select x from (values (1), (2), (3)) as t (x);\n"
    + (1...6).map { "create local view v\($0) as select a.x from v\($0 - 1) a, v\($0 - 1) b;\n" }.joined()
    + "create materialized view result as select x from v6;"

  @Test("an endless step ends with the engine", arguments: [1, 2]) func endless(workers: Int) throws {
    let begun = Signal()
    let told = Atomic(0)
    var setup = EngineSetup(
      program: try SQLCompiler.compile(Self.text).get(), observed: [], position: .beginning,
      store: MemoryStore(), clock: ManualClock(), planner: StepPlanner(recordsMin: 0, delayNanosecondsMax: 0),
      paused: false, durableEnd: { .zero })
    setup.workers = workers
    let engine = StepEngine(
      setup,
      events: EngineEvents(
        initiated: { _ in begun.raise() }, finished: { _ in told.add(1, ordering: .relaxed) },
        ready: { _, _ in }, hasRoom: { true }, failed: { Issue.record("\($0)") }))
    engine.start()
    _ = begun.wait(timeoutNanoseconds: 60_000_000_000)
    engine.requestStop(givingUpStep: true)
    engine.join()
    #expect(told.load(ordering: .relaxed) == 0)
  }
}

// Goal: views over NOW() change without records, once a resolution, and a life that replays the journal gives
// the same deltas; NOW() never goes back, whatever the wall clock does (invariant 4). Method: real engines
// over one MemoryStore and a clock that moves when told; a second life begins with the state of nothing.
import DataModel
import PipelineModel
import Platform
import SQLFrontend
import StepEngine
import StorageAPI
import Synchronization
import TestSupport
import Testing

@Suite("The clock's steps")
struct ClockStepTests {
  /// What an engine told.
  final class Told: Sendable {
    let facts = Mutex<[StepFacts]>([])
    let signal = Signal()

    /// Waits until so many steps are told.
    func wait(for count: Int) -> [StepFacts] {
      for _ in 0..<200 {
        let now = facts.withLock { $0 }
        if now.count >= count { return now }
        _ = signal.wait(timeoutNanoseconds: 100_000_000)
      }
      return facts.withLock { $0 }
    }
  }

  private static let text = """
    create materialized view clock as select now() as at;
    create materialized view due as
      select x from (values (timestamp '2024-01-01 00:00:02'), (timestamp '2024-01-01 00:00:05'),
        (timestamp '2024-01-01 00:01:00')) as t (x)
      where x <= now() and x >= now() - interval '3' second;
    """

  private static func engine(_ store: MemoryStore, _ clock: ManualClock, _ told: Told) throws -> StepEngine {
    let program = try SQLCompiler.compile(text).get()
    let setup = EngineSetup(
      program: program, observed: Set(program.views.map(\.name)), position: .beginning, store: store,
      clock: clock, planner: StepPlanner(recordsMin: 0, delayNanosecondsMax: 0), paused: false,
      durableEnd: { .zero })
    return StepEngine(
      setup,
      events: EngineEvents(
        initiated: { _ in },
        finished: { facts in
          told.facts.withLock { $0.append(facts) }
          told.signal.raise()
        }, ready: { _, _ in }, hasRoom: { true }, failed: { Issue.record("\($0)") }))
  }

  private static func shown(_ facts: StepFacts) -> [String] {
    ["\(facts.row.step) \(facts.row.now)"]
      + facts.deltas.map { delta in
        let rows = (0..<delta.rows.count).map { row in
          "\(delta.rows.columns.map { $0.value(at: row) })x\(delta.rows.weights[row])"
        }
        return "\(delta.relation) \(rows)"
      }
  }

  @Test("empty steps once a resolution; replay tells the same; a wall clock that jumps back changes nothing")
  func clockAndReplay() throws {
    let store = MemoryStore()
    let clock = ManualClock()
    let told = Told()
    let engine = try Self.engine(store, clock, told)
    engine.start()
    #expect(told.wait(for: 1).count == 1)
    let pauses: [Int64] = [1000, 1500, 4000, 60_000]
    for (index, milliseconds) in pauses.enumerated() {
      clock.advance(milliseconds: milliseconds)
      engine.wake()
      #expect(told.wait(for: index + 2).count == index + 2)
    }
    clock.advance(milliseconds: 10)
    engine.wake()
    engine.requestStop()
    engine.join()
    let first = told.facts.withLock { $0 }
    #expect(first.count == 5, "10 ms are less than the resolution")
    #expect(first.allSatisfy { $0.row.range.isEmpty && $0.row.now.microseconds % 1_000_000 == 0 })
    let due = first.flatMap(\.deltas).filter { $0.relation == SQLIdentifier("due") }
    #expect(due.map(\.rows.weights) == [[1], [-1, 1], [-1]])

    clock.setWall(microseconds: 1_000_000)
    let again = Told()
    let second = try Self.engine(store, clock, again)
    second.start()
    #expect(again.wait(for: 5).count == 5)
    clock.advance(milliseconds: 5000)
    second.wake()
    second.requestStop()
    second.join()
    let replayed = again.facts.withLock { $0 }
    #expect(replayed.map(Self.shown) == first.map(Self.shown), "and no step of a time that has passed")
    #expect(replayed.allSatisfy { $0.replayed })
  }
}

// Goal: each gate says how far records have come, for every output on its own, and when. Method: facts by hand.
import Completion
import PipelineModel
import StorageAPI
import TestSupport
import Testing

@Suite("Gates of the ledger")
struct LedgerGateTests {
  private static func range(_ first: UInt64, _ end: UInt64) -> OffsetRange {
    .clamped(first: Offset(first), end: Offset(end))
  }

  @Test("each output has its own end; complete is the least of them")
  func outputs() {
    var ledger = LedgerState(steps: .zero, processedEnd: .zero)
    ledger.restoreOutput("a", delivered: .zero, completedEnd: .zero)
    ledger.restoreOutput("b", delivered: .zero, completedEnd: .zero)
    for step in UInt64(0)..<5 {
      ledger.processed(StepIndex(step), range: Self.range(step * 10, step * 10 + 10))
    }
    ledger.delivered("a", through: StepCount(3))
    ledger.delivered("b", through: StepCount(1))
    #expect(ledger.position(at: .processed) == GatePosition(end: Offset(50), steps: StepCount(5)))
    #expect(ledger.position(at: .output("a")) == GatePosition(end: Offset(30), steps: StepCount(3)))
    #expect(ledger.position(at: .output("b")) == GatePosition(end: Offset(10), steps: StepCount(1)))
    #expect(ledger.position(at: .complete) == GatePosition(end: Offset(10), steps: StepCount(1)))
    #expect(ledger.position(at: .output("c")) == nil)
    ledger.delivered("a", through: StepCount(5))
    #expect(ledger.position(at: .output("a"))?.end == Offset(50))
  }

  @Test("an output that begins late has all that was processed before")
  func lateOutput() {
    var ledger = LedgerState(steps: .zero, processedEnd: .zero)
    ledger.processed(StepIndex(0), range: Self.range(0, 10))
    ledger.add("s", at: StepCount(1))
    #expect(ledger.position(at: .output("s"))?.end == Offset(10))
    ledger.processed(StepIndex(1), range: Self.range(10, 20))
    #expect(ledger.position(at: .output("s"))?.end == Offset(10))
  }

  @Test("an output behind from a former life keeps its end until it has caught up")
  func restored() {
    var ledger = LedgerState(steps: StepCount(9), processedEnd: Offset(90))
    ledger.restoreOutput("s", delivered: StepCount(4), completedEnd: Offset(40))
    ledger.processed(StepIndex(9), range: Self.range(90, 95))
    ledger.delivered("s", through: StepCount(6))
    #expect(ledger.position(at: .output("s"))?.end == Offset(40))
    ledger.delivered("s", through: StepCount(10))
    #expect(ledger.position(at: .output("s"))?.end == Offset(95))
  }

  @Test("a parked action runs once, when its gate is passed")
  func parkedActions() async {
    let ledger = CompletionLedger(store: MemoryStore(), clock: ManualClock(), steps: .zero, processedEnd: .zero)
    ledger.addOutput("a", at: .zero)
    let never = MonotonicTime(nanoseconds: .max)
    let condition = WaitCondition(.output("a"), Self.range(0, 5), stepsAtIssue: .zero)
    await confirmation(expectedCount: 1) { ran in
      #expect(ledger.park([condition], deadline: never) { ran() } != nil)
      let other = ledger.park([condition], deadline: never) { Issue.record("given up") }
      if let other { ledger.giveUp(other) }
      ledger.processed(StepIndex(0), range: Self.range(0, 5))
      #expect(ledger.parkedWaits == 1)
      ledger.output("a", deliveredThrough: StepCount(1))
      #expect(ledger.parkedWaits == 0)
    }
    #expect(ledger.park([condition], deadline: never) {} == nil)
    #expect(await ledger.whenAny([condition], deadline: never))
    ledger.close()
  }

  @Test("moments are remembered from this life on")
  func moments() {
    var times = LedgerTimes(durableEnd: Offset(100))
    times.begin("s", at: StepCount(5))
    for number in UInt64(1)...20_000 {
      times.durable(Offset(100 + 10 * number), at: WallTime(microseconds: Int64(number)))
      times.delivered("s", through: StepCount(5 + number), at: WallTime(microseconds: Int64(number)))
    }
    #expect(times.durableTime(of: Offset(100)) == nil)
    #expect(times.durableTime(of: Offset(101)) == nil)
    #expect(times.durableTime(of: Offset(200_095)) == WallTime(microseconds: 20_000))
    #expect(times.durableTime(of: Offset(200_090)) == WallTime(microseconds: 19_999))
    #expect(times.durableTime(of: Offset(200_101)) == nil)
    #expect(times.deliveryTime("s", of: StepCount(20_005)) == WallTime(microseconds: 20_000))
    #expect(times.deliveryTime("s", of: StepCount(6)) == nil)
    #expect(times.deliveryTime("t", of: StepCount(6)) == nil)
    var young = LedgerTimes(durableEnd: .zero)
    young.durable(Offset(10), at: WallTime(microseconds: 7))
    #expect(young.durableTime(of: Offset(5)) == WallTime(microseconds: 7))
  }

  @Test("the steps of a range are found in the store, with their times")
  func steps() throws {
    let store = MemoryStore()
    var batch = WriteBatch()
    for step in UInt64(0)..<10 {
      batch.put(
        KeySpace.stepIndex.key((step + 1) * 10), KeySpace.bigEndian(step) + KeySpace.bigEndian(1000 + step))
    }
    batch.put(KeySpace.stepIndex.key(UInt64(110)), KeySpace.bigEndian(10))
    try store.write(batch, .synced)
    let rows = LedgerRows(store: store)
    #expect(try rows.steps(of: Self.range(10, 30), limit: 10).map(\.step.rawValue) == [1, 2])
    #expect(try rows.steps(of: Self.range(9, 31), limit: 10).map(\.step.rawValue) == [0, 1, 2, 3])
    #expect(try rows.steps(of: Self.range(9, 31), limit: 2).map(\.step.rawValue) == [0, 1])
    #expect(try rows.steps(of: Self.range(0, 1), limit: 2).first?.at == WallTime(microseconds: 1000))
    #expect(try rows.steps(of: Self.range(105, 106), limit: 2).first?.at == nil)
    #expect(try rows.steps(of: .empty(at: Offset(5)), limit: 2).isEmpty)
  }
}

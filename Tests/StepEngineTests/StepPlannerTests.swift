// Goal: when the loop takes a step. Method: situations in, decisions out.
import PipelineModel
import StepEngine
import Testing

@Suite("StepPlanner")
struct StepPlannerTests {
  static func situation(_ processed: UInt64, _ durable: UInt64, now: UInt64 = 0) -> StepPlanner.Situation {
    StepPlanner.Situation(
      processedEnd: Offset(processed), durableEnd: Offset(durable), now: MonotonicTime(nanoseconds: now))
  }

  @Test("takes all that is durable")
  func takesAll() {
    var planner = StepPlanner(recordsMin: 0, delayNanosecondsMax: 0)
    #expect(planner.decide(Self.situation(3, 9)) == .step(end: Offset(9)))
    #expect(planner.decide(Self.situation(9, 9)) == .wait(nanoseconds: nil))
  }

  @Test("stop comes before everything, pause before room")
  func precedence() {
    var planner = StepPlanner(recordsMin: 0, delayNanosecondsMax: 0)
    var situation = Self.situation(0, 5)
    situation.outputsHaveRoom = false
    #expect(planner.decide(situation) == .waitForRoom)
    situation.paused = true
    #expect(planner.decide(situation) == .wait(nanoseconds: nil))
    situation.stopping = true
    #expect(planner.decide(situation) == .stop)
  }

  @Test("waits for a minimal batch, but no longer than the delay from when records were first seen")
  func minimalBatch() {
    var planner = StepPlanner(recordsMin: 10, delayNanosecondsMax: 100)
    #expect(planner.decide(Self.situation(0, 5, now: 1000)) == .wait(nanoseconds: 100))
    #expect(planner.decide(Self.situation(0, 6, now: 1060)) == .wait(nanoseconds: 40))
    #expect(planner.decide(Self.situation(0, 6, now: 1100)) == .step(end: Offset(6)))
    #expect(planner.decide(Self.situation(6, 7, now: 1101)) == .wait(nanoseconds: 100))
    #expect(planner.decide(Self.situation(6, 30, now: 1102)) == .step(end: Offset(30)))
  }

  @Test("while it waits for records it names the end that it waits for, and only then")
  func endWaitedFor() {
    var planner = StepPlanner(recordsMin: 10, delayNanosecondsMax: 100, paceNanoseconds: 1000)
    _ = planner.decide(Self.situation(5, 5, now: 1000))
    #expect(planner.endWaitedFor == nil)
    _ = planner.decide(Self.situation(5, 9, now: 1000))
    #expect(planner.endWaitedFor == Offset(15))
    // The end that it named is enough.
    #expect(planner.decide(Self.situation(5, 14, now: 1001)) == .wait(nanoseconds: 99))
    #expect(planner.decide(Self.situation(5, 15, now: 1001)) == .step(end: Offset(15)))
    #expect(planner.endWaitedFor == nil)
    #expect(planner.decide(Self.situation(15, 615, now: 1002)) == .step(end: Offset(615)))
    _ = planner.decide(Self.situation(615, 700, now: 1003))
    #expect(planner.endWaitedFor == Offset(615 + 65_536))
    var paused = Self.situation(615, 700, now: 1004)
    paused.paused = true
    _ = planner.decide(paused)
    #expect(planner.endWaitedFor == nil)
  }
}

extension StepPlannerTests {
  @Test("steps of a stream begin a pace apart; few records, many, pieces and the clock do not wait for it")
  func paceOfAStream() {
    var planner = StepPlanner(recordsMin: 0, delayNanosecondsMax: 0, paceNanoseconds: 100)
    #expect(planner.decide(Self.situation(0, 600, now: 1000)) == .step(end: Offset(600)))
    #expect(planner.decide(Self.situation(600, 601, now: 1030)) == .wait(nanoseconds: 70))
    var piece = Self.situation(600, 601, now: 1030)
    piece.inPieces = true
    var other = planner
    #expect(other.decide(piece) == .step(end: Offset(601)))
    var tick = Self.situation(600, 601, now: 1030)
    tick.untilClock = 20
    #expect(planner.decide(tick) == .wait(nanoseconds: 20))
    tick.untilClock = 0
    other = planner
    #expect(other.decide(tick) == .step(end: Offset(601)))
    other = planner
    #expect(other.decide(Self.situation(600, 600 + 65_536, now: 1031)) == .step(end: Offset(600 + 65_536)))
    #expect(planner.decide(Self.situation(600, 700, now: 1100)) == .step(end: Offset(700)))
    #expect(planner.decide(Self.situation(700, 701, now: 1101)) == .step(end: Offset(701)), "a step of few")
  }

  @Test("the pace grows with the records of the last step, up to seven times", arguments: [
    (2047, 100), (4095, 100), (4096, 200), (10_240, 500), (14_336, 700), (60_000, 700),
  ] as [(UInt64, UInt64)])
  func paceOfAFlood(records: UInt64, pace: UInt64) {
    var planner = StepPlanner(recordsMin: 0, delayNanosecondsMax: 0, paceNanoseconds: 100)
    #expect(planner.decide(Self.situation(0, records, now: 1000)) == .step(end: Offset(records)))
    #expect(planner.decide(Self.situation(records, records + 1, now: 1001)) == .wait(nanoseconds: pace - 1))
    #expect(
      planner.decide(Self.situation(records, records + 1, now: 1000 + pace)) == .step(end: Offset(records + 1)))
  }

  @Test("the clock makes steps without records, once a resolution, and none while paused")
  func clockSteps() {
    var planner = StepPlanner(recordsMin: 10, delayNanosecondsMax: 1000)
    var situation = Self.situation(4, 4)
    situation.untilClock = 70
    #expect(planner.decide(situation) == .wait(nanoseconds: 70))
    situation.untilClock = 0
    #expect(planner.decide(situation) == .step(end: Offset(4)))
    situation.outputsHaveRoom = false
    #expect(planner.decide(situation) == .waitForRoom)
    situation.paused = true
    #expect(planner.decide(situation) == .wait(nanoseconds: nil))
    var batch = Self.situation(4, 6)
    batch.untilClock = 70
    #expect(planner.decide(batch) == .wait(nanoseconds: 70))
    batch.untilClock = 0
    #expect(planner.decide(batch) == .step(end: Offset(6)), "records that wait go with the clock's step")
  }
}

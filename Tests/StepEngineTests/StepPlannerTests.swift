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
}

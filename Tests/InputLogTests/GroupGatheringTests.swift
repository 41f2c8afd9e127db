// Goal: groups wait for others only where that brings some, and never longer than two milliseconds. Method: a list of moments.
import InputLog
import PipelineModel
import Testing

struct GroupGatheringTests {
  private static func situation(
    _ waiting: Int, _ approaching: Int, arrived: Int = 0, at now: UInt64
  ) -> GroupGathering.Situation {
    .init(waiting: waiting, approaching: approaching, arrived: arrived, now: MonotonicTime(nanoseconds: now))
  }

  @Test("few clients do not wait for each other", arguments: [(0, 20), (1, 0), (1, 5), (6, 6), (20, 10)])
  func atOnce(waiting: Int, approaching: Int) {
    var gathering = GroupGathering()
    #expect(gathering.decide(Self.situation(waiting, approaching, at: 5)) == nil)
  }

  @Test("a group waits for those who are near, until they are there or two milliseconds are over")
  func waits() {
    var gathering = GroupGathering()
    #expect(gathering.decide(Self.situation(2, 12, at: 100)) == 2_000_000)
    #expect(gathering.decide(Self.situation(4, 10, at: 400_100)) == 1_600_000)
    var other = gathering
    #expect(other.decide(Self.situation(8, 8, at: 500_100)) == nil)
    #expect(gathering.decide(Self.situation(6, 8, arrived: 4, at: 2_000_100)) == nil)
    // It brought some: the next one waits, too.
    #expect(gathering.decide(Self.situation(1, 12, arrived: 4, at: 2_000_200)) == 2_000_000)
  }

  /// Quick requests come beside them: they are not what was waited for.
  @Test("bodies that come slowly are waited for once in a tenth of a second")
  func slowBodies() {
    var gathering = GroupGathering()
    #expect(gathering.decide(Self.situation(1, 9, at: 0)) == 2_000_000)
    #expect(gathering.decide(Self.situation(4, 9, at: 2_000_000)) == nil)
    #expect(gathering.decide(Self.situation(1, 9, at: 101_999_999)) == nil)
    #expect(gathering.decide(Self.situation(1, 9, at: 102_000_000)) == 2_000_000)
  }

  @Test("a log that is closed while a group gathers writes it")
  func closed() {
    var gathering = GroupGathering()
    #expect(gathering.decide(Self.situation(2, 12, at: 0)) == 2_000_000)
    #expect(gathering.decide(Self.situation(0, 12, at: 1)) == nil)
  }
}

// Goal: a client that sends too slowly is found out however it spreads its bytes, and one for whom the server is slow never.
// Method: the pure half of it with times given, and random schedules against a plain sum of the waits.
import HTTPAPI
import Platform
import Testing

struct RequestPaceTests {
  private static let second: UInt64 = 1_000_000_000

  private static func pace(head: Int = 10, grace: Int = 5, rate: Int = 100) -> RequestPace {
    var limits = PaceLimits()
    (limits.headSeconds, limits.bodyGraceSeconds, limits.bodyBytesPerSecond) = (head, grace, rate)
    return RequestPace(limits)
  }

  @Test func aHeadHasItsTimeHoweverManyBytesCome() {
    var pace = Self.pace()
    #expect(pace.left(0) == nil)
    pace.begin(.head)
    for number in 0..<10 {
      let now = UInt64(number) * Self.second
      pace.asked(now)
      #expect(pace.left(now) == 10 * Self.second - now)
      pace.received(10_000, now + Self.second)
    }
    #expect(pace.left(10 * Self.second) == 0)
    pace.begin(.none)
    #expect(pace.left(20 * Self.second) == nil)
  }

  @Test func aBodyIsJudgedByItsAverageBehindTheGrace() {
    var pace = Self.pace()
    pace.begin(.body)
    pace.asked(0)
    #expect(pace.left(4 * Self.second) == Self.second)
    pace.received(1000, 4 * Self.second)
    pace.asked(4 * Self.second)
    // 1000 bytes are 10 seconds.
    #expect(pace.left(4 * Self.second) == 6 * Self.second)
    #expect(pace.left(10 * Self.second) == 0)
    pace.received(100, 10 * Self.second)
    #expect(pace.left(10 * Self.second) == Self.second)
  }

  @Test func timeInWhichTheServerDoesNotReadCountsForNothing() {
    var pace = Self.pace()
    pace.begin(.body)
    for number in 0..<100 {
      // A minute passes between the bytes and the next look for more.
      let now = UInt64(number) * 60 * Self.second
      pace.asked(now)
      pace.received(1, now + 1000)
      #expect(pace.left(now + 59 * Self.second) != 0)
    }
  }

  @Test func noLimitIsNone() {
    var pace = Self.pace(head: 0, rate: 0)
    for part in [RequestPace.Part.head, .body] {
      pace.begin(part)
      pace.asked(0)
      #expect(pace.left(.max) == nil)
    }
    pace = Self.pace(rate: 1)
    pace.begin(.body)
    pace.received(.max, 0)
    pace.asked(0)
    #expect(pace.left(5) != 0)
  }

  @Test func randomSchedulesAreTheSumOfTheirWaits() {
    let random = SeededRandom(seed: 3)
    for _ in 0..<200 {
      var pace = Self.pace()
      pace.begin(.body)
      var (now, waited, bytes) = (UInt64(0), UInt64(0), UInt64(0))
      for _ in 0..<50 {
        now += random.next() % Self.second
        pace.asked(now)
        pace.asked(now + 5)
        let wait = random.next() % (2 * Self.second) + 10
        now += wait
        waited += wait
        let count = random.next() % 300
        bytes += count
        pace.received(Int(count), now)
        let allowed = max(5 * Self.second, bytes * Self.second / 100)
        #expect(pace.left(now) == (allowed > waited ? allowed - waited : 0))
      }
    }
  }
}

// Goal: streams that share a thin line are not ended while the line brings what one body must; a byte now and then is
// no excuse.
// Method: a connection's bytes at times that the test names.
import HTTPAPI
import Testing

struct SharedPaceTests {
  private static let second: UInt64 = 1_000_000_000

  @Test func theConnectionMakesTheRateOrNot() {
    var limits = PaceLimits()
    limits.bodyBytesPerSecond = 100
    var pace = SharedPace(limits, bytes: 5000, 10 * Self.second)
    // 1000 bytes in 10 s, then 999: each time counts from the one before; without a byte there is no excuse.
    let made = [
      pace.isMade(bytes: 6000, 20 * Self.second), pace.isMade(bytes: 6999, 30 * Self.second),
      pace.isMade(bytes: 7999, 40 * Self.second), pace.isMade(bytes: 7999, 40 * Self.second),
      pace.isMade(bytes: 8000, .max),
    ]
    #expect(made == [true, false, true, false, false])
  }
}

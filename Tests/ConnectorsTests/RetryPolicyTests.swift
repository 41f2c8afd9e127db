import ConnectorKit
import Testing

/// Goal: delays double up to the cap, chance moves each by at most half, and a success starts anew.
/// Method: the smallest and the largest random word.
struct RetryPolicyTests {
  @Test func delaysDoubleUpToTheCap() {
    var low = RetryPolicy(firstNanoseconds: 100, capNanoseconds: 1000)
    var high = low
    #expect((0..<6).map { _ in low.failed(random: 0) } == [50, 100, 200, 400, 500, 500])
    #expect((0..<6).map { _ in high.failed(random: .max) } == [100, 200, 400, 800, 1000, 1000])
    for _ in 0..<200 { #expect((500...1000).contains(low.failed(random: 1 << 63))) }
    low.succeeded()
    #expect(low.failed(random: 0) == 50)
  }
}

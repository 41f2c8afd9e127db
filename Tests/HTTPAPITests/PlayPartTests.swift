// Goal: whatever its changes weigh and its quotas are, a play tells all of them, in their order and within the limits,
// unless one alone is too large, which is said at once.
// Method: random sizes and limits of records and bytes in windows that are partly used, told part by part as plays do.
import HTTPAPI
import Testing

struct PlayPartTests {
  private static func part(
    _ sizes: ArraySlice<UInt64>, _ most: Int, _ isPart: Bool, _ limits: [UInt64], _ left: [UInt64]
  ) -> PlayPart? {
    let told = sizes.prefix(most)
    let uses = [UInt64(told.count), told.reduce(0, +)]
    guard let unit = uses.indices.first(where: { uses[$0] > left[$0] }) else { return nil }
    return PlayPart(
      records: told.count, most: most, isPart: isPart,
      .init(use: uses[unit], limit: limits[unit], remaining: left[unit], countsRecords: unit == 0))
  }

  /// How many are told in this window, and whether the play goes on in the next one; nil when it is refused.
  private static func window(
    _ sizes: ArraySlice<UInt64>, _ limits: [UInt64], used: [UInt64]
  ) -> (told: Int, goesOn: Bool)? {
    let left = zip(limits, used).map { $0 > $1 ? $0 - $1 : 0 }
    var (most, isPart) = (100_000, false)
    for _ in 0..<64 {
      switch part(sizes, most, isPart, limits, left) {
      case nil: return (min(most, sizes.count), isPart)
      case .now(let next)?:
        guard next >= 1, next < most else {
          Issue.record("a part of \(next) follows one of \(most)")
          return nil
        }
        (most, isPart) = (next, true)
      case .later?: return (0, true)
      case .never?: return nil
      }
    }
    Issue.record("its parts have no end")
    return nil
  }

  @Test func everythingIsToldWithinTheLimits() {
    var random = SystemRandomNumberGenerator()
    for _ in 0..<500 {
      let count = Int.random(in: 1...300, using: &random)
      let sizes = (0..<count).map { _ -> UInt64 in
        let most: UInt64 = Bool.random(using: &random) ? 20 : 400
        return UInt64.random(in: 1...most, using: &random)
      }
      let limits = [UInt64.random(in: 1...400, using: &random), UInt64.random(in: 400...9000, using: &random)]
      var used = limits.map { UInt64.random(in: 0...$0, using: &random) }
      var (told, windows) = (0, 0)
      while told < sizes.count {
        guard let next = Self.window(sizes[told...], limits, used: used) else {
          Issue.record("refused with \(sizes.count - told) left of \(limits)")
          return
        }
        #expect(windows == 0 || next.told > 0, "a whole window tells something")
        #expect(next.goesOn == (told + next.told < sizes.count), "what is left is told in the next window")
        told += next.told
        used = [0, 0]
        windows += 1
        guard windows <= sizes.count + 1 else {
          Issue.record("it is postponed for ever")
          return
        }
      }
    }
  }

  @Test func oneThatNoWindowHasRoomForIsRefused() {
    #expect(Self.window([500, 1, 1], [10, 400], used: [0, 0])?.told == nil)
    #expect(Self.window([1], [0, 400], used: [0, 0])?.told == nil)
    let small = Self.window([300], [10, 400], used: [5, 200])
    #expect(small?.told == 0 && small?.goesOn == true, "the next window has room for it")
  }

  @Test func aBatchThatFitsIntoAWindowIsNotTorn() {
    let batch = Self.window([10, 10, 10], [10, 30], used: [2, 10])
    #expect(batch?.told == 0 && batch?.goesOn == true)
  }
}

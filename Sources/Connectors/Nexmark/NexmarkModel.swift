package import ConnectorKit
import DataModel
import Platform

/// The stream's parameters and what follows from them alone: event n is a function of these and n.
package struct NexmarkModel: Sendable {
  package static let rateDefault: Int64 = 10_000
  package static let startDefault: Int64 = 1_436_918_400_000

  private static let firstID: UInt64 = 1000
  private static let hotEvery: UInt64 = 100
  private static let openAuctions: UInt64 = 100
  private static let activePersons: UInt64 = 1000

  package let seed: UInt64
  /// The stream ends before this event.
  package let events: UInt64
  /// Events a second of event time.
  private let rate: UInt64
  private let startMilliseconds: Int64
  /// Prices at equal distances of their logarithm, from 1 to 1,000,000 in hundredths.
  private let prices: [Int64]

  /// Errors: fatal when a number is out of range or the last event lies beyond the year 9999.
  package init(
    seed: UInt64 = 1, events: UInt64, rate: Int64 = rateDefault, startMilliseconds: Int64 = startDefault
  ) throws(ConnectorError) {
    let lastMillisecond: Int64 = 253_402_300_799_999
    guard rate > 0, rate <= 1_000_000_000_000, events <= 1_000_000_000_000_000,
      (0...lastMillisecond).contains(startMilliseconds),
      Int64(events * 1000 / UInt64(rate)) + NexmarkModel.expiryMax(UInt64(rate)) <= lastMillisecond
        - startMilliseconds
    else {
      throw ConnectorError(
        .fatal,
        "nexmark: \(events) events at \(rate) a second from millisecond \(startMilliseconds) are too many")
    }
    self.seed = seed
    self.events = events
    self.rate = UInt64(rate)
    self.startMilliseconds = startMilliseconds
    prices = (0...4096).map { step in
      Int64((RealFunctions.power(10, Double(step) * 6 / 4096) * 100).rounded())
    }
  }

  /// Microseconds since 1970, a whole number of milliseconds.
  func time(_ event: UInt64) -> Int64 { (startMilliseconds + Int64(event * 1000 / rate)) * 1000 }

  // MARK: Ids

  private func lastPerson(_ event: UInt64) -> UInt64 { event / NexmarkTable.cycle }

  /// Ordinal of the newest auction once `event` has happened; before the first one its own.
  private func lastAuction(_ event: UInt64) -> UInt64 {
    let known = NexmarkTable.auction.rows(inEvents: event + 1)
    return known > 0 ? known - 1 : 0
  }

  func person(_ event: UInt64) -> Int64 { Int64(NexmarkModel.firstID + lastPerson(event)) }
  func auction(_ event: UInt64) -> Int64 { Int64(NexmarkModel.firstID + lastAuction(event)) }

  /// The auction that a bid is for: one in two is for the hot one, the newest whole hundred.
  func bidAuction(_ event: UInt64, hot: Bool, _ random: inout RecordRandom) -> Int64 {
    NexmarkModel.reference(lastAuction(event), hot, NexmarkModel.openAuctions, 0, &random)
  }

  /// Who bids: three in four the hot bidder.
  func bidder(_ event: UInt64, hot: Bool, _ random: inout RecordRandom) -> Int64 {
    NexmarkModel.reference(lastPerson(event), hot, NexmarkModel.activePersons, 1, &random)
  }

  /// Who sells: three in four the hot seller.
  func seller(_ event: UInt64, hot: Bool, _ random: inout RecordRandom) -> Int64 {
    NexmarkModel.reference(lastPerson(event), hot, NexmarkModel.activePersons, 0, &random)
  }

  /// The newest multiple of 100 plus `shift`, or one of the `span` newest.
  private static func reference(
    _ last: UInt64, _ hot: Bool, _ span: UInt64, _ shift: UInt64, _ random: inout RecordRandom
  ) -> Int64 {
    if hot { return Int64(firstID + last / hotEvery * hotEvery + shift) }
    return Int64(firstID + last - random.next(below: min(last + 1, span)))
  }

  // MARK: Values

  /// 100 to 100,000,000, its logarithm evenly spread.
  func price(_ random: inout RecordRandom) -> Int64 {
    let word = random.next()
    let step = Int(truncatingIfNeeded: word >> 52)
    let part = Int64(truncatingIfNeeded: word >> 32 & 0xFFFFF)
    return prices[step] + ((prices[step + 1] - prices[step]) * part) >> 20
  }

  /// Milliseconds that an auction stays open: up to twice the time in which 100 further ones open.
  func duration(_ random: inout RecordRandom) -> Int64 {
    1 + Int64(random.next(below: UInt64(max(1, NexmarkModel.expiryMax(rate)))))
  }

  private static func expiryMax(_ rate: UInt64) -> Int64 {
    Int64(2 * (openAuctions * NexmarkTable.cycle / NexmarkTable.auction.share * 1000 / rate))
  }
}

import DataModel
import Dataflow

/// Nexmark bids: auction, bidder, price, channel, url, date_time, extra.
enum Bids {
  static let types: [ColumnType] = [
    .bigint, .bigint, .bigint, .varchar(length: nil), .varchar(length: nil), .timestamp, .varchar(length: nil),
  ]

  /// The same rows in every run. With `nulls` one value in 16 of every column is NULL.
  static func columns(_ count: Int, nulls: Bool = false) -> [ColumnVector] {
    var state: UInt64 = 7
    func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return (state ^ state >> 29) >> 16
    }
    func letters(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8(0x61 + next() % 26) } }
    var builders = types.map { ColumnBuilder($0.physical) }
    let channels = ["Google", "Facebook", "Baidu", "Apple"]
    for row in 0..<count {
      let isHot = next() % 2 == 0
      let number = Int(next() % 10_000)
      let channel = isHot ? channels[number % 4] : "channel-\(number)"
      var url = Array("https://www.nexmark.com/".utf8) + letters(5) + [0x2F] + letters(5) + [0x2F] + letters(5)
      url += Array("/item.htm?query=1".utf8)
      if !isHot, next() % 10 != 0 { url += Array("&channel_id=\(number)".utf8) }
      let price = Int64(100 * (1 << (next() % 20)) + next() % 100)
      for index in builders.indices {
        if nulls, next() % 16 == 0 {
          builders[index].appendNull()
          continue
        }
        switch index {
        case 0: builders[0].append(int64: Int64(1000 + next() % 100_000))
        case 1: builders[1].append(int64: Int64(1000 + next() % 50_000))
        case 2: builders[2].append(int64: price)
        case 3: builders[3].append(bytes: Array(channel.utf8))
        case 4: builders[4].append(bytes: url)
        case 5: builders[5].append(int64: 1_436_918_400_000_000 + Int64(row) * 8_000_000)
        default: builders[6].append(bytes: letters(20 + Int(next() % 40)))
        }
      }
    }
    return builders.indices.map { builders[$0].finish() }
  }
}

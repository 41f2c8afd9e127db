package import DataModel

/// The three kinds of events. Of every 50 in a row the first is a person, the next 3 are auctions and the
/// other 46 are bids.
package enum NexmarkTable: String, Sendable, CaseIterable {
  case person, auction, bid

  static let cycle: UInt64 = 50

  /// Events of this kind in a cycle.
  package var share: UInt64 {
    switch self {
    case .person: 1
    case .auction: 3
    case .bid: 46
    }
  }

  /// Events of a cycle before the first of this kind.
  private var start: UInt64 {
    switch self {
    case .person: 0
    case .auction: 1
    case .bid: 4
    }
  }

  /// Number of the event that is row `row` of the table.
  func event(ofRow row: UInt64) -> UInt64 { row / share * NexmarkTable.cycle + start + row % share }

  /// Rows of the table among the first `events` events.
  package func rows(inEvents events: UInt64) -> UInt64 {
    let rest = events % NexmarkTable.cycle
    return events / NexmarkTable.cycle * share + min(share, rest > start ? rest - start : 0)
  }

  /// As the Nexmark suites declare it; names keep their case.
  package var schema: Schema {
    Schema(
      fields: columns.map { name, type in
        Field(name: SQLIdentifier(name, caseSensitive: true), type: type, nullable: true)
      })
  }

  private var columns: [(String, ColumnType)] {
    let text = ColumnType.varchar(length: nil)
    switch self {
    case .person:
      return [
        ("id", .bigint), ("name", text), ("emailAddress", text), ("creditCard", text), ("city", text),
        ("state", text), ("date_time", .timestamp), ("extra", text),
      ]
    case .auction:
      return [
        ("id", .bigint), ("itemName", text), ("description", text), ("initialBid", .bigint),
        ("reserve", .bigint), ("date_time", .timestamp), ("expires", .timestamp), ("seller", .bigint),
        ("category", .bigint), ("extra", text),
      ]
    case .bid:
      return [
        ("auction", .bigint), ("bidder", .bigint), ("price", .bigint), ("channel", text), ("url", text),
        ("date_time", .timestamp), ("extra", text),
      ]
    }
  }
}

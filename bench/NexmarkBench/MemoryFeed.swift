import Connectors
import DataModel
import Dataflow
import Platform

/// Steps from the generator: each covers a range of events, of which it holds the rows of the tables read.
struct MemoryFeed {
  private static let blockRows: UInt64 = 8192

  private let generator: NexmarkGenerator
  private let tables: [NexmarkTable]
  private let cycleRows: UInt64
  private let stepRows: Int
  private var random: SeededRandom?
  private var event: UInt64 = 0

  init(_ options: Options, _ tables: [NexmarkTable]) throws {
    generator = NexmarkGenerator(
      try NexmarkModel(seed: options.seed, events: options.events, rate: options.rate))
    self.tables = tables
    cycleRows = tables.reduce(0) { $0 + $1.share }
    stepRows = options.stepRows
    random = options.randomSteps.map { SeededRandom(seed: $0) }
  }

  /// The next step's blocks; nil at the end.
  mutating func next() -> [TableInput]? {
    guard event < generator.model.events else { return nil }
    var rows = UInt64(stepRows)
    if let random { rows = 1 + random.next(below: 2 * rows) }
    let end = min(generator.model.events, event + max(1, rows * 50 / cycleRows))
    let inputs = tables.map { table in
      let rows = table.rows(inEvents: event)..<table.rows(inEvents: end)
      return TableInput(table: SQLIdentifier(table.rawValue), changes: blocks(table, rows))
    }
    event = end
    return inputs
  }

  private func blocks(_ table: NexmarkTable, _ rows: Range<UInt64>) -> [ChangeBatch] {
    stride(from: rows.lowerBound, to: rows.upperBound, by: Int(MemoryFeed.blockRows)).map { first in
      let range = first..<min(first + MemoryFeed.blockRows, rows.upperBound)
      let kinds = [UInt8](repeating: ChangeKind.insert.rawValue, count: range.count)
      return ChangeBatch(columns: generator.columns(table, rows: range), kinds: kinds)
    }
  }
}

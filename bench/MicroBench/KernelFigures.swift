import DataModel
import Dataflow

/// Kernels of state alone: encode and sort of a delta, merge of sorted batches, hash look-ups of keys; and the operators
/// that are little more: first rows of partitions, distinct values under filters. 100,000 bids.
enum KernelFigures {
  private static let count = 100_000

  static var all: [Figure] {
    [
      Figure("kernel sort, int key", repeats: 5) {
        let columns = Bids.columns(count)
        return { try sorted(columns, keys: [0], from: 0, count).count }
      },
      Figure("kernel sort, whole rows", repeats: 5) {
        let columns = Bids.columns(count)
        return { try sorted(columns, keys: Array(columns.indices), from: 0, count).count }
      },
      Figure("kernel merge of 4", repeats: 5) {
        let columns = Bids.columns(count)
        let parts = try (0..<4).map { try sorted(columns, keys: [0], from: $0 * count / 4, count / 4) }
        return { try SortedBatch.merge(parts)?.count ?? 0 }
      },
      Figure("kernel hash look-up, two ints", repeats: 5) { try groups([0, 1], calls: [countAll]) },
      Figure("kernel hash look-up, text", repeats: 5) { try groups([4], calls: [countAll]) },
      Figure("distinct values under 3 filters", repeats: 5) { try groups([3], calls: distinct) },
      Figure("first row of 2 ints by time", repeats: 5) { try first(1, by: [0, 1], order: 5) },
      Figure("first 10 rows of an int by price", repeats: 5) { try first(10, by: [0], order: 2) },
    ]
  }

  private static func sorted(
    _ columns: [ColumnVector], keys: [Int], from first: Int, _ rows: Int
  ) throws -> SortedBatch {
    let values = columns.indices.filter { !keys.contains($0) }
    return try SortedDelta(
      keys: keys.map { columns[$0] }, values: values.map { columns[$0] },
      weights: [Int64](repeating: 1, count: columns[0].count),
      rows: (first..<first + rows).map { Int32($0) }
    ).batch
  }

  private static let countAll = AggregateCall(
    .countAll, argument: nil, distinct: false, type: .bigint, nullable: false)

  /// COUNT(DISTINCT bidder), and the same for three ranges of prices.
  private static var distinct: [AggregateCall] {
    let price = ScalarFigures.column(2)
    let filters = [1_000, 100_000, 10_000_000].map {
      ScalarFigures.call(.less, price, ScalarFigures.number($0))
    }
    let bidder = ScalarFigures.column(1)
    let filtered = filters.map {
      ScalarExpression(
        .conditional([ConditionalBranch(condition: $0, result: bidder)], otherwise: nil), type: .bigint,
        nullable: true)
    }
    return ([bidder] + filtered).map {
      AggregateCall(.count, argument: $0, distinct: true, type: .bigint, nullable: false)
    }
  }

  private static func run(_ build: (inout CircuitBuilder, NodeID) -> Void) -> () throws -> Int {
    var builder = CircuitBuilder()
    let table = builder.table(
      SQLIdentifier("bid"), schema: Circuits.schema(Bids.types), materialized: false, isAppendOnly: true)
    build(&builder, table)
    let circuit = builder.build()
    let kinds = [UInt8](repeating: ChangeKind.insert.rawValue, count: count)
    let changes = ChangeBatch(columns: Bids.columns(count), kinds: kinds)
    let input = [TableInput(table: SQLIdentifier("bid"), changes: [changes])]
    return {
      for _ in 0..<4 { _ = try circuit.step(input, now: 0) }
      return 4 * count
    }
  }

  private static func groups(_ keys: [Int], calls: [AggregateCall]) throws -> () throws -> Int {
    run { builder, table in
      _ = builder.aggregate(
        table, groups: keys.map { ScalarFigures.column($0) }, calls: calls, stateID: "groups")
    }
  }

  private static func first(_ last: Int, by keys: [Int], order: Int) throws -> () throws -> Int {
    run { builder, table in
      let definition = WindowDefinition(
        partition: keys.map { ScalarFigures.column($0) },
        order: [WindowDefinition.Key(ScalarFigures.column(order), descending: true, nullsFirst: false)],
        calls: [], cut: WindowDefinition.Cut(.rowNumber, skip: 0, count: last))
      _ = builder.window(table, definition, types: Bids.types, stateID: "first")
    }
  }
}

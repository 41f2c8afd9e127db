import DataModel
import Dataflow
import Testing

// Goal: MIN and MAX over rows that are deleted again, of every kind of value, also when a group has more values than
// are kept in front of its trace. Method: differential against an evaluation from scratch with failing steps,
// flushes, restarts and spills (`HotStateTrial`); one trial deletes the best values most of the time, so that the
// values behind them are fetched.

struct ExtremeTests {
  private static let decimal = ColumnType.decimal(precision: 30, scale: 2)
  /// Group, then one value of each kind.
  private static let types: [ColumnType] = [.bigint, .bigint, .double, decimal, .varchar(length: nil)]

  private static var calls: [AggregateCall] {
    (1..<types.count).flatMap { index in
      [AggregateCall.Function.minimum, .maximum].map {
        AggregateCall($0, argument: column(index, types[index]), distinct: false, type: types[index], nullable: true)
      }
    }
  }

  private static func views(
    _ builder: inout CircuitBuilder, _ left: NodeID, _ right: NodeID
  ) -> [(name: String, node: NodeID, types: [ColumnType])] {
    let results = calls.map(\.type)
    let grouped = builder.aggregate(left, groups: [column(0, .bigint)], calls: calls, stateID: "grouped")
    let total = builder.aggregate(left, groups: [], calls: calls, stateID: "total")
    let texts = builder.aggregate(
      left, groups: [column(4, types[4])], calls: [calls[1], calls[1], calls[2]], stateID: "texts")
    return [
      ("grouped", grouped, [.bigint] + results), ("total", total, results),
      ("texts", texts, [types[4], .bigint, .bigint, .double]),
    ]
  }

  private static func isLess(_ a: Value, _ b: Value) -> Bool {
    switch (a, b) {
    case (.int64(let a), .int64(let b)): a < b
    case (.int128(let a), .int128(let b)): a < b
    case (.float64(let a), .float64(let b)): b.isNaN ? !a.isNaN : a < b
    case (.bytes(let a), .bytes(let b)): a.lexicographicallyPrecedes(b)
    default: false
    }
  }

  private static func group(_ rows: ZSet, by key: [Int], _ picked: [(column: Int, greatest: Bool)]) -> ZSet {
    var groups: [Row: ZSet] = key.isEmpty ? [[]: [:]] : [:]
    for (row, weight) in rows { groups[key.map { row[$0] }, default: [:]].add(row, weight) }
    var result: ZSet = [:]
    for (name, members) in groups {
      guard key.isEmpty || members.values.reduce(0, +) > 0 else { continue }
      let values = picked.map { call -> Value in
        var sums: ZSet = [:]
        for (row, weight) in members where row[call.column] != .null { sums.add([row[call.column]], weight) }
        let present = sums.filter { $0.value > 0 }.map { $0.key[0] }
        return (call.greatest ? present.max(by: isLess) : present.min(by: isLess)) ?? .null
      }
      result.add(name + values, 1)
    }
    return result
  }

  private static func reference(_ left: ZSet, _ right: ZSet) -> [String: ZSet] {
    let all = (1..<types.count).flatMap { [($0, false), ($0, true)] }
    return [
      "grouped": group(left, by: [0], all), "total": group(left, by: [], all),
      "texts": group(left, by: [4], [(1, true), (1, true), (2, false)]),
    ]
  }

  /// `span`: how many values there are; `goingBest`: deletions take the greatest or least rows.
  private static func change(
    _ generator: inout SeededGenerator, _ contents: ZSet, _ count: Int, span: Int64, goingBest: Bool
  ) -> [Change] {
    func value(_ make: (Int64) -> Value) -> Value {
      if Int.random(in: 0..<12, using: &generator) == 0 { return .null }
      // Never the number that makes a step fail.
      return make(Int64.random(in: 0..<span, using: &generator) * 2 - span / 2 * 2)
    }
    let present = contents.keys.sorted { "\($0)" < "\($1)" }
    let sorted = goingBest ? present.sorted { isLess($0[1], $1[1]) } : present
    return (0..<count).map { index in
      if Int.random(in: 0..<20, using: &generator) < 9, !sorted.isEmpty {
        let place = goingBest ? (index % 2 == 0 ? min(index, sorted.count - 1) : max(0, sorted.count - index)) : nil
        let row = place.map { sorted[$0] } ?? sorted[Int.random(in: 0..<sorted.count, using: &generator)]
        return Change(kind: .delete, row: row)
      }
      let special: [Double] = [.nan, .infinity, -.infinity, 1e-300, -0.5]
      let isSpecial = Int.random(in: 0..<6, using: &generator) == 0
      return Change(
        kind: Int.random(in: 0..<40, using: &generator) == 0 ? .delete : .insert,
        row: [
          .int64(Int64.random(in: 0..<3, using: &generator)), value { .int64($0) },
          value { isSpecial ? .float64(special[Int($0 & 0xFF) % 5]) : .float64(Double($0) / 4) },
          value { .int128(Int128($0) << 60) }, value { .text("text \($0 % 7)") },
        ])
    }
  }

  @Test(arguments: 1...4 as ClosedRange<UInt64>)
  func fewValuesThatComeAndGo(seed: UInt64) throws {
    let trial = HotStateTrial(
      types: Self.types, rightTypes: [.bigint, .bigint], views: Self.views, reference: Self.reference,
      change: { generator, contents, isLeft in
        isLeft ? Self.change(&generator, contents, Int.random(in: 0..<12, using: &generator), span: 6, goingBest: false) : []
      })
    try trial.run(seed: seed, steps: 40)
  }

  /// Steps of 1,500 rows over 3 groups: more values a group than are kept in front.
  @Test(arguments: 1...3 as ClosedRange<UInt64>)
  func bestValuesGoAndOthersAreFetched(seed: UInt64) throws {
    var round = 0
    let trial = HotStateTrial(
      types: Self.types, rightTypes: [.bigint, .bigint], views: Self.views, reference: Self.reference,
      change: { generator, contents, isLeft in
        guard isLeft else { return [] }
        round += 1
        if round == 9 { return contents.filter { $0.value > 0 }.map { Change(kind: .delete, row: $0.key) } }
        return Self.change(&generator, contents, round % 3 == 0 ? 40 : 1_500, span: 20_000, goingBest: round > 3)
      })
    try trial.run(seed: seed, steps: 12)
  }

  /// A group of which every value has gone leaves nothing.
  @Test
  func emptiedGroupsLeaveNoState() throws {
    var builder = CircuitBuilder()
    let table = builder.table(SQLIdentifier("t"), schema: schema([.bigint, .bigint]), materialized: false)
    let call = AggregateCall(.maximum, argument: column(1, .bigint), distinct: false, type: .bigint, nullable: true)
    let node = builder.aggregate(table, groups: [column(0, .bigint)], calls: [call], stateID: "a")
    builder.output(SQLIdentifier("v"), node, schema: schema([.bigint, .bigint]), materialized: true)
    let circuit = builder.build()
    func step(_ kind: ChangeKind, _ values: Range<Int64>) throws {
      let rows = values.map { Change(kind: kind, row: [.int64($0 % 2), .int64($0)]) }
      let input = TableInput(table: SQLIdentifier("t"), changes: [changes(rows, [.int64, .int64])])
      _ = try circuit.step([input], now: 0)
    }
    try step(.insert, 0..<4_000)
    #expect(contents(circuit.snapshot(of: SQLIdentifier("v"))).count == 2)
    _ = try circuit.state()
    try step(.delete, 1_000..<4_000)
    #expect(
      contents(circuit.snapshot(of: SQLIdentifier("v"))) == [
        [.int64(0), .int64(998)]: 1, [.int64(1), .int64(999)]: 1,
      ])
    try step(.delete, 0..<1_000)
    _ = try circuit.state()
    #expect(circuit.stateRows == 0)
    #expect(contents(circuit.snapshot(of: SQLIdentifier("v"))).isEmpty)
  }

  /// What is flushed at once is bounded also by the texts of MIN and MAX: a long one ends its piece.
  @Test
  func longTextsEndThePieceOfAFlush() throws {
    let text = ColumnType.varchar(length: nil)
    var builder = CircuitBuilder()
    let table = builder.table(SQLIdentifier("t"), schema: schema([.bigint, text]), materialized: false)
    let call = AggregateCall(.minimum, argument: column(1, text), distinct: false, type: text, nullable: true)
    let node = builder.aggregate(table, groups: [column(0, .bigint)], calls: [call], stateID: "a")
    builder.output(SQLIdentifier("v"), node, schema: schema([.bigint, text]), materialized: false)
    let circuit = builder.build()
    let long = String(repeating: "x", count: 33 << 20)
    let rows = (0..<13).map { Change(kind: .insert, row: [.int64($0), .text($0 == 9 ? long : "short")]) }
    _ = try circuit.step(
      [TableInput(table: SQLIdentifier("t"), changes: [changes(rows, [.int64, .bytes])])], now: 0)
    let state = try #require(try circuit.state().first { $0.id == "a" })
    // The second run is too small to be merged with the first.
    #expect(state.runs.map(\.count) == [10, 3])
  }
}

import DataModel
import Dataflow
import Testing

// Goal: outer, semi and anti joins by keys, DISTINCT and set operations keep their state in records as if it were in
// traces. Method: differential against an evaluation from scratch, with deletions, repeated rows, NULL keys, steps
// that fail, flushes, restarts and spills (`HotStateTrial`); then single cases of keys that come and go.

struct OuterJoinTests {
  private static let types: [ColumnType] = [.bigint, .bigint, .varchar(length: nil)]
  private static let rightTypes: [ColumnType] = [.bigint, .bigint]

  private static func views(
    _ builder: inout CircuitBuilder, _ left: NodeID, _ right: NodeID
  ) -> [(name: String, node: NodeID, types: [ColumnType])] {
    var result: [(name: String, node: NodeID, types: [ColumnType])] = []
    let keys = [(left: column(0, .bigint), right: column(0, .bigint))]
    for (name, rule) in rules {
      let node = builder.outerJoin(
        left, right, rule, keys: keys, leftTypes: types, rightTypes: rightTypes, stateID: name)
      result.append((name, node, rule.isFilter ? types : types + rightTypes))
    }
    let ours = builder.project(left, [column(0, .bigint), column(1, .bigint)])
    for (name, rule) in sets {
      let node = builder.rowSet(ours, right, rule, types: rightTypes, stateID: name)
      result.append((name, node, rightTypes))
    }
    result.append(("distinct", builder.distinct(left, types: types, stateID: "distinct"), types))
    return result
  }

  private static let rules: [(String, OuterJoinRule)] = [
    ("left", .left), ("full", .full), ("semi", .semi), ("anti", .anti),
  ]
  private static let sets: [(String, RowSetRule)] = [
    ("intersect", .intersect), ("intersectall", .intersectAll), ("except", .except), ("exceptall", .exceptAll),
  ]

  private static func reference(_ left: ZSet, _ right: ZSet) -> [String: ZSet] {
    var result: [String: ZSet] = ["distinct": left.filter { $0.value > 0 }.mapValues { _ in 1 }]
    func sums(_ rows: ZSet) -> [Value: Int64] {
      var sums: [Value: Int64] = [:]
      for (row, weight) in rows where row[0] != .null { sums[row[0], default: 0] += weight }
      return sums
    }
    let (mine, others) = (sums(left), sums(right))
    var matches: ZSet = [:]
    for (a, x) in left where a[0] != .null { for (b, y) in right where a[0] == b[0] { matches.add(a + b, x * y) } }
    let semi = left.filter { others[$0.key[0], default: 0] > 0 }
    let anti = left.filter { others[$0.key[0], default: 0] <= 0 }
    var outer = matches
    for (row, weight) in anti { outer.add(row + [.null, .null], weight) }
    var full = outer
    for (row, weight) in right where mine[row[0], default: 0] <= 0 { full.add([.null, .null, .null] + row, weight) }
    result["semi"] = semi
    result["anti"] = anti
    result["left"] = outer
    result["full"] = full
    var ours: ZSet = [:]
    for (row, weight) in left { ours.add([row[0], row[1]], weight) }
    for (name, _) in sets { result[name] = [:] }
    for row in Set(ours.keys).union(right.keys) {
      let (a, b) = (ours[row] ?? 0, right[row] ?? 0)
      result["intersect"]?.add(row, a > 0 && b > 0 ? 1 : 0)
      result["intersectall"]?.add(row, max(0, min(a, b)))
      result["except"]?.add(row, a > 0 && b <= 0 ? 1 : 0)
      result["exceptall"]?.add(row, max(0, max(0, a) - max(0, b)))
    }
    return result
  }

  private static func change(
    _ generator: inout SeededGenerator, _ contents: ZSet, _ isLeft: Bool
  ) -> [Change] {
    func number(_ below: Int64) -> Value {
      Int.random(in: 0..<8, using: &generator) == 0 ? .null : .int64(Int64.random(in: 0..<below, using: &generator))
    }
    let texts: [Value] = [.null, .text(""), .text("a"), .text("a longer text than one word")]
    let present = contents.keys.sorted { "\($0)" < "\($1)" }
    return (0..<Int.random(in: 0..<9, using: &generator)).map { _ in
      // Mostly rows that are there go, now and then one that is not.
      if Int.random(in: 0..<5, using: &generator) < 2, let row = present.randomElement(using: &generator) {
        return Change(kind: .delete, row: row)
      }
      let kind: ChangeKind = Int.random(in: 0..<30, using: &generator) == 0 ? .delete : .insert
      let row = [number(5), number(3)]
      return Change(kind: kind, row: isLeft ? row + [texts[Int.random(in: 0..<4, using: &generator)]] : row)
    }
  }

  @Test(arguments: 1...24 as ClosedRange<UInt64>)
  func everyViewEqualsItsQueryAfterEveryStep(seed: UInt64) throws {
    let trial = HotStateTrial(
      types: Self.types, rightTypes: Self.rightTypes, views: Self.views, reference: Self.reference,
      change: Self.change)
    try trial.run(seed: seed, steps: 60)
  }

  /// One step with both sides: rows turn once, by what both sides are after the step.
  @Test
  func bothSidesInOneStepCancel() throws {
    var builder = CircuitBuilder()
    let left = builder.table(SQLIdentifier("l"), schema: schema(Self.rightTypes), materialized: false)
    let right = builder.table(SQLIdentifier("r"), schema: schema(Self.rightTypes), materialized: false)
    let node = builder.outerJoin(
      left, right, .full, keys: [(column(0, .bigint), column(0, .bigint))], leftTypes: Self.rightTypes,
      rightTypes: Self.rightTypes, stateID: "full")
    builder.output(
      SQLIdentifier("v"), node, schema: schema(Self.rightTypes + Self.rightTypes), materialized: true)
    let circuit = builder.build()
    func step(_ left: [Change], _ right: [Change]) throws -> ZSet {
      var sum: ZSet = [:]
      let inputs = [("l", left), ("r", right)].map {
        TableInput(table: SQLIdentifier($0.0), changes: [changes($0.1, [.int64, .int64])])
      }
      for delta in try circuit.step(inputs, now: 0) { sum.add(delta.rows) }
      return sum
    }
    func row(_ a: Int64, _ b: Int64, _ kind: ChangeKind = .insert) -> Change {
      Change(kind: kind, row: [.int64(a), .int64(b)])
    }
    #expect(try step([row(1, 1)], []) == [[.int64(1), .int64(1), .null, .null]: 1])
    #expect(
      try step([], [row(1, 7)])
        == [[.int64(1), .int64(1), .null, .null]: -1, [.int64(1), .int64(1), .int64(1), .int64(7)]: 1])
    // The match goes and comes within a step.
    #expect(try step([], [row(1, 7, .delete), row(1, 7)]).isEmpty)
    // Both go: nothing is left.
    #expect(
      try step([row(1, 1, .delete)], [row(1, 7, .delete)]) == [[.int64(1), .int64(1), .int64(1), .int64(7)]: -1])
    #expect(contents(circuit.snapshot(of: SQLIdentifier("v"))).isEmpty)
    _ = try circuit.state()
    #expect(circuit.stateRows == 0)
  }
}

extension OuterJoinRule {
  fileprivate var isFilter: Bool {
    switch self {
    case .semi, .anti: true
    case .left, .full: false
    }
  }
}

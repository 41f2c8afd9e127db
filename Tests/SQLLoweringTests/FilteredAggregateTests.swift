import DataModel
import Dataflow
import SQLFrontend
import SQLLowering
import Testing

// Goal: calls that share the distinct values of a column under several filters count as calls of their own would.
// Method: random inserts and deletes, NULLs in values, filters and groups, with flushes, restores and failed steps; after
// each step the view equals an evaluation from scratch.

@Suite("Aggregates under filters") struct FilteredAggregateTests {
  private static func program() throws -> Program {
    try compile(
      """
      CREATE TABLE t (g VARCHAR, a BIGINT, s VARCHAR, p BIGINT, z BIGINT);
      CREATE MATERIALIZED VIEW v AS SELECT g, COUNT(*) AS n, COUNT(*) FILTER (WHERE p < 2) AS low,
        COUNT(DISTINCT a) AS da, COUNT(DISTINCT a) FILTER (WHERE p < 2) AS dlow,
        COUNT(DISTINCT a) FILTER (WHERE p >= 2) AS dhigh, SUM(DISTINCT a) FILTER (WHERE p >= 2) AS shigh,
        COUNT(DISTINCT s) FILTER (WHERE p < 2) AS slow, COUNT(DISTINCT s) FILTER (WHERE p >= 2) AS sh
        FROM t GROUP BY g;
      CREATE MATERIALIZED VIEW fails AS SELECT 10 / z AS q FROM t;
      """)
  }

  private static func expected(_ rows: ZSet) -> ZSet {
    var result: ZSet = [:]
    for (group, members) in Dictionary(grouping: rows.filter { $0.value > 0 }, by: { $0.key[0] }) {
      func isLow(_ row: Row) -> Bool { if case .int64(let p) = row[3] { p < 2 } else { false } }
      func isHigh(_ row: Row) -> Bool { if case .int64(let p) = row[3] { p >= 2 } else { false } }
      func count(_ condition: (Row) -> Bool) -> Value {
        .int64(members.filter { condition($0.key) }.reduce(0) { $0 + $1.value })
      }
      func distinct(_ column: Int, _ condition: (Row) -> Bool) -> Set<Value> {
        Set(members.filter { condition($0.key) && $0.key[column] != .null }.map { $0.key[column] })
      }
      func size(_ values: Set<Value>) -> Value { .int64(Int64(values.count)) }
      let high = distinct(1, isHigh)
      let sum = high.reduce(0 as Int64) { if case .int64(let a) = $1 { $0 + a } else { $0 } }
      result.add(
        [
          group, count { _ in true }, count(isLow), size(distinct(1) { _ in true }), size(distinct(1, isLow)),
          size(high), high.isEmpty ? .null : .int64(sum), size(distinct(2, isLow)), size(distinct(2, isHigh)),
        ], 1)
    }
    return result
  }

  private static func row(_ generator: inout SeededGenerator) -> Row {
    func maybe(_ value: Value) -> Value { Int.random(in: 0..<7, using: &generator) == 0 ? .null : value }
    return [
      maybe(.text(["x", "y", ""].randomElement(using: &generator) ?? "")),
      maybe(.int64(Int64.random(in: -3...3, using: &generator))),
      maybe(.text(["", "one", "a longer text than a word"].randomElement(using: &generator) ?? "")),
      maybe(.int64(Int64.random(in: 0...3, using: &generator))), .int64(1),
    ]
  }

  @Test("count as calls of their own", arguments: 1...6 as ClosedRange<UInt64>)
  func asOwnCalls(seed: UInt64) throws {
    var generator = SeededGenerator(seed)
    let program = try Self.program()
    let table = program.tables[0]
    var circuit = Lowering.circuit(for: program, observed: [])
    var rows: ZSet = [:]
    for step in 0..<40 {
      var next = rows
      var list: [Row] = []
      var kinds: [UInt8] = []
      for _ in 0..<Int.random(in: 0...15, using: &generator) {
        let present = next.keys.sorted { "\($0)" < "\($1)" }
        if let old = present.randomElement(using: &generator), Bool.random(using: &generator) {
          next.add(old, -1)
          list.append(old)
          kinds.append(ChangeKind.delete.rawValue)
        } else {
          list.append(Self.row(&generator))
          kinds.append(ChangeKind.insert.rawValue)
          next.add(list[list.count - 1], 1)
        }
      }
      if step % 8 == 5 {
        list.append([.text("x"), .int64(9), .null, .int64(1), .int64(0)])
        kinds.append(ChangeKind.insert.rawValue)
      }
      var changes = inserts(list, table.schema)
      changes.kinds = kinds
      let input = TableInput(table: table.name, changes: [changes])
      if step % 8 == 5 {
        #expect(throws: EvaluationError.self) { try circuit.step([input], now: 0) }
      } else {
        _ = try circuit.step([input], now: 0)
        rows = next
      }
      #expect(contents(circuit.snapshot(of: SQLIdentifier("v"))) == Self.expected(rows), "after step \(step)")
      if step % 6 == 2 { _ = try circuit.state() }
      guard step % 11 == 10 else { continue }
      let fresh = Lowering.circuit(for: program, observed: [])
      try fresh.restore(circuit.state())
      circuit = fresh
    }
  }
}

import DataModel
import Dataflow
import SQLFrontend
import SQLLowering
import Testing

// Goal: the first rows of partitions, kept as packed rows, are those that the window operator over all rows finds; also
// while most of what was kept is garbage, behind flushes, restores and failed steps. Method: the same program with and
// without append_only takes the same steps, of which some fail; each view is the same after each step.

@Suite("First rows of partitions") struct TopRowsTests {
  private static func program(appendOnly: Bool) throws -> Program {
    try compile(
      """
      CREATE TABLE t (g BIGINT, h VARCHAR, a BIGINT, d DOUBLE, s VARCHAR, z BIGINT)
        WITH ('append_only' = '\(appendOnly)');
      CREATE MATERIALIZED VIEW last AS SELECT g, h, a, d, s FROM (
        SELECT *, ROW_NUMBER() OVER (PARTITION BY g, h ORDER BY a DESC) AS r FROM t) WHERE r <= 1;
      CREATE MATERIALIZED VIEW numbered AS SELECT * FROM (
        SELECT *, ROW_NUMBER() OVER (PARTITION BY g ORDER BY d DESC NULLS LAST, s) AS r FROM t) WHERE r <= 4;
      CREATE MATERIALIZED VIEW few AS SELECT g, s, a FROM (
        SELECT *, ROW_NUMBER() OVER (PARTITION BY h ORDER BY s) AS r FROM t) WHERE r <= 3;
      CREATE MATERIALIZED VIEW whole AS SELECT s, a, d FROM (
        SELECT *, ROW_NUMBER() OVER (ORDER BY s DESC, a) AS r FROM t) WHERE r <= 2;
      CREATE MATERIALIZED VIEW fails AS SELECT 10 / z AS q FROM t;
      """)
  }

  private static let texts = ["", "a", "ab", "eight888", "a text of more than one word", "a text of more than one row"]

  private static func rows(_ generator: inout SeededGenerator, _ count: Int, fails: Bool, from base: Int64) -> [Row] {
    (0..<count).map { index in
      func maybe(_ value: Value) -> Value { Int.random(in: 0..<9, using: &generator) == 0 ? .null : value }
      let text = texts.randomElement(using: &generator) ?? ""
      let long = text + String(repeating: "x", count: Int.random(in: 0..<200, using: &generator))
      return [
        maybe(.int64(Int64.random(in: 0...4, using: &generator))),
        maybe(.text(texts.randomElement(using: &generator) ?? "")),
        maybe(.int64(base + Int64.random(in: -3...3, using: &generator))),
        maybe(.float64([-0.0, 0, 1.5, .nan, .infinity].randomElement(using: &generator) ?? 0)),
        maybe(.text(Bool.random(using: &generator) ? text : long)),
        .int64(fails && index == count - 1 ? 0 : 1),
      ]
    }
  }

  @Test("as the window operator has them", arguments: 1...4 as ClosedRange<UInt64>)
  func asTheWindow(seed: UInt64) throws {
    var generator = SeededGenerator(seed)
    let programs = try [Self.program(appendOnly: false), Self.program(appendOnly: true)]
    var circuits = programs.map { Lowering.circuit(for: $0, observed: []) }
    for step in 0..<30 {
      let fails = step % 6 == 4
      let count = Int.random(in: 1...60, using: &generator)
      let rows = Self.rows(&generator, count, fails: fails, from: Int64(step))
      let input = TableInput(
        table: programs[0].tables[0].name, changes: [inserts(rows, programs[0].tables[0].schema)])
      for circuit in circuits {
        if fails {
          #expect(throws: EvaluationError.self) { try circuit.step([input], now: 0) }
        } else {
          _ = try circuit.step([input], now: 0)
        }
        if step % 5 == 3 { _ = try circuit.state() }
      }
      Self.expectSame(circuits, programs[0], step)
      guard step % 9 == 8 else { continue }
      for (index, program) in programs.enumerated() {
        let fresh = Lowering.circuit(for: program, observed: [])
        try fresh.restore(circuits[index].state())
        circuits[index] = fresh
      }
    }
  }

  private static func expectSame(_ circuits: [Circuit], _ program: Program, _ step: Int) {
    for view in program.views where view.name != SQLIdentifier("fails") {
      #expect(
        contents(circuits[0].snapshot(of: view.name)) == contents(circuits[1].snapshot(of: view.name)),
        "\(view.name) after step \(step)")
    }
  }

  /// Each step replaces the kept rows: memory stays that of what is kept, with a flush on the way and without.
  @Test("what is replaced gives its memory back", arguments: [false, true])
  func memory(flushes: Bool) throws {
    let program = try compile(
      """
      CREATE TABLE t (g BIGINT, a BIGINT, s VARCHAR) WITH ('append_only' = 'true');
      CREATE VIEW last AS SELECT g, a, s FROM (
        SELECT *, ROW_NUMBER() OVER (PARTITION BY g ORDER BY a DESC) AS r FROM t) WHERE r <= 1;
      CREATE MATERIALIZED VIEW total AS SELECT COUNT(*) AS n, SUM(a) AS m, MIN(s) AS lo, MAX(s) AS hi FROM last;
      """)
    let circuit = Lowering.circuit(for: program, observed: [])
    for step in 0..<60 as Range<Int64> {
      let text = String(repeating: "t", count: 400) + "\(100 + step)"
      let rows: [Row] = (0..<500).map { [.int64($0), .int64(step), .text(text)] }
      _ = try circuit.step(
        [TableInput(table: program.tables[0].name, changes: [inserts(rows, program.tables[0].schema)])], now: 0)
      if flushes, step == 20 { _ = try circuit.state() }
      let expected: Row = [.int64(500), .int64(500 * step), .text(text), .text(text)]
      #expect(contents(circuit.snapshot(of: SQLIdentifier("total")))?.keys.first == expected)
    }
    #expect(circuit.stateBytes < 4 << 20)
  }
}

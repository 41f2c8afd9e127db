import DataModel
import Dataflow
import SQLFrontend
import SQLLowering
import Testing

// Goal: what views remember less of, where a table is append_only, changes none of their rows; and equal rows of a join
// are one. Method: the same program with and without the property takes the same random steps, with restores on the
// way; every view is the same after each.

@Suite("Append-only tables and equal rows") struct AppendOnlyTests {
  private static let views = """
    CREATE MATERIALIZED VIEW extremes AS SELECT g, MIN(a) AS x, MAX(a) AS y, MIN(s) AS u, MAX(s) AS v, MAX(d) AS w,
      COUNT(DISTINCT a) AS n, COUNT(*) AS m FROM t GROUP BY g;
    CREATE MATERIALIZED VIEW firsts AS SELECT * FROM (
      SELECT *, ROW_NUMBER() OVER (PARTITION BY g ORDER BY a DESC, s) AS r FROM t) WHERE r <= 3;
    CREATE MATERIALIZED VIEW best AS SELECT g, a, s FROM (
      SELECT *, ROW_NUMBER() OVER (PARTITION BY g ORDER BY s DESC NULLS LAST) AS r FROM t) WHERE r = 1;
    CREATE MATERIALIZED VIEW pairs AS SELECT x.g, COUNT(*) AS n, MAX(y.a) AS y FROM t AS x JOIN t AS y ON x.g = y.g
      GROUP BY x.g;
    """

  private static func program(appendOnly: Bool) throws -> Program {
    try compile(
      "CREATE TABLE t (g BIGINT, a BIGINT, s VARCHAR, d DOUBLE) WITH ('append_only' = '\(appendOnly)');\n" + views)
  }

  private static func rows(_ generator: inout SeededGenerator) -> [Row] {
    (0..<Int.random(in: 0...12, using: &generator)).map { _ in
      func number(_ range: ClosedRange<Int64>) -> Value {
        Int.random(in: 0..<6, using: &generator) == 0 ? .null : .int64(Int64.random(in: range, using: &generator))
      }
      let text = ["", "a", "ab", "a text of more than one word", "b"].randomElement(using: &generator) ?? ""
      return [
        number(0...3), number(-5...5), Bool.random(using: &generator) ? .text(text) : .null,
        .float64(Double.random(in: -1...1, using: &generator)),
      ]
    }
  }

  @Test(arguments: 1...6 as ClosedRange<UInt64>)
  func viewsAreTheSame(seed: UInt64) throws {
    var generator = SeededGenerator(seed)
    let plain = try Self.program(appendOnly: false)
    let narrow = try Self.program(appendOnly: true)
    var circuits = [Lowering.circuit(for: plain, observed: []), Lowering.circuit(for: narrow, observed: [])]
    let schema = plain.tables[0].schema
    for step in 0..<25 {
      let input = TableInput(table: plain.tables[0].name, changes: [inserts(Self.rows(&generator), schema)])
      for circuit in circuits { _ = try circuit.step([input], now: 0) }
      for view in plain.views {
        #expect(
          contents(circuits[0].snapshot(of: view.name)) == contents(circuits[1].snapshot(of: view.name)),
          "\(view.name) after step \(step)")
      }
      guard step % 7 == 6 else { continue }
      for (index, program) in [plain, narrow].enumerated() {
        let fresh = Lowering.circuit(for: program, observed: [])
        try fresh.restore(circuits[index].state())
        circuits[index] = fresh
      }
    }
  }

  @Test("deletions from a table that is append_only are ignored")
  func deletionsAreIgnored() throws {
    let program = try Self.program(appendOnly: true)
    let circuit = Lowering.circuit(for: program, observed: [])
    let row: Row = [.int64(1), .int64(2), .text("a"), .float64(0)]
    var changes = inserts([row, row], program.tables[0].schema)
    changes.kinds[1] = ChangeKind.delete.rawValue
    _ = try circuit.step([TableInput(table: program.tables[0].name, changes: [changes])], now: 0)
    #expect(contents(circuit.snapshot(of: SQLIdentifier("best")))?.count == 1)
  }

  /// Rows that are equal in what the join reads: a deletion finds one among many, in time by the rows.
  @Test("equal rows of a join go one by one, also behind a restore and a failed step")
  func equalRows() throws {
    let program = try compile(
      """
      CREATE TABLE a (id BIGINT, x BIGINT); CREATE TABLE b (k BIGINT, y BIGINT);
      CREATE MATERIALIZED VIEW v AS SELECT a.x, COUNT(*) AS n, MAX(10 / (a.x - 5)) AS q FROM a JOIN b ON a.id = b.k
        GROUP BY a.x;
      """)
    var circuit = Lowering.circuit(for: program, observed: [])
    func step(_ table: Int, _ rows: [Row], _ kind: ChangeKind) throws {
      var changes = inserts(rows, program.tables[table].schema)
      changes.kinds = changes.kinds.map { _ in kind.rawValue }
      _ = try circuit.step([TableInput(table: program.tables[table].name, changes: [changes])], now: 0)
    }
    func count() -> [Value] { contents(circuit.snapshot(of: SQLIdentifier("v")))?.keys.map { $0[1] } ?? [] }
    try step(1, (0..<60_000).map { [.int64(1 + $0 % 2), .int64($0)] }, .insert)
    try step(1, [[.int64(1), .int64(0)]], .delete)
    try step(0, [[.int64(1), .int64(1)]], .insert)
    #expect(count() == [.int64(29_999)])
    #expect(throws: EvaluationError.self) { try step(0, [[.int64(1), .int64(5)]], .insert) }
    try step(1, [[.int64(1), .int64(2)], [.int64(1), .int64(4)]], .delete)
    #expect(count() == [.int64(29_997)])
    let fresh = Lowering.circuit(for: program, observed: [])
    try fresh.restore(circuit.state())
    circuit = fresh
    try step(1, [[.int64(1), .int64(6)]], .delete)
    #expect(count() == [.int64(29_996)])
    try step(0, [[.int64(1), .int64(1)]], .delete)
    #expect(count().isEmpty)
  }
}

import DataModel
import Dataflow
import SQLFrontend
import SQLLowering
import Testing

// Goal: how the rows of a step are cut into blocks changes no view. Method: the same steps as one block and as many,
// small and large, through chains of stateless operators with one and several readers, into views of every kind.

@Suite("Deltas in parts") struct PartsTests {
  private static let text = """
    CREATE TABLE t (g BIGINT, a BIGINT, s VARCHAR);
    CREATE TABLE k (g BIGINT, a BIGINT, s VARCHAR) WITH ('materialized' = 'true');
    CREATE VIEW plain AS SELECT a + 1 AS x, s FROM t WHERE a > 10;
    CREATE VIEW nothing AS SELECT a FROM t WHERE a < 0;
    CREATE VIEW both AS SELECT a FROM t WHERE g = 1 UNION ALL SELECT a FROM t WHERE g = 2 UNION ALL SELECT a FROM k;
    CREATE MATERIALIZED VIEW kept AS SELECT g, UPPER(s) AS s FROM t WHERE a > 20;
    CREATE LOCAL VIEW plainer AS SELECT g, a FROM t WHERE a < 40;
    CREATE VIEW groups AS SELECT g, COUNT(*) AS n, SUM(a) AS x FROM plainer GROUP BY g;
    CREATE VIEW pairs AS SELECT DISTINCT g, a FROM plainer;
    """

  private static func rows(_ count: Int, _ generator: inout SeededGenerator) -> [Row] {
    (0..<count).map { _ in
      let number = Int64.random(in: 0...50, using: &generator)
      return [.int64(number % 7), .int64(number), number % 5 == 0 ? .null : .text("text \(number)")]
    }
  }

  private static func blocks(_ rows: [Row], _ schema: Schema, of size: Int) -> [ChangeBatch] {
    stride(from: 0, to: rows.count, by: size).map { inserts(Array(rows[$0..<min($0 + size, rows.count)]), schema) }
  }

  @Test(arguments: [1, 700, 2048, 2500, 5000])
  func cutsChangeNothing(size: Int) throws {
    var generator = SeededGenerator(UInt64(size))
    let program = try compile(Self.text)
    let whole = Lowering.circuit(for: program, observed: [])
    let cut = Lowering.circuit(for: program, observed: [])
    for count in [5000, 0, 3, 2600] {
      let inputs = program.tables.map { ($0, Self.rows(count, &generator)) }
      func step(_ circuit: Circuit, _ size: Int) throws -> [RelationDelta] {
        try circuit.step(
          inputs.map { TableInput(table: $0.name, changes: Self.blocks($1, $0.schema, of: size)) }, now: 0)
      }
      let expected = try step(whole, 10_000)
      let found = try step(cut, size)
      #expect(found.map(\.relation) == expected.map(\.relation))
      for (one, other) in zip(found, expected) { #expect(one.rows == other.rows, "\(one.relation)") }
      for view in program.views {
        #expect(contents(whole.snapshot(of: view.name)) == contents(cut.snapshot(of: view.name)))
      }
    }
    #expect(cut.rowsSeen == whole.rowsSeen)
  }
}

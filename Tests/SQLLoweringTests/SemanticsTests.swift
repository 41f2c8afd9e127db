import DataModel
import Dataflow
import SQLFrontend
import SQLLowering
import Testing

// Goal: queries mean what SQL says: NULLs in joins, IN and NOT IN, correlated subqueries, frames, grouping sets.
// Method: fixed tables and the answers of another engine (DuckDB), once as views whose tables are filled row by
// row, with rows that come and go again, and once as ad-hoc queries.

@Suite("Queries mean what another engine says")
struct SemanticsTests {
  private struct Case {
    let name: SQLIdentifier
    let query: String
    let expected: String
  }

  private static let cases =
    (SemanticsCases.cases + SemanticsCases.nested + SemanticsCases.comparisons
    + SemanticsCases.windows)
    .enumerated().map { index, item in
      Case(name: SQLIdentifier("v\(index)"), query: item.query, expected: item.rows)
    }

  @Test func views() throws {
    var text = SemanticsCases.ddl
    for item in Self.cases { text += "\ncreate materialized view \(item.name) as \(item.query);" }
    let program = try compile(text)
    let circuit = Lowering.circuit(for: program, observed: [])
    _ = try circuit.step([], now: 0)
    let records = try Self.records(program)
    // Every row comes, every second one goes and comes back, in an order of its own.
    for (table, row) in records { _ = try circuit.step([Self.input(table, [row], .insert)], now: 0) }
    let some = records.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
    for (table, row) in some.reversed() { _ = try circuit.step([Self.input(table, [row], .delete)], now: 0) }
    for (table, row) in some { _ = try circuit.step([Self.input(table, [row], .insert)], now: 0) }
    for item in Self.cases {
      let view = try #require(program.views.first { $0.name == item.name })
      let rows = try #require(contents(circuit.snapshot(of: item.name)))
      let types = view.plan.output.map(\.type)
      #expect(Self.shown(rows.rows, types) == item.expected, "\(item.query)\n\(view.plan)")
    }
  }

  @Test func queries() throws {
    let program = try compile(SemanticsCases.ddl)
    let records = try Self.records(program)
    let relations = program.tables.map { table in
      var rows: ZSet = [:]
      for (owner, row) in records where owner.name == table.name { rows.add(row, 1) }
      return (name: table.name, schema: table.schema, rows: rows)
    }
    let frozen = try snapshots(relations)
    let catalog = relations.map { QueryRelation(name: $0.name, schema: $0.schema, materialized: true) }
    for item in Self.cases {
      guard case .select(let plan) = try SQLCompiler.query(item.query, catalog: catalog).get() else {
        continue
      }
      let result = try QueryRunner.run(plan, relations: { frozen[$0] }, now: 0)
      var found: ZSet = [:]
      for batch in result.batches { found.add(batch) }
      #expect(Self.shown(found.rows, result.columns.map(\.type)) == item.expected, "\(item.query)")
    }
  }

  @Test("a scalar subquery with two rows is an error, and no longer when one goes")
  func severalRows() throws {
    let program = try compile(
      "create table p (a int); create table q (b int); create materialized view v as select a, (select b from q) as b from p;"
    )
    let circuit = Lowering.circuit(for: program, observed: [])
    let (p, q) = (program.tables[0], program.tables[1])
    _ = try circuit.step(
      [Self.input(p, [[.int64(1)]], .insert), Self.input(q, [[.int64(5)]], .insert)], now: 0)
    let view = SQLIdentifier("v")
    #expect(contents(circuit.snapshot(of: view)) == [[.int64(1), .int64(5)]: 1])
    #expect(throws: EvaluationError.self) {
      try circuit.step([Self.input(q, [[.int64(6)]], .insert)], now: 0)
    }
    #expect(contents(circuit.snapshot(of: view)) == [[.int64(1), .int64(5)]: 1])
    _ = try circuit.step([Self.input(q, [[.int64(5)]], .delete)], now: 0)
    #expect(contents(circuit.snapshot(of: view)) == [[.int64(1), .null]: 1])
  }

  @Test("a condition that may fail is not tried on rows that a subquery or a set operation leaves out")
  func guards() throws {
    let program = try compile(
      """
      create table p (a int); create table q (b int);
      create materialized view x as select a from p where exists (select 1 from q where b = a) and 6 / a > 1;
      create materialized view y as select a from (select a from p intersect select b from q) z where 6 / a > 1;
      create materialized view z as select a from (select a, row_number() over (partition by a) as n from p
        where a <> 0) w where 6 / a > 1 and n = 1;
      """)
    let circuit = Lowering.circuit(for: program, observed: [])
    let (p, q) = (program.tables[0], program.tables[1])
    _ = try circuit.step(
      [
        Self.input(p, [[.int64(0)], [.int64(2)], [.int64(6)]], .insert),
        Self.input(q, [[.int64(2)], [.int64(6)]], .insert),
      ], now: 0)
    for name in ["x", "y", "z"] {
      #expect(contents(circuit.snapshot(of: SQLIdentifier(name))) == [[.int64(2)]: 1], "\(name)")
    }
  }

  private static func records(_ program: Program) throws -> [(TableDefinition, Row)] {
    try SemanticsCases.rows.map { name, values in
      let table = try #require(program.tables.first { $0.name == SQLIdentifier(name) })
      let row = try zip(values, table.schema.fields).map { text, field -> Value in
        guard let text else { return .null }
        return try ValueText.parse(Array(text.utf8), as: field.type)
      }
      return (table, row)
    }
  }

  private static func input(_ table: TableDefinition, _ rows: [Row], _ kind: ChangeKind) -> TableInput {
    TableInput(
      table: table.name,
      changes: [
        ChangeBatch(
          columns: columns(rows, table.schema.physicalTypes),
          kinds: [UInt8](repeating: kind.rawValue, count: rows.count))
      ])
  }

  private static func shown(_ rows: [Row], _ types: [ColumnType]) -> String {
    rows.map { row in
      zip(row, types).map { $0.isNull ? "null" : ValueText.render($0, as: $1) }.joined(separator: ",")
    }.sorted().joined(separator: " ; ")
  }
}

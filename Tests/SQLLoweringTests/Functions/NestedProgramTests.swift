import DataModel
import Dataflow
import SQLFrontend
import SQLLowering
import Testing

// Goal: nested values are rows like others: grouped, joined, made distinct, retracted. Method: a program over tables with
// arrays, maps, rows and VARIANT, stepped with inserts and deletes; contents as text.

@Suite("Nested values in programs")
struct NestedProgramTests {
  private static let program = """
    create type point as (x int, y int);
    create type line as (a point, b point not null);
    create table t (id int not null primary key, a int array, m map<varchar, int>, p point, v variant, l line);
    create view grouped as select a, count(*) as n from t group by a;
    create view joined as select t.id, u.id as other from t join t as u on t.a = u.a where t.id < u.id;
    create view parts as select id, a[1] as first, m['k'] as k, t.p.x as x, t.l.b.y as y, v['n'] as n from t;
    create view maps as select distinct m from t where cardinality(m) > 0;
    create view made as select id, point(id, t.p.y) as q, array[id, t.p.x] as xs, cast(v as varchar) as text from t;
    create view dates as select id, date '2024-01-01' + interval '1' day * id as d from t;
    """

  private func row(_ id: Int64, _ a: [Value], _ k: Int64, _ x: Int64, _ v: String) -> Row {
    let point = Value.bytes(NestedRow.bytes([.int64(x), .null]))
    return [
      .int64(id), .bytes(NestedCodec.array(a)), .bytes(NestedCodec.map([(.text("k"), .int64(k))])), point,
      NestedJSON.parse(Array(v.utf8), as: .variant) ?? .null,
      .bytes(NestedRow.bytes([.null, .bytes(NestedRow.bytes([.int64(1), .int64(2)]))])),
    ]
  }

  private func input(_ program: Program, _ rows: [Row], _ kind: ChangeKind = .insert) -> TableInput {
    let table = program.tables[0]
    let kinds = [UInt8](repeating: kind.rawValue, count: rows.count)
    return TableInput(
      table: table.name,
      changes: [ChangeBatch(columns: columns(rows, table.schema.physicalTypes), kinds: kinds)])
  }

  private func texts(_ circuit: Circuit, _ program: Program, _ view: String) throws -> [String] {
    let name = SQLIdentifier(view)
    let definition = try #require(program.views.first { $0.name == name })
    let rows = try #require(contents(circuit.snapshot(of: name)))
    return rows.rows.map { row in
      zip(row, definition.schema.types).map { ValueText.render($0, as: $1) }.joined(separator: " ")
    }.sorted()
  }

  @Test("views over nested columns follow inserts and deletes")
  func steps() throws {
    let program = try compile(Self.program.replacing("create view", with: "create materialized view"))
    let circuit = Lowering.circuit(for: program, observed: [])
    let first = row(1, [.int64(5), .null], 9, 3, #"{"n": [1]}"#)
    _ = try circuit.step(
      [
        input(
          program,
          [first, row(2, [.int64(5), .null], 9, 4, "\"s\""), row(3, [], 8, -1, "null")])
      ], now: 0)
    #expect(try texts(circuit, program, "grouped") == ["[5, NULL] 2", "[] 1"])
    #expect(try texts(circuit, program, "joined") == ["1 2"])
    #expect(
      try texts(circuit, program, "parts") == [
        "1 5 9 3 2 [1]", "2 5 9 4 2 NULL", "3 NULL 8 -1 2 NULL",
      ])
    #expect(try texts(circuit, program, "maps") == ["{k=8}", "{k=9}"])
    #expect(
      try texts(circuit, program, "made") == [
        "1 {1, NULL} [1, 3] {\"n\":[1]}", "2 {2, NULL} [2, 4] s", "3 {3, NULL} [3, -1] NULL",
      ])
    #expect(try texts(circuit, program, "dates") == ["1 2024-01-02", "2 2024-01-03", "3 2024-01-04"])
    _ = try circuit.step([input(program, [first], .delete)], now: 0)
    #expect(try texts(circuit, program, "grouped") == ["[5, NULL] 1", "[] 1"])
    #expect(try texts(circuit, program, "joined") == [])
    #expect(try texts(circuit, program, "maps") == ["{k=8}", "{k=9}"])
  }

  @Test("the Nexmark expressions")
  func nexmark() {
    let url = "'https://www.nexmark.com/abo/itemA/item.htm?query=1&channel_id=ApplE'"
    check([
      ("SPLIT_PART(\(url), '/', 4)", "abo"), ("SPLIT_INDEX(\(url), '/', 3)", "abo"),
      ("REGEXP_EXTRACT(\(url), '(&|^)channel_id=([^&]*)', 2)", "ApplE"),
      (
        "CASE WHEN LOWER('Apple') = 'apple' THEN '0' ELSE REGEXP_EXTRACT('x', '(&|^)channel_id=([^&]*)', 2) END",
        "0"
      ),
      ("DATE_FORMAT(TIMESTAMP '2024-01-02 03:04:05', 'yyyy-MM-dd HH:mm')", "2024-01-02 03:04"),
      ("FORMAT_DATE('%Y-%m-%d', TIMESTAMP '2024-01-02 03:04:05')", "2024-01-02"),
      (
        "CASE WHEN HOUR(TIMESTAMP '2024-01-02 09:04:05') BETWEEN 8 AND 18 THEN 'dayTime' ELSE 'other' END",
        "dayTime"
      ),
      ("CHAR_LENGTH('abcac') - CHAR_LENGTH(REPLACE('abcac', 'c', ''))", "2"), ("MOD(1007, 123) = 23", "TRUE"),
      ("TIMESTAMP '2024-01-02 03:04:05' - INTERVAL '10' SECOND", "2024-01-02 03:03:55"),
      ("0.908 * 100", "90.800"),
    ])
  }
}

enum NestedRow {
  static func bytes(_ fields: [Value]) -> [UInt8] {
    var bytes: [UInt8] = []
    for field in fields { NestedCodec.append(field, to: &bytes) }
    return bytes
  }
}

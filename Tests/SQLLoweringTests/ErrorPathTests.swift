import DataModel
import Dataflow
import SQLFrontend
import SQLLowering
import Testing

// Goal: where rows fail, views and error collection follow from what the tables hold, not from how they came to it:
// a row that fails goes with its error, whichever operator failed. Method: random inserts and deletes, in steps and
// in slices, against a fresh circuit that gets all rows at once; for one operator after the other.

@Suite("Error collection: any path") struct ErrorPathTests {
  private static let tables = """
    create table t (id bigint not null, d bigint not null);
    create table s (k bigint not null, v bigint not null);
    """

  private static let queries = [
    "select id, 100 / d as q from t",
    "select id from t where 100 / (d - 1) < 20",
    "select id, 7 / (d - 2) as x from t where 10 / d > 2 or id = 3",
    "select 10 / d as g, count(*) as n, sum(7 / (d - 2)) as x, count(distinct 10 / d) as u from t group by 10 / d",
    "select id % 3 as g, count(distinct 10 / d) as n, sum(10 / d) filter (where d > 0) as x from t group by id % 3",
    "select id % 3 as g, sum(10 / d) filter (where d > 0) as x, max(10 / d) filter (where id > 2) as n from t "
      + "group by id % 3",
    "select id % 3 as g, max(10 / d) as a, min(7 / (d - 1)) as b from t group by id % 3",
    "select max(10 / d) as a from t",
    "select g, 100 / (n - 2) as x from (select id % 4 as g, count(*) as n from t group by id % 4) as c",
    "select id % 4 as g, count(*) as n from t group by id % 4 having 100 / (count(*) - 3) > 0",
    "select t.id, s.k from t join s on t.d = 10 / s.v",
    "select t.id, s.k from t left join s on 10 / t.d = 10 / s.v",
    "select t.id, s.k from t full join s on 10 / t.d = s.v",
    "select id from t where d in (select 10 / v from s)",
    "select id from t where d not in (select 10 / v from s where v > 1 or k > 4)",
    "select id, lag(10 / d) over (partition by id % 3 order by id, d) as x from t",
    "select id, sum(10 / d) over (partition by 7 / (d - 1) order by id, d rows 2 preceding) as x from t",
    "select id, d from (select id, d, row_number() over (partition by id % 2 order by 10 / d, id, d) as n from t) "
      + "as r where n <= 2",
    "select id % 3 as g, array_agg(10 / d) as x from t group by id % 3",
    "select id % 3 as g, array_agg(10 / d) filter (where d > 0) as x from t group by id % 3",
    "select id, x from t, unnest(array[d, 10 / d]) as u(x)",
    "select 10 / d as a, id % 2 as b, count(*) as n from t group by grouping sets ((10 / d), (id % 2))",
    "select distinct 10 / d as x from t",
    "select 10 / d as x from t except select 10 / v as x from s",
    "select 10 / d as x from t union select v from s",
    "select id, cast(case when d < 2 then 'no' else cast(d as varchar) end as int) as n from t",
  ]

  private static func circuit(_ program: Program, workers: Int) -> Circuit {
    let circuit = Lowering.circuit(
      for: program, observed: [], workers: CircuitWorkers(workers, rowsMin: 0), collectsErrors: true)
    circuit.tolerance = .all
    return circuit
  }

  private static func state(_ circuit: Circuit) -> [String: ZSet] {
    Dictionary(uniqueKeysWithValues: circuit.snapshots().map { ($0.key.canonical, contents($0.value) ?? [:]) })
  }

  private static func input(_ name: String, _ rows: [Row], deleted: Bool) -> TableInput {
    let kind = deleted ? ChangeKind.delete : ChangeKind.insert
    return TableInput(
      table: SQLIdentifier(name),
      changes: [
        ChangeBatch(
          columns: columns(rows, [.int64, .int64]), kinds: [UInt8](repeating: kind.rawValue, count: rows.count))
      ])
  }

  @Test(arguments: queries.indices, [1, 3])
  func anyPath(query: Int, workers: Int) throws {
    let program = try compile(Self.tables + "create materialized view w as \(Self.queries[query]);")
    for seed in 0..<2 as Range<UInt64> {
      var random = SeededGenerator(seed)
      let (one, sliced) = (Self.circuit(program, workers: workers), Self.circuit(program, workers: 1))
      var tables: [String: [Row]] = ["t": [], "s": []]
      for step in 0..<12 {
        var inputs: [TableInput] = []
        for name in ["t", "s"] {
          var table = tables[name] ?? []
          let gone = (0..<Int.random(in: 0...table.count / (step == 11 ? 1 : 3), using: &random)).map { _ in
            table.remove(at: Int.random(in: table.indices, using: &random))
          }
          let came: [Row] = (0..<(step == 11 ? 0 : Int.random(in: 0...12, using: &random))).map { _ in
            [.int64(.random(in: 0..<8, using: &random)), .int64(.random(in: 0..<5, using: &random))]
          }
          tables[name] = table + came
          inputs += [Self.input(name, gone, deleted: true), Self.input(name, came, deleted: false)]
        }
        _ = try one.step(inputs, now: 0)
        sliced.beginSlices()
        for input in inputs { _ = try sliced.step([input], now: 0) }
        sliced.endSlices()
        let fresh = Self.circuit(program, workers: 1)
        _ = try fresh.step(tables.map { Self.input($0.key, $0.value, deleted: false) }, now: 0)
        let expected = Self.state(fresh)
        #expect(Self.state(one) == expected, "\(Self.queries[query]) seed \(seed) step \(step)")
        #expect(Self.state(sliced) == expected, "\(Self.queries[query]) slices, seed \(seed) step \(step)")
      }
    }
  }

  @Test("each query fails somewhere: otherwise it shows nothing")
  func everyQueryFails() throws {
    for query in Self.queries {
      let circuit = Self.circuit(try compile(Self.tables + "create materialized view w as \(query);"), workers: 1)
      let rows: [Row] = (0..<8).flatMap { id in (0..<5).map { [.int64(id), .int64($0)] } }
      let few: [Row] = [[.int64(0), .int64(4)], [.int64(1), .int64(4)], [.int64(4), .int64(4)], [.int64(3), .int64(0)]]
        + [1, 5].map { [.int64($0), .int64(4)] }
      var failed: UInt64 = 0
      for part in [few, rows] {
        _ = try circuit.step(
          [Self.input("t", part, deleted: false), Self.input("s", part, deleted: false)], now: 0)
        failed += circuit.addedErrors
      }
      #expect(failed > 0, "\(query)")
    }
  }
}

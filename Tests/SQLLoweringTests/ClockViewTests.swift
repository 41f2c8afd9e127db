import DataModel
import Dataflow
import SQLFrontend
import SQLLowering
import Testing

// Goal: a view over NOW() holds at each moment what its query gives at that moment (invariant 10), whichever
// way NOW() is read. Method: random rows come and go while the clock takes random steps, also none; after
// each step every view is compared with an ad-hoc query of its text at the same NOW(), which knows nothing of
// clocks. In the middle the circuit is replaced by one that restored its state.

@Suite("NOW() in views")
struct ClockViewTests {
  private static let table = """
    create table t (id bigint, ts timestamp, until timestamp, d date, n int) with ('materialized' = 'true');
    create table u (id bigint, d date) with ('materialized' = 'true');
    """

  private static let views: [(name: String, query: String)] = [
    ("recent", "select id, ts from t where ts >= now() - interval '1' hour"),
    (
      "strict",
      "select id from t where ts > now() - interval '20' minute and ts < now() + interval '5' minute"
    ),
    ("band", "select id from t where now() between ts and until"),
    ("inside", "select id from t where ts between now() - interval '1' hour and now()"),
    ("mirrored", "select id from t where now() + interval '30' minute <= until and n > 2"),
    ("today", "select id, d from t where d = current_date"),
    ("by_month", "select id from t where ts >= date_trunc(now(), month)"),
    ("months", "select id from t where ts >= now() - interval '1' month"),
    ("by_year", "select id from t where n >= extract(year from now()) - 2020"),
    (
      "grouped",
      "select n, count(*) as c, max(ts) as last from t where ts >= now() - interval '1' hour group by n"
    ),
    ("joined", "select t.id, u.d from t join u on t.id = u.id where t.ts >= now() - interval '2' hour"),
    ("age", "select id, timestampdiff(minute, ts, now()) as age from t"),
    ("ored", "select id from t where ts >= now() - interval '10' minute or n = 1"),
    ("guarded", "select id from t where ts <= now() and n <> 0 and 10 / n > 2"),
    ("clocks", "select now() as at"),
    ("single", "select count(*) as c, max(now()) as at from t"),
    ("keyed", "select t.id from t join u on t.id = u.id and u.d = cast(now() as date) + interval '0' day"),
    (
      "pairs",
      "select t.id, u.d from t join u on t.id = u.id where t.n + u.id >= extract(minute from t.ts) / 20 "
        + "and t.n + u.id + 2021 >= extract(year from now()) and (t.ts < now() or u.d < current_date)"
    ),
    ("kept", "select t.id, u.d from t left join u on t.id = u.id and u.d <= current_date"),
    (
      "ranked",
      "select id, row_number() over (partition by n order by abs(timestampdiff(second, ts, now())), id) as r from t"
    ),
    ("without", "select id from t where ts >= now() - interval '1' hour except select id from u"),
  ]

  private static func program(rewriting: Bool = true) throws -> Program {
    let text = views.map { "create materialized view \($0.name) as \($0.query);" }.joined(separator: "\n")
    return try compile(table + text, rewriting: rewriting)
  }

  /// 2024-01-31 23:00:00, so that the clock passes a day and a month.
  private static let start: Int64 = 1_706_742_000_000_000
  private static let minute: Int64 = 60_000_000

  private static func row(_ random: inout SeededGenerator, _ now: Int64) -> Row {
    let moment = { (random: inout SeededGenerator) -> Value in
      if Int.random(in: 0..<12, using: &random) == 0 { return .null }
      return .int64(now + Int64.random(in: -90...90, using: &random) * minute)
    }
    let day = (now + Int64.random(in: -36...36, using: &random) * 60 * minute) / (1440 * minute)
    return [
      .int64(.random(in: 0..<6, using: &random)), moment(&random), moment(&random), .int64(day),
      .int64(.random(in: 0..<6, using: &random)),
    ]
  }

  @Test(arguments: [(1, true), (2, true), (3, false), (4, true), (5, false)] as [(UInt64, Bool)])
  func steps(seed: UInt64, rewriting: Bool) throws {
    var random = SeededGenerator(seed)
    let program = try Self.program(rewriting: rewriting)
    var circuit = Lowering.circuit(for: program, observed: [])
    #expect(circuit.usesNow)
    var tables: [ZSet] = [[:], [:]]
    var integrated: [SQLIdentifier: ZSet] = [:]
    var now = Self.start
    for step in 0..<40 {
      now += [0, 0, 1, 5, 17, 60, 600][Int.random(in: 0..<7, using: &random)] * Self.minute
      now += Int.random(in: 0..<2, using: &random) == 0 ? 0 : Int64.random(in: 0...1, using: &random)
      var inputs: [TableInput] = []
      for (index, table) in program.tables.enumerated() where Int.random(in: 0..<3, using: &random) > 0 {
        inputs.append(Self.change(&tables[index], table, now, &random))
      }
      for delta in try circuit.step(inputs, now: now) {
        integrated[delta.relation, default: [:]].add(delta.rows)
      }
      try Self.compare(circuit, program, tables, now, integrated, "seed \(seed) step \(step)")
      if step == 20 {
        let fresh = Lowering.circuit(for: program, observed: [])
        try fresh.restore(circuit.state())
        #expect(fresh.time == now)
        circuit = fresh
      }
    }
    #expect(Self.views.allSatisfy { integrated[SQLIdentifier($0.name)] != nil })
  }

  private static func change(
    _ rows: inout ZSet, _ table: TableDefinition, _ now: Int64, _ random: inout SeededGenerator
  ) -> TableInput {
    var list: [Row] = []
    var kinds: [UInt8] = []
    for _ in 0..<Int.random(in: 1..<6, using: &random) {
      let isDelete = Int.random(in: 0..<3, using: &random) == 0
      let sorted = rows.keys.sorted { "\($0)" < "\($1)" }
      if isDelete, let victim = sorted.randomElement(using: &random) {
        rows.add(victim, -1)
        list.append(victim)
        kinds.append(ChangeKind.delete.rawValue)
      } else {
        let wide = row(&random, now)
        let fresh = table.schema.fields.count == 2 ? [wide[0], wide[3]] : wide
        rows.add(fresh, 1)
        list.append(fresh)
        kinds.append(ChangeKind.insert.rawValue)
      }
    }
    let batch = ChangeBatch(columns: columns(list, table.schema.physicalTypes), kinds: kinds)
    return TableInput(table: table.name, changes: [batch])
  }

  private static func compare(
    _ circuit: Circuit, _ program: Program, _ tables: [ZSet], _ now: Int64,
    _ integrated: [SQLIdentifier: ZSet], _ place: String
  ) throws {
    let relations = zip(program.tables, tables).map { (name: $0.name, schema: $0.schema, rows: $1) }
    let frozen = try snapshots(relations)
    let catalog = relations.map { QueryRelation(name: $0.name, schema: $0.schema, materialized: true) }
    for view in views {
      guard case .select(let plan) = try SQLCompiler.query(view.query, catalog: catalog).get() else {
        continue
      }
      var expected: ZSet = [:]
      for batch in try QueryRunner.run(plan, relations: { frozen[$0] }, now: now).batches {
        expected.add(batch)
      }
      let name = SQLIdentifier(view.name)
      #expect(contents(circuit.snapshot(of: name)) == expected, "\(view.name) \(place)")
      #expect(integrated[name] ?? [:] == expected, "deltas of \(view.name) \(place)")
    }
  }

  @Test("temporal filters read only the rows whose time has come, and keep nothing of those that are gone")
  func work() throws {
    let text = "create view v as select id from t where ts >= now() - interval '1' hour;"
    let program = try compile(Self.table + text)
    let circuit = Lowering.circuit(for: program, observed: [])
    let schema = try #require(program.tables.first).schema
    let rows: [Row] = (0..<5000).map {
      [.int64($0), .int64(Self.start + $0 * 1_000_000), .null, .null, .null]
    }
    _ = try circuit.step(
      [TableInput(table: SQLIdentifier("t"), changes: [inserts(rows, schema)])], now: Self.start)
    var gone = 0
    for second in stride(from: Int64(1), through: 9000, by: 300) {
      let deltas = try circuit.step([], now: Self.start + second * 1_000_000)
      for delta in deltas {
        #expect(delta.rows.weights.allSatisfy { $0 == -1 })
        gone += delta.rows.count
      }
      #expect(deltas.reduce(0) { $0 + $1.rows.count } <= 300)
    }
    #expect(gone == 5000)
    #expect(try circuit.state().filter { $0.id.hasSuffix("/shown") }.allSatisfy { $0.runs.isEmpty })
  }

  @Test("NOW() never goes back; programs without it have no clock")
  func monotone() throws {
    let circuit = Lowering.circuit(
      for: try compile("create materialized view v as select now() as at;"), observed: [])
    _ = try circuit.step([], now: 500)
    #expect(try circuit.step([], now: 400).isEmpty)
    #expect(circuit.time == 500)
    let still = Lowering.circuit(for: try compile("create view v as select 1 as one;"), observed: [])
    #expect(!still.usesNow && still.time == nil)
  }

  @Test("views that filter alike by NOW() keep their rows once")
  func sharing() throws {
    let filter = "from t where ts >= now() - interval '1' hour"
    let one = Lowering.circuit(
      for: try compile(Self.table + "create view v as select * \(filter);"), observed: [])
    let two = Lowering.circuit(
      for: try compile(
        Self.table + "create view v as select * \(filter); create view w as select * \(filter);"),
      observed: [])
    #expect(try one.state().count == two.state().count)
  }
}

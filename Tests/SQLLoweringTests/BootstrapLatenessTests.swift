import DataModel
import Dataflow
import SQLFrontend
import SQLLowering
import Testing

// Goal: a changed program with LATENESS, WATERMARK and emit_final goes on as if it had run from the beginning: the same
// rows were late. Method: random streams with late rows through a former program, from whose state, or whose steps, the
// new one is made; a circuit of the new program that took all steps is the oracle for contents and later deltas. State
// is forgotten at every occasion.

@Suite("A changed program with LATENESS")
struct BootstrapLatenessTests {
  private static let stored = """
    create table s (id bigint, ts timestamp lateness interval '1' hour, n int) with ('materialized' = 'true');
    create table k (id int not null primary key, ts timestamp lateness interval '1' hour, v int);
    create table w (id bigint, ts timestamp watermark interval '30' minute, n int);
    create table t (id bigint, ts timestamp lateness interval '1' hour, n int);

    """

  private static let views: [(name: String, query: String)] = [
    ("hourly", "select tumble_start(ts, interval '1' hour) as h, count(*) as c, sum(n) as x from s group by 1"),
    ("pairs", "select s.id, k.v, s.ts from s join k on s.ts = k.ts"),
    ("lefts", "select s.id, s.ts, k.v from s left join k on s.ts = k.ts and s.id < k.id"),
    ("moments", "select distinct ts, n from s"),
    ("keyed", "select ts, sum(v) as x from k group by ts"),
    ("ranked", "select id, ts, row_number() over (partition by ts order by id, n) as r from s"),
    (
      "rolling",
      "select id, n, ts, count(*) over (partition by n order by ts range between interval '40' minute preceding "
        + "and current row) as c from s"
    ),
    ("waiting", "select id, count(*) as c from w group by id"),
    ("both", "select w.id, s.n from w join s on w.ts = s.ts"),
    ("of_hourly", "select c, count(*) as x from hourly group by c"),
    ("passing", "select tumble_start(ts, interval '1' hour) as h, count(*) as c from t group by 1"),
    ("passing_max", "select n, max(ts) as m from t group by n"),
    ("mixed", "select t.id, s.n, k.v from t join s on t.ts = s.ts join k on k.ts = s.ts"),
  ]
  private static let storedCount = 10

  /// Some of the first views; the last two ones are about a view that drops rows itself.
  private static func program(_ count: Int, judged: Bool, _ random: inout SeededGenerator) throws -> Program {
    var chosen = Set((0..<6).map { _ in Int.random(in: 0..<count, using: &random) })
    if chosen.contains(9) { chosen.insert(0) }
    var text = stored
    for index in chosen.sorted() {
      text += "create materialized view \(views[index].name) as \(views[index].query);\n"
    }
    if Bool.random(using: &random) {
      text += "create materialized view final_hours with ('emit_final' = 'h') as "
        + "select tumble_start(ts, interval '1' hour) as h, count(*) as c from s group by 1;\n"
    }
    if judged {
      text += "create materialized view judged as select id, ts, n from s; lateness judged.ts interval '10' minute;\n"
      let query = ["count(*)", "max(ts)", "min(id)"][Int.random(in: 0..<3, using: &random)]
      text += "create materialized view of_judged as select n, \(query) as x from judged group by n;\n"
    }
    return try compile(text)
  }

  private static let minute: Int64 = 60_000_000

  private static func inputs(
    _ tables: [TableDefinition], _ now: Int64, _ random: inout SeededGenerator
  ) -> [TableInput] {
    tables.map { table in
      let rows: [Row] = (0..<Int.random(in: 0...12, using: &random)).map { _ in
        let isFar = Int.random(in: 0..<5, using: &random) == 0
        let back = Int64.random(in: isFar ? 0...200 : 0...25, using: &random) / 5 * 5
        return [
          .int64(.random(in: 0..<8, using: &random)), .int64(now - back * minute),
          .int64(.random(in: 0..<3, using: &random)),
        ]
      }
      return TableInput(table: table.name, changes: [inserts(rows, table.schema)])
    }
  }

  private static func circuit(_ program: Program) -> Circuit {
    Lowering.circuit(for: program, observed: [], truncationRowsMin: 0)
  }

  private static func check(count: Int, judged: Bool, seed: UInt64, from origin: Bootstrap.Origin) throws {
    var random = SeededGenerator(seed)
    let old = try program(count, judged: judged, &random)
    let new = try program(count, judged: judged, &random)
    let (former, whole) = (circuit(old), circuit(new))
    var log = TakenLog()
    var now: Int64 = 1_706_742_000_000_000
    for _ in 0..<15 {
      now += [0, 5, 15, 40, 90][Int.random(in: 0..<5, using: &random)] * minute
      let inputs = inputs(old.tables, now, &random)
      _ = try former.step(inputs, now: 0)
      _ = try whole.step(inputs, now: 0)
      log.add(inputs)
    }
    #expect(former.lateRows > 0)
    let bootstrap = Bootstrap(from: old, to: new)
    if origin == .contents { #expect(bootstrap.origin == .contents) }
    var means = Bootstrap.Means(told: Set(new.views.map(\.name)), now: 0, budget: nil, prepare: { _ in })
    means.records = log.records
    let outcome = try bootstrap.run(try former.state(), means)
    let made = circuit(new)
    try made.restore(outcome.traces)
    func compare(_ place: String) {
      for view in new.views {
        #expect(
          contents(made.snapshot(of: view.name)) == contents(whole.snapshot(of: view.name)), "\(view.name) \(place)")
      }
    }
    compare("at once")
    for fill in outcome.fills {
      var rows: ZSet = [:]
      try fill.snapshot.forEachBatch(rowsMax: 7) { batch in
        rows.add(batch)
        return true
      }
      let view = SQLIdentifier(String(fill.id.dropFirst(Bootstrap.fillPrefix.count)), caseSensitive: true)
      #expect(rows == contents(whole.snapshot(of: view)), "told of \(view)")
    }
    let lateBefore = whole.lateRows
    for step in 0..<8 {
      now += [0, 15, 40, 90][Int.random(in: 0..<4, using: &random)] * minute
      let inputs = inputs(new.tables, now, &random)
      let (one, two) = (try whole.step(inputs, now: 0), try made.step(inputs, now: 0))
      #expect(one.map(\.relation) == two.map(\.relation), "step \(step)")
      for (one, two) in zip(one, two) { #expect(one.rows == two.rows, "\(one.relation) step \(step)") }
    }
    compare("later")
    #expect(made.lateRows == whole.lateRows - lateBefore)
  }

  @Test("from stored contents and from records in any order", arguments: 1...24 as ClosedRange<UInt64>)
  func fromContents(seed: UInt64) throws {
    try Self.check(count: Self.storedCount, judged: false, seed: seed, from: .contents)
  }

  @Test("from the steps in which the records were taken", arguments: 101...124 as ClosedRange<UInt64>)
  func fromSteps(seed: UInt64) throws {
    try Self.check(count: Self.views.count, judged: true, seed: seed, from: .steps)
  }

  @Test("NOW() beside rows that were late before is refused")
  func clock() throws {
    let table = "create table t (id bigint, ts timestamp lateness interval '1' hour);"
    let bootstrap = Bootstrap(
      from: try compile(table),
      to: try compile(table + "create view v as select id from t where ts > now() - interval '1' day;"))
    #expect(bootstrap.obstacle { _ in nil }?.contains("NOW()") == true)
  }
}

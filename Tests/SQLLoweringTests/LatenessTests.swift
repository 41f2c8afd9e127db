import DataModel
import Dataflow
import SQLFrontend
import SQLLowering
import Testing

// Goal: late rows are dropped by the waterline of the steps before; what is then truncated shows in no view,
// and state stays bounded under an endless stream; emit_final and WATERMARK hold rows back. Method: random
// streams with late rows into a circuit that truncates at every occasion, beside a model that drops the same
// rows and a naive interpreter over all that is left; a long stream with the state's rows counted; the
// reference's own example.

@Suite("LATENESS")
struct LatenessTests {
  private static let tables = """
    create table t (id bigint, ts timestamp lateness interval '1' hour, n int);
    create table u (id bigint, at timestamp lateness interval '30' minute, day date lateness interval '1' day, m int);
    create table k (id int not null primary key, ts timestamp lateness interval '1' hour, v int)
      with ('materialized' = 'true');

    """

  private static let views: [(name: String, query: String)] = [
    (
      "hourly",
      "select tumble_start(ts, interval '1' hour) as h, count(*) as c, sum(n) as s from t group by tumble(ts, interval '1' hour)"
    ),
    (
      "shifted",
      "select tumble_start(ts, interval '1' hour, interval '7' minute) as h, count(*) as c from t group by tumble(ts, interval '1' hour, interval '7' minute)"
    ),
    (
      "extremes",
      "select n, date_trunc(ts, day) as d, min(id) as low, max(id) as high, count(distinct id) as c from t group by n, date_trunc(ts, day)"
    ),
    (
      "hops",
      "select window_start, max(n) as m from table(hop(table t, descriptor(ts), interval '30' minute, interval '1' hour)) group by window_start"
    ),
    ("pairs", "select t.id, u.m, t.ts from t join u on t.ts = u.at"),
    (
      "by_hour",
      "select a.h, a.c, b.c as d from hourly a join (select tumble_start(at, interval '1' hour) as h, count(*) as c from u group by tumble(at, interval '1' hour)) b on a.h = b.h"
    ),
    ("lefts", "select t.id, t.ts, u.m from t left join u on t.ts = u.at and t.id < u.id"),
    ("fulls", "select t.id, t.ts, u.at, u.m from t full join u on t.ts = u.at"),
    ("semis", "select id, ts from t where ts in (select at from u)"),
    ("antis", "select id, ts from t where not exists (select 1 from u where u.at = t.ts and u.m > t.n)"),
    ("moments", "select distinct ts, n from t"),
    ("both", "select ts from t intersect select at from u"),
    ("except_u", "select ts from t except select at from u"),
    ("either", "select ts as x from t union select at from u"),
    ("ranked", "select id, ts, row_number() over (partition by ts order by id, n) as r from t"),
    (
      "rolling",
      "select id, n, ts, count(*) over (partition by n order by ts range between interval '40' minute preceding "
        + "and current row) as c, max(id) over (partition by n order by ts range between interval '10' minute "
        + "preceding and interval '20' minute following) as m from t"
    ),
    (
      "rolling_hours",
      "select tumble_start(ts, interval '1' hour) as h, sum(c) as s from (select ts, count(*) over "
        + "(order by ts range between interval '1' hour preceding and current row) as c from t) r "
        + "group by tumble(ts, interval '1' hour)"
    ),
    ("days", "select day, count(*) as c from u group by day"),
    ("keyed", "select ts, sum(v) as s from k group by ts"),
    ("plain", "select n, count(*) as c from t group by n"),
  ]

  private static func program(rewriting: Bool = true) throws -> Program {
    try compile(
      tables
        + views.map { "create materialized view \($0.name == "either" ? "any_of" : $0.name) as \($0.query);" }
        .joined(separator: "\n"), rewriting: rewriting)
  }

  private static let minute: Int64 = 60_000_000
  private static let start: Int64 = 1_706_742_000_000_000

  /// What the tables hold without the late rows.
  private struct Model {
    var rows: [ZSet] = [[:], [:], [:]]
    /// Greatest value seen, by table and column; as it was before the step.
    var seen: [[Int: Int64]] = [[:], [:], [:]]
    var late = 0
    static let lateness: [[Int: Int64]] = [
      [1: 60 * minute], [1: 30 * minute, 2: 1], [1: 60 * minute],
    ]

    func isLate(_ table: Int, _ row: Row, _ before: [[Int: Int64]]) -> Bool {
      Self.lateness[table].contains { column, amount in
        guard let seen = before[table][column], case .int64(let value) = row[column] else { return false }
        return value < seen - amount
      }
    }

    mutating func see(_ table: Int, _ row: Row) {
      for column in Self.lateness[table].keys {
        guard case .int64(let value) = row[column] else { continue }
        seen[table][column] = max(seen[table][column] ?? value, value)
      }
    }
  }

  private static func row(_ table: Int, _ now: Int64, _ random: inout SeededGenerator) -> Row {
    let isFar = Int.random(in: 0..<8, using: &random) == 0
    let back = Int64.random(in: isFar ? 0...200 : 0...25, using: &random) / 5 * 5
    let isNull = Int.random(in: 0..<15, using: &random) == 0
    let time = now - back * minute
    let ts: Value = isNull ? .null : .int64(time)
    let id = Value.int64(.random(in: 0..<6, using: &random))
    let n = Value.int64(.random(in: 0..<3, using: &random))
    return table == 1 ? [id, ts, .int64(time / (1440 * minute)), n] : [id, ts, n]
  }

  @Test(arguments: [1, 2] as [UInt64])
  func equalsUntruncated(seed: UInt64) throws {
    var random = SeededGenerator(seed)
    let program = try Self.program()
    let plain = try Self.program(rewriting: false)
    var circuit = Lowering.circuit(for: program, observed: [], truncationRowsMin: 0)
    var model = Model()
    var integrated: [SQLIdentifier: ZSet] = [:]
    var now = Self.start
    for step in 0..<30 {
      now += [0, 5, 15, 40, 90][Int.random(in: 0..<5, using: &random)] * Self.minute
      var inputs: [TableInput] = []
      let before = model.seen
      for table in 0..<2 where Int.random(in: 0..<4, using: &random) > 0 {
        inputs.append(Self.appends(&model, table, program.tables[table], before, now, &random))
      }
      inputs.append(Self.upsert(&model, program.tables[2], before, now, &random))
      for delta in try circuit.step(inputs, now: 0) {
        integrated[delta.relation, default: [:]].add(delta.rows)
      }
      var relations = Dictionary(uniqueKeysWithValues: zip(program.tables.map(\.name), model.rows))
      for view in plain.views {
        relations[view.name] = try NaivePlan(relations: relations).run(view.plan)
        let place = "\(view.name), seed \(seed) step \(step)"
        #expect(contents(circuit.snapshot(of: view.name)) == relations[view.name], "\(place)")
        #expect(integrated[view.name] ?? [:] == relations[view.name], "deltas of \(place)")
      }
      #expect(contents(circuit.snapshot(of: SQLIdentifier("k"))) == model.rows[2], "the table itself")
      #expect(circuit.lateRows == UInt64(model.late), "seed \(seed) step \(step)")
      if step == 20 {
        let fresh = Lowering.circuit(for: program, observed: [], truncationRowsMin: 0)
        try fresh.restore(circuit.state())
        circuit = fresh
        model.late = 0
      }
    }
    #expect(program.views.allSatisfy { integrated[$0.name] != nil })
  }

  /// Inserts, and deletes of rows that are there.
  private static func appends(
    _ model: inout Model, _ table: Int, _ definition: TableDefinition, _ before: [[Int: Int64]], _ now: Int64,
    _ random: inout SeededGenerator
  ) -> TableInput {
    var list: [Row] = []
    var kinds: [UInt8] = []
    for _ in 0..<Int.random(in: 1..<6, using: &random) {
      var fresh = row(table, now, &random)
      var weight: Int64 = 1
      let victims = model.rows[table].keys.sorted { "\($0)" < "\($1)" }
      if Int.random(in: 0..<4, using: &random) == 0, let victim = victims.randomElement(using: &random) {
        fresh = victim
        weight = -1
      }
      list.append(fresh)
      kinds.append((weight > 0 ? ChangeKind.insert : .delete).rawValue)
      guard !model.isLate(table, fresh, before) else {
        model.late += 1
        continue
      }
      model.rows[table].add(fresh, weight)
      if weight > 0 { model.see(table, fresh) }
    }
    return TableInput(
      table: definition.name,
      changes: [ChangeBatch(columns: columns(list, definition.schema.physicalTypes), kinds: kinds)])
  }

  /// At most one change of a key in a step.
  private static func upsert(
    _ model: inout Model, _ definition: TableDefinition, _ before: [[Int: Int64]], _ now: Int64,
    _ random: inout SeededGenerator
  ) -> TableInput {
    var list: [Row] = []
    var kinds: [UInt8] = []
    for key in (Int64(0)..<6).shuffled(using: &random).prefix(2) {
      var fresh = row(2, now, &random)
      fresh[0] = .int64(key)
      let isDelete = Int.random(in: 0..<4, using: &random) == 0
      list.append(fresh)
      kinds.append((isDelete ? ChangeKind.delete : .insert).rawValue)
      let old = model.rows[2].keys.first { $0[0] == .int64(key) }
      let oldIsLate = old.map { model.isLate(2, $0, before) } ?? false
      let newIsLate = !isDelete && model.isLate(2, fresh, before)
      if isDelete && old == nil { continue }
      if !isDelete, old == fresh { continue }
      guard !oldIsLate, !newIsLate else {
        model.late += 1
        continue
      }
      if let old { model.rows[2].add(old, -1) }
      guard !isDelete else { continue }
      model.rows[2].add(fresh, 1)
      model.see(2, fresh)
    }
    return TableInput(
      table: definition.name,
      changes: [ChangeBatch(columns: columns(list, definition.schema.physicalTypes), kinds: kinds)])
  }

  // MARK: State

  @Test("state stays bounded under an endless stream, and grows without LATENESS")
  func bounded() throws {
    let names = [
      "hourly", "extremes", "hops", "pairs", "by_hour", "lefts", "fulls", "semis", "moments", "both",
      "except_u", "rolling", "rolling_hours",
      "ranked",
    ]
    let views = Self.views.filter { names.contains($0.name) }
    let text = views.map { "create view \($0.name) as \($0.query);" }.joined(separator: "\n")
    let limited = try Self.stateRows(Self.tables + text)
    let free = Self.tables.replacing("lateness interval '1' hour", with: "")
      .replacing("lateness interval '30' minute", with: "").replacing("lateness interval '1' day", with: "")
    let growing = try Self.stateRows(free + text)
    // Not `antis`: keys of correlated subqueries that are NULL-safe have no waterline.
    // Hours of the stream that are open, times traces; and as much again that waits for truncation.
    #expect(limited.last ?? 0 < 1.5 * (limited.first ?? 0), "\(limited)")
    #expect(growing.last ?? 0 > 2.5 * (growing.first ?? 0), "\(growing)")
    #expect(limited.last ?? 0 < 0.2 * (growing.last ?? 0), "\(limited) \(growing)")
  }

  /// Rows of state after each third of a stream.
  private static func stateRows(_ text: String) throws -> [Double] {
    let program = try compile(text)
    let circuit = Lowering.circuit(for: program, observed: [], truncationRowsMin: 50)
    var random = SeededGenerator(5)
    var counts: [Double] = []
    for step in Int64(0)..<180 {
      let now = start + step * 10 * minute
      var inputs: [TableInput] = []
      for table in 0..<2 {
        let rows = (0..<6).map { _ in row(table, now, &random) }
        inputs.append(
          TableInput(
            table: program.tables[table].name, changes: [inserts(rows, program.tables[table].schema)]))
      }
      _ = try circuit.step(inputs, now: 0)
      if step % 60 == 59 {
        counts.append(try Double(circuit.state().reduce(0) { $0 + $1.runs.reduce(0) { $0 + $1.count } }))
      }
    }
    return counts
  }

  // MARK: Views, WATERMARK, emit_final

  private static func step(_ circuit: Circuit, _ table: String, _ rows: [Row]) throws -> [SQLIdentifier: ZSet]
  {
    let types: [PhysicalType] = [.int64, .int64, .int64]
    let batch = ChangeBatch(
      columns: columns(rows, types), kinds: [UInt8](repeating: ChangeKind.insert.rawValue, count: rows.count))
    var result: [SQLIdentifier: ZSet] = [:]
    for delta in try circuit.step([TableInput(table: SQLIdentifier(table), changes: [batch])], now: 0) {
      result[delta.relation, default: [:]].add(delta.rows)
    }
    return result
  }

  private static func at(_ hour: Int64, _ minutes: Int64 = 0) -> Value {
    .int64(1_577_836_800_000_000 + (hour * 60 + minutes) * minute)
  }

  @Test("emit_final as in the reference's guide: a day comes when no change of it can come")
  func emitFinal() throws {
    let text = """
      create table purchase (customer int, ts timestamp not null lateness interval 1 hours, amount bigint);
      create materialized view total with ('emit_final' = 'd') as
        select timestamp_trunc(ts, day) as d, sum(amount) as total from purchase group by timestamp_trunc(ts, day);
      create view copy as select total from total;
      """
    let program = try compile(text)
    var circuit = Lowering.circuit(for: program, observed: [])
    let (total, copy) = (SQLIdentifier("total"), SQLIdentifier("copy"))
    let amount = { (hour: Int64) -> [Row] in [[.int64(1), Self.at(hour), .int64(10)]] }
    var told = try Self.step(circuit, "purchase", amount(1))
    #expect(told[total] == nil && told[copy] == [[.int64(10)]: 1])
    told = try Self.step(circuit, "purchase", amount(2))
    #expect(told[total] == nil && told[copy] == [[.int64(10)]: -1, [.int64(20)]: 1])
    told = try Self.step(circuit, "purchase", amount(24))
    #expect(told[total] == nil)
    let fresh = Lowering.circuit(for: program, observed: [])
    try fresh.restore(circuit.state())
    circuit = fresh
    told = try Self.step(circuit, "purchase", amount(25))
    #expect(told[total] == [[Self.at(0), .int64(20)]: 1])
    #expect(contents(circuit.snapshot(of: total)) == [[Self.at(0), .int64(20)]: 1])
    told = try Self.step(circuit, "purchase", amount(3))
    #expect(told.isEmpty && circuit.lateRows == 1)
    told = try Self.step(circuit, "purchase", amount(24))
    #expect(told[total] == nil)
    told = try Self.step(circuit, "purchase", amount(50))
    #expect(told[total] == [[Self.at(24), .int64(30)]: 1])
  }

  @Test("WATERMARK holds rows until a later one is that far ahead")
  func watermark() throws {
    let text = """
      create table w (id int, ts timestamp watermark interval '1' hour, n bigint);
      create view v as select id from w;
      """
    let circuit = Lowering.circuit(for: try compile(text), observed: [])
    let view = SQLIdentifier("v")
    let row = { (id: Int64, at: Value) -> Row in [.int64(id), at, .int64(0)] }
    #expect(try Self.step(circuit, "w", [row(1, Self.at(1)), row(2, .null)]) == [view: [[.int64(2)]: 1]])
    #expect(try Self.step(circuit, "w", [row(3, Self.at(1, 59))]).isEmpty)
    #expect(try Self.step(circuit, "w", [row(4, Self.at(2))]) == [view: [[.int64(1)]: 1]])
    #expect(try Self.step(circuit, "w", [row(5, Self.at(0, 30))]) == [view: [[.int64(5)]: 1]])
    let last = try Self.step(circuit, "w", [row(6, Self.at(5))])
    #expect(last == [view: [[.int64(3)]: 1, [.int64(4)]: 1]])
  }

  @Test("LATENESS of a view drops its late rows, and lets readers of the view forget")
  func views() throws {
    let text = """
      lateness v.at interval '1' hour;
      create table raw (id int, seconds bigint, n bigint);
      create view v as select id, timestamp_seconds(seconds) as at from raw;
      create materialized view h as select date_trunc(at, hour) as h, count(*) as c from v group by date_trunc(at, hour);
      """
    let circuit = Lowering.circuit(for: try compile(text), observed: [], truncationRowsMin: 0)
    for hour in Int64(0)..<50 {
      _ = try Self.step(circuit, "raw", [[.int64(1), .int64(hour * 3600), .int64(0)]])
    }
    _ = try Self.step(circuit, "raw", [[.int64(1), .int64(3600), .int64(0)]])
    #expect(circuit.lateRows == 1)
    #expect(contents(circuit.snapshot(of: SQLIdentifier("h")))?.count == 50)
    let kept = try circuit.state().first { $0.id.hasPrefix("plan/h") }
    #expect(kept.map { $0.runs.reduce(0) { $0 + $1.count } } ?? 0 < 10)
  }

  @Test("annotations that do not fit are refused")
  func refused() throws {
    let cases = [
      (
        "create table x (a varchar lateness 1);",
        "LATENESS of a column of type VARCHAR is not yet implemented"
      ),
      (
        "create table x (a timestamp lateness 5);",
        "LATENESS of type INTEGER cannot be subtracted from TIMESTAMP"
      ),
      (
        "create table x (a int lateness interval '1' day);",
        "LATENESS of type INTERVAL DAY cannot be subtracted from INTEGER"
      ),
      ("create table x (a int, b int lateness a);", "Column 'a' not found in any table"),
      (
        "create table x (a int watermark 5) with ('materialized' = 'true');",
        "WATERMARK in a materialized table is not yet implemented"
      ),
      ("lateness x.a 5;", "LATENESS for 'x', which is not a view"),
      ("create view x as select 1 as a; lateness x.b 5;", "Column 'b' not found in view 'x'"),
      (
        "create view x as select 1 as a; lateness x.a 5; lateness x.a 6;",
        "LATENESS of 'x.a' is already declared"
      ),
      (
        "create table y (a int); create view x with ('emit_final' = 'a') as select a from y;",
        "Could not infer a waterline for column 'a' of view 'x', which has an 'emit_final' annotation"
      ),
      (
        "create table y (a int lateness 5); create view x with ('emit_final' = 'b') as select a from y;",
        "Column 'b' of 'emit_final' not found in view 'x'"
      ),
      (
        "create table y (a int lateness 5); create local view x with ('emit_final' = '0') as select a from y;",
        "'emit_final' is not allowed for LOCAL view 'x'"
      ),
    ]
    for (text, message) in cases {
      guard case .failure(let errors) = SQLCompiler.compile(text) else {
        Issue.record("accepted: \(text)")
        continue
      }
      #expect(errors.diagnostics.first?.message == message, "\(text)")
    }
  }
}

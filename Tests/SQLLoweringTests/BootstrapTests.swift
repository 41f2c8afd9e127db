import DataModel
import Dataflow
import PipelineModel
import Platform
import SQLFrontend
import SQLLowering
import Testing

// Goal: a changed program that begins with the state of the former one goes on as if it had run from the beginning.
// Method: random programs of the sample views over stored tables change into others (views added, removed, redefined, in
// another order, with other workers) in the middle of random steps; a circuit that took all steps is the oracle for
// contents and later deltas. And what cannot be computed is refused by name.

@Suite("A changed program begins with the state of the former one")
struct BootstrapTests {
  /// Some views with those that they read, under their names or with another one's query.
  private static func program(_ random: inout SeededGenerator, storesEvents: Bool = true) -> String {
    let all = SampleProgram.views
    var chosen = Set((0..<25).map { _ in Int.random(in: 0..<all.count, using: &random) })
    var isGrowing = true
    while isGrowing {
      let names = chosen.flatMap { index in
        let words = Set(all[index].query.split { !$0.isLetter && !$0.isNumber && $0 != "_" }.map(String.init))
        return all.indices.filter { words.contains(all[$0].name) }
      }
      isGrowing = !Set(names).isSubset(of: chosen)
      chosen.formUnion(names)
    }
    // Names of two views that read only tables are exchanged now and then: both are changed then.
    let read = Set(all.flatMap { $0.query.split { !$0.isLetter && !$0.isNumber && $0 != "_" }.map(String.init) })
    let free = chosen.filter { !read.contains(all[$0].name) }.sorted()
    var names = Dictionary(uniqueKeysWithValues: chosen.map { ($0, all[$0].name) })
    if free.count > 1, Bool.random(using: &random) { (names[free[0]], names[free[1]]) = (names[free[1]], names[free[0]]) }
    let last = free.shuffled(using: &random)
    let order = chosen.subtracting(free).sorted() + last
    let stored = SampleProgram.tables.replacing(
      "region varchar);", with: "region varchar) with ('materialized' = 'true');")
    let tables =
      storesEvents
      ? stored : stored.replacing("score double) with ('materialized' = 'true');", with: "score double);")
    return tables
      + order.map { "create materialized view \(names[$0] ?? "") as \(all[$0].query);" }.joined(separator: "\n")
  }

  private static func take(
    _ steps: Int, _ tables: inout [TableModel], _ circuits: [Circuit], _ random: inout SeededGenerator
  ) throws {
    for step in 0..<steps {
      var inputs: [TableInput] = []
      for index in tables.indices where Int.random(in: 0..<3, using: &random) > 0 {
        inputs.append(tables[index].change(&random))
      }
      let deltas = try circuits.map { try $0.step(inputs, now: 0) }
      for other in deltas.dropFirst() {
        #expect(other.map(\.relation) == deltas[0].map(\.relation), "step \(step)")
        for (one, two) in zip(deltas[0], other) { #expect(one.rows == two.rows, "\(one.relation) step \(step)") }
      }
    }
  }

  @Test(arguments: 1...40 as ClosedRange<UInt64>)
  func goesOnAsFromTheBeginning(seed: UInt64) throws {
    var random = SeededGenerator(seed)
    let (old, new) = (try compile(Self.program(&random)), try compile(Self.program(&random)))
    let former = Lowering.circuit(for: old, observed: [], workers: CircuitWorkers(Int(seed) % 2 + 1, rowsMin: 0))
    let whole = Lowering.circuit(for: new, observed: [])
    var tables = old.tables.map { TableModel($0) }
    for _ in 0..<10 {
      var inputs: [TableInput] = []
      for index in tables.indices { inputs.append(tables[index].change(&random)) }
      _ = try former.step(inputs, now: 0)
      _ = try whole.step(inputs, now: 0)
    }
    let bootstrap = Bootstrap(from: old, to: new)
    #expect(bootstrap.obstacle { _ in "gone" } == nil)
    let told = Set(new.views.map(\.name))
    let outcome = try bootstrap.run(
      try former.state(), Bootstrap.Means(told: told, now: 0, budget: nil, prepare: { _ in }))
    let circuit = Lowering.circuit(
      for: new, observed: [], workers: CircuitWorkers(Int(seed) / 2 % 2 + 1, rowsMin: 0))
    try circuit.restore(outcome.traces)
    #expect(!circuit.needsInitialStep)
    let changed = Set(bootstrap.difference.addedViews + bootstrap.difference.modifiedViews)
    #expect(Set(outcome.fills.map(\.id)) == Set(changed.map { "fill/\($0.canonical)" }))
    for view in new.views {
      #expect(contents(circuit.snapshot(of: view.name)) == contents(whole.snapshot(of: view.name)), "\(view.name)")
      guard let fill = outcome.fills.first(where: { $0.id == "fill/\(view.name.canonical)" }) else { continue }
      var rows: ZSet = [:]
      try fill.snapshot.forEachBatch(rowsMax: 7) { batch in
        rows.add(batch)
        return true
      }
      #expect(rows == contents(whole.snapshot(of: view.name)), "told of \(view.name)")
    }
    try Self.take(8, &tables, [whole, circuit], &random)
    for view in new.views {
      #expect(contents(circuit.snapshot(of: view.name)) == contents(whole.snapshot(of: view.name)), "\(view.name)")
    }
  }

  private static let plain = "create table t (a int, b int); create table k (a int not null primary key, b int);"

  @Test("a view over rows that are not stored is refused, one over other tables is not")
  func refusals() throws {
    func obstacle(_ old: String, _ new: String) throws -> String? {
      Bootstrap(from: try compile(old), to: try compile(new)).obstacle { "the log has lost those of \($0)" }
    }
    let sums = Self.plain + "create view v as select a, sum(b) as s from t group by a;"
    #expect(try obstacle(sums, sums + "create view w as select a, max(b) as m from k group by a;") == nil)
    #expect(try obstacle(sums, Self.plain) == nil)
    // The same aggregate under another view's name is there already.
    #expect(try obstacle(sums, sums + "create view w as select a, max(b) as m from t group by a;")?
      .contains("'t', which is not materialized: its rows so far are not stored, and the log has lost") == true)
    let stored = sums.replacing("b int);", with: "b int) with ('materialized' = 'true');", maxReplacements: 1)
    #expect(try obstacle(sums, stored)?.contains("table 't' is to be materialized") == true)
    #expect(try obstacle(stored, sums) == nil)
    let late = "create table l (ts timestamp lateness interval '1' hour, n int) with ('materialized' = 'true');"
    let reader = "create view v as select n, count(*) as c from l group by n;"
    #expect(try obstacle(late, late + reader) == nil)
    let passing = late.replacing(" with ('materialized' = 'true')", with: "")
    #expect(try obstacle(passing, passing + reader)?.contains("'l' has lateness") == true)
    let judged = late + "create view j as select ts, n from l; lateness j.ts interval '1' minute;"
    #expect(try obstacle(judged, judged + "create view v as select count(*) as c from j;")?
      .contains("'j' has lateness, and views that read it are to be computed") == true)
  }

  @Test("a table that stores nothing: its records are taken again", arguments: 1...16 as ClosedRange<UInt64>)
  func takesRecordsAgain(seed: UInt64) throws {
    var random = SeededGenerator(1000 + seed)
    let old = try compile(Self.program(&random, storesEvents: false))
    // Some begin to store the table.
    let isStored = seed % 3 == 0
    let new = try compile(Self.program(&random, storesEvents: isStored))
    let former = Lowering.circuit(for: old, observed: [])
    let whole = Lowering.circuit(for: new, observed: [])
    var tables = old.tables.map { TableModel($0) }
    var records = TakenLog()
    for _ in 0..<10 {
      var inputs: [TableInput] = []
      for index in tables.indices { inputs.append(tables[index].change(&random)) }
      _ = try former.step(inputs, now: 0)
      _ = try whole.step(inputs, now: 0)
      records.add(inputs)
    }
    let bootstrap = Bootstrap(from: old, to: new)
    let events = SQLIdentifier("events")
    #expect(bootstrap.origin == .contents && bootstrap.recordTables.isSubset(of: [events]))
    #expect(!isStored || bootstrap.recordTables == [events])
    #expect(bootstrap.obstacle { $0 == events ? nil : "gone" } == nil)
    var means = Bootstrap.Means(told: [], now: 0, budget: nil, prepare: { _ in })
    if !bootstrap.recordTables.isEmpty {
      #expect(throws: EvaluationError.self) { try bootstrap.run(try former.state(), means) }
    }
    var told: [BootstrapProgress] = []
    means.progress = { told.append($0) }
    means.records = records.records
    let outcome = try bootstrap.run(try former.state(), means)
    #expect(told.isEmpty || told.last?.isDone == true && told.first?.recordsDone == 0)
    let circuit = Lowering.circuit(for: new, observed: [])
    try circuit.restore(outcome.traces)
    for view in new.views {
      #expect(contents(circuit.snapshot(of: view.name)) == contents(whole.snapshot(of: view.name)), "\(view.name)")
    }
    #expect(contents(circuit.snapshot(of: events)) == contents(whole.snapshot(of: events)))
    try Self.take(6, &tables, [whole, circuit], &random)
  }

  @Test("a budget that is cancelled ends it")
  func givesUp() throws {
    let table = "create table t (a bigint) with ('materialized' = 'true');"
    let view = "create view v as select a, count(*) as n from t group by a;"
    let (old, new) = (try compile(table), try compile(table + view))
    let former = Lowering.circuit(for: old, observed: [])
    let rows = inserts([[.int64(1)]], old.tables[0].schema)
    _ = try former.step([TableInput(table: SQLIdentifier("t"), changes: [rows])], now: 0)
    let budget = WorkBudget(stepsWith: SystemClock())
    budget.cancel()
    let error = #expect(throws: EvaluationError.self) {
      try Bootstrap(from: old, to: new).run(
        try former.state(), Bootstrap.Means(told: [], now: 0, budget: budget, prepare: { _ in }))
    }
    #expect(error?.code == .cancelled)
  }

  @Test("a row that is there very often is taken once, with its weight")
  func greatWeights() throws {
    let table = "create table t (a bigint) with ('materialized' = 'true');"
    let (old, new) = (
      try compile(table),
      try compile(table + "create materialized view v as select a, count(*) as n, sum(a) as s from t group by a;")
    )
    // Row by row it would take minutes. A view of the same rows gives the table's state.
    let source = Lowering.circuit(
      for: try compile("create table t (a bigint); create materialized view v as select a from t;"), observed: [])
    let rows = ColumnBatch(columns: [ColumnVector(.int64([7]))], weights: [2_000_000_000])
    _ = try source.step([TableInput(table: SQLIdentifier("t"), rows: [rows])], now: 0)
    let saved = try source.state().filter { $0.id == "view/v" }.map {
      TraceState(id: "table/t", layout: $0.layout, runs: $0.runs)
    }
    #expect(saved.count == 1)
    let outcome = try Bootstrap(from: old, to: new).run(
      saved, Bootstrap.Means(told: [], now: 0, budget: nil, prepare: { _ in }))
    let circuit = Lowering.circuit(for: new, observed: [])
    try circuit.restore(outcome.traces)
    let shown = try #require(contents(circuit.snapshot(of: SQLIdentifier("v"))))
    #expect(shown.count == 1 && "\(shown)".contains("2000000000") && "\(shown)".contains("14000000000"))
  }

  @Test("a changed table begins empty, and what reads it is computed from that")
  func changedTable() throws {
    let view = "create materialized view v as select k.a, sum(u.b) as s from k, u where k.a = u.a group by k.a;"
    let old = try compile(
      "create table k (a int not null primary key, b int); create table u (a int not null primary key, b int);" + view)
    let new = try compile(
      "create table k (a int not null primary key, b int, c int); create table u (a int not null primary key, b int);"
        + view)
    let bootstrap = Bootstrap(from: old, to: new)
    #expect(bootstrap.difference.modifiedTables == [SQLIdentifier("k")])
    #expect(bootstrap.difference.modifiedViews == [SQLIdentifier("v")])
    let former = Lowering.circuit(for: old, observed: [])
    let rows: [Row] = (0..<5).map { [.int64($0), .int64(10 * $0)] }
    let (k, u) = (SQLIdentifier("k"), SQLIdentifier("u"))
    _ = try former.step(
      [k, u].map { TableInput(table: $0, changes: [inserts(rows, old.tables[1].schema)]) }, now: 0)
    let outcome = try bootstrap.run(
      try former.state(), Bootstrap.Means(told: [], now: 0, budget: nil, prepare: { _ in }))
    let circuit = Lowering.circuit(for: new, observed: [])
    try circuit.restore(outcome.traces)
    #expect(contents(circuit.snapshot(of: SQLIdentifier("v"))) == [:])
    _ = try circuit.step(
      [TableInput(table: k, changes: [inserts([[.int64(3), .int64(0), .null]], new.tables[0].schema)])], now: 0)
    #expect(contents(circuit.snapshot(of: SQLIdentifier("v")))?.count == 1)
    #expect(outcome.fills.isEmpty)
  }
}

import DataModel
import Dataflow
import SQLFrontend
import SQLLowering
import Testing

// Goal: the error collection of a changed program holds what it would hold had the program run from the beginning: rows
// of views that stay are kept, those of removed ones go, those of new ones are found, and operators that views share
// count as the first one's. Method: random programs of views that fail on some rows and share parts, changed in the
// middle of random steps, against a circuit that took all of them; and with tables of which nothing is stored.

@Suite("The error collection of a changed program")
struct BootstrapErrorTests {
  private static func tables(stored: Bool) -> String {
    "create table t (id bigint not null, d bigint not null)\(stored ? " with ('materialized' = 'true')" : "");"
      + "create table k (id bigint not null primary key, d bigint not null);"
  }

  /// Those of the same letter share an aggregate over a filter that fails.
  private static let views: [(name: String, query: String)] = [
    ("a1", "select g, n from (select d as g, count(*) as n from t where 10 / d > 1 group by d) x"),
    ("a2", "select n + 1 as m from (select d as g, count(*) as n from t where 10 / d > 1 group by d) x"),
    ("a3", "select 5 / (n - 1) as m from (select d as g, count(*) as n from t where 10 / d > 1 group by d) x"),
    ("b1", "select id, 100 / d as q from t"),
    ("b2", "select id from k where 100 / (d - 1) < 20"),
    ("c1", "select 10 / d as g, count(*) as n from k group by 10 / d"),
    ("c2", "select 10 / d as g, max(id) as n from t group by 10 / d"),
    ("j1", "select t.id, k.d from t join k on t.id = k.id where 6 / k.d > 1"),
    ("plain", "select id, d from k"),
  ]

  private static func program(stored: Bool, _ random: inout SeededGenerator) -> String {
    let chosen = views.indices.shuffled(using: &random).prefix(Int.random(in: 2...6, using: &random))
    // Now and then a view gets the query of another one.
    let moved = Int.random(in: 0..<4, using: &random) == 0
    return tables(stored: stored)
      + chosen.map { index in
        let query = moved ? views[(index + 1) % views.count].query : views[index].query
        return "create materialized view \(views[index].name) as \(query);"
      }.joined(separator: "\n")
  }

  private static func circuit(_ program: Program) -> Circuit {
    let circuit = Lowering.circuit(for: program, observed: [], collectsErrors: true)
    circuit.tolerance = .all
    return circuit
  }

  private struct Stream {
    var random: SeededGenerator
    private var rows: [Row] = []

    init(_ seed: UInt64) { random = SeededGenerator(seed) }

    mutating func next(_ program: Program) -> [TableInput] {
      var taken: [Row] = []
      var kinds: [UInt8] = []
      for _ in 0..<Int.random(in: 1...10, using: &random) {
        if !rows.isEmpty, Int.random(in: 0..<3, using: &random) == 0 {
          taken.append(rows.remove(at: Int.random(in: rows.indices, using: &random)))
          kinds.append(ChangeKind.delete.rawValue)
        } else {
          let row: Row = [.int64(.random(in: 0..<9, using: &random)), .int64(.random(in: 0..<4, using: &random))]
          rows.append(row)
          taken.append(row)
          kinds.append(ChangeKind.insert.rawValue)
        }
      }
      let upserts: [Row] = (0..<3).map { _ in
        [.int64(.random(in: 0..<9, using: &random)), .int64(.random(in: 0..<4, using: &random))]
      }
      return [
        TableInput(
          table: SQLIdentifier("t"),
          changes: [ChangeBatch(columns: columns(taken, [.int64, .int64]), kinds: kinds, presence: [])]),
        TableInput(table: SQLIdentifier("k"), changes: [inserts(upserts, program.tables[1].schema)]),
      ]
    }
  }

  @Test(arguments: 1...60 as ClosedRange<UInt64>)
  func holdsWhatItWouldHold(seed: UInt64) throws {
    var stream = Stream(seed)
    let isStored = seed % 2 == 0
    let old = try compile(Self.program(stored: isStored, &stream.random))
    let new = try compile(Self.program(stored: isStored, &stream.random))
    let (former, whole) = (Self.circuit(old), Self.circuit(new))
    var log = TakenLog()
    for _ in 0..<10 {
      let inputs = stream.next(old)
      _ = try former.step(inputs, now: 0)
      _ = try whole.step(inputs, now: 0)
      log.add(inputs)
    }
    let holdsErrors = contents(former.snapshot(of: ErrorView.name))?.isEmpty == false
    var means = Bootstrap.Means(told: [], now: 0, budget: nil, prepare: { _ in })
    means.toleratesErrors = true
    means.records = log.records
    let outcome = try Bootstrap(from: old, to: new, holdsErrors: holdsErrors).run(try former.state(), means)
    let made = Self.circuit(new)
    try made.restore(outcome.traces)
    func compare(_ place: String) {
      for name in new.views.map(\.name) + [ErrorView.name] {
        #expect(contents(made.snapshot(of: name)) == contents(whole.snapshot(of: name)), "\(name) \(place)")
      }
    }
    compare("at once")
    for _ in 0..<6 {
      let inputs = stream.next(new)
      _ = try whole.step(inputs, now: 0)
      _ = try made.step(inputs, now: 0)
    }
    compare("later")
  }

  private static let insert = ChangeKind.insert.rawValue

  @Test("without tolerance rows of a new view are its error, those of old ones stay")
  func intolerance() throws {
    let tables = Self.tables(stored: true)
    let view = "create materialized view \(Self.views[3].name) as \(Self.views[3].query);"
    let old = try compile(tables + view)
    let former = Self.circuit(old)
    let rows: [Row] = [[.int64(1), .int64(0)], [.int64(2), .int64(5)]]
    _ = try former.step(
      [TableInput(table: SQLIdentifier("t"), changes: [inserts(rows, old.tables[0].schema)])], now: 0)
    let means = Bootstrap.Means(told: [], now: 0, budget: nil, prepare: { _ in })
    let saved = try former.state()
    let failing = try compile(tables + view + "create materialized view z as select 7 / d as q from t;")
    #expect(throws: EvaluationError.self) {
      try Bootstrap(from: old, to: failing, holdsErrors: true).run(saved, means)
    }
    let fine = try compile(tables + view + "create materialized view z as select d as q from t;")
    let outcome = try Bootstrap(from: old, to: fine, holdsErrors: true).run(saved, means)
    let made = Self.circuit(fine)
    try made.restore(outcome.traces)
    #expect(contents(made.snapshot(of: ErrorView.name)) == contents(former.snapshot(of: ErrorView.name)))
    #expect(contents(made.snapshot(of: ErrorView.name))?.count == 1)
  }

  @Test("a row on which a new view fails is no error when it is gone again", arguments: [false, true])
  func goneAgain(isLate: Bool) throws {
    let tables =
      isLate
      ? Self.tables(stored: false).replacing("id bigint not null, d", with: "id bigint not null lateness 100, d")
      : Self.tables(stored: false)
    let old = try compile(tables)
    let new = try compile(
      tables + "create materialized view z as select id, 7 / d as q from t;"
        + "create materialized view s as select sum(q) as s from z where 10 / (q - 7) < 100;")
    let former = Self.circuit(old)
    let whole = Self.circuit(new)
    var log = TakenLog()
    func take(_ rows: [Row], _ kind: ChangeKind) throws {
      let changes = ChangeBatch(
        columns: columns(rows, [.int64, .int64]), kinds: rows.map { _ in kind.rawValue }, presence: [])
      let inputs = [TableInput(table: SQLIdentifier("t"), changes: [changes])]
      _ = try former.step(inputs, now: 0)
      _ = try whole.step(inputs, now: 0)
      log.add(inputs)
    }
    // The first view fails on 0, the second one on what the first makes of 1.
    let bad: [Row] = [[.int64(1), .int64(0)], [.int64(2), .int64(1)]]
    try take([[.int64(0), .int64(3)]] + bad, .insert)
    try take([[.int64(3), .int64(4)]], .insert)
    var means = Bootstrap.Means(told: [], now: 0, budget: nil, prepare: { _ in })
    means.records = log.records
    let error = #expect(throws: EvaluationError.self) {
      try Bootstrap(from: old, to: new).run(try former.state(), means)
    }
    #expect(error?.message.contains("fails on a row: attempt to divide by zero") == true, "\(String(describing: error))")
    try take(bad, .delete)
    means.records = log.records
    // Too many of them end it before the rest is seen.
    means.failingRowsMax = 1
    #expect(throws: EvaluationError.self) { try Bootstrap(from: old, to: new).run(try former.state(), means) }
    means.failingRowsMax = 2
    let outcome = try Bootstrap(from: old, to: new).run(try former.state(), means)
    let made = Self.circuit(new)
    try made.restore(outcome.traces)
    for name in new.views.map(\.name) + [ErrorView.name] {
      #expect(contents(made.snapshot(of: name)) == contents(whole.snapshot(of: name)), "\(name)")
    }
    #expect(contents(made.snapshot(of: ErrorView.name))?.isEmpty == true)
    #expect(contents(made.snapshot(of: SQLIdentifier("z")))?.count == 2)
  }

  @Test("rows of a view that shares an operator with a removed one need the rows of its tables")
  func movedOwner() throws {
    let tables = Self.tables(stored: false)
    func view(_ index: Int) -> String {
      "create materialized view \(Self.views[index].name) as \(Self.views[index].query);"
    }
    let (old, new) = (try compile(tables + view(0) + view(1)), try compile(tables + view(1)))
    #expect(Bootstrap(from: old, to: new).obstacle { _ in "gone" } == nil)
    #expect(Bootstrap(from: old, to: new, holdsErrors: true).obstacle { _ in "gone" }?.contains("table 't'") == true)
    // An order that moves nothing asks for nothing.
    #expect(
      Bootstrap(from: old, to: try compile(tables + view(0)), holdsErrors: true).obstacle { _ in "gone" } == nil)
  }
}

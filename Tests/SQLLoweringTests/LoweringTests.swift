import DataModel
import Dataflow
import SQLFrontend
import SQLLowering
import Testing

// Goal: shape of circuits and their state ids. Method: small programs, read through the circuit's door.

@Suite("Lowering")
struct LoweringTests {
  private static let tables =
    "create table t (a int, b varchar); create table k (id int not null primary key, v int);"

  private func circuit(_ views: String, observed: Set<SQLIdentifier> = []) throws -> Circuit {
    Lowering.circuit(for: try compile(Self.tables + views), observed: observed)
  }

  private func row(_ circuit: Circuit, _ table: String, _ rows: [Row]) -> TableInput {
    let type: PhysicalType = table == "t" ? .bytes : .int64
    return TableInput(
      table: SQLIdentifier(table),
      changes: [
        ChangeBatch(
          columns: columns(rows, [.int64, type]),
          kinds: [UInt8](repeating: ChangeKind.insert.rawValue, count: rows.count))
      ])
  }

  @Test("equal parts of several views keep their state once")
  func sharing() throws {
    let join = "select t.a, k.v from t join k on t.a = k.id"
    let one = try circuit("create view v as \(join);")
    let two = try circuit("create view v as \(join); create view w as select v + 1 as n from (\(join)) x;")
    #expect(try two.state().count == one.state().count)
  }

  @Test("ids are unique, named for the view and its place, and do not depend on the process")
  func stateIDs() throws {
    let views = """
      create materialized view v as select a, count(*) as n from t group by a;
      create view "V" as select a, count(*) as n from t where b = 'x' group by a;
      create view w as select distinct x.a from v x join "V" y on x.n = y.n;
      """
    let ids = try circuit(views).state().map(\.id)
    #expect(Set(ids).count == ids.count)
    #expect(ids == (try circuit(views).state().map(\.id)))
    #expect(ids.contains("view/v"))
    #expect(ids.contains { $0.hasPrefix("plan/v#") } && ids.contains { $0.hasPrefix("plan/V#") })
  }

  @Test("local views have no deltas, plain ones no contents, observed tables report")
  func visibility() throws {
    let views = """
      create local view l as select a from t;
      create view p as select a from l;
      create materialized view m as select a + 1 as n from l;
      """
    let circuit = try circuit(views, observed: [SQLIdentifier("t")])
    let deltas = try circuit.step([row(circuit, "t", [[.int64(1), .text("x")]])], now: 0)
    #expect(Set(deltas.map(\.relation.canonical)) == ["t", "p", "m"])
    #expect(contents(circuit.snapshot(of: SQLIdentifier("m"))) == [[.int64(2)]: 1])
    #expect(circuit.snapshot(of: SQLIdentifier("p")) == nil)
    #expect(circuit.snapshot(of: SQLIdentifier("k")) == nil)
  }

  @Test("constants and totals say their first row without input")
  func initialStep() throws {
    let views = """
      create materialized view c as select * from (values (1), (2)) as x (n);
      create materialized view s as select count(*) as n, sum(a) as s from t;
      create materialized view bad as select 1 / n as q from (values (1), (2)) as x (n) where n > 1;
      """
    let circuit = try circuit(views)
    #expect(circuit.needsInitialStep)
    _ = try circuit.step([], now: 0)
    #expect(!circuit.needsInitialStep)
    #expect(contents(circuit.snapshot(of: SQLIdentifier("c"))) == [[.int64(1)]: 1, [.int64(2)]: 1])
    #expect(contents(circuit.snapshot(of: SQLIdentifier("s"))) == [[.int64(0), .null]: 1])
    #expect(contents(circuit.snapshot(of: SQLIdentifier("bad"))) == [[.int64(0)]: 1])
  }

  @Test("a literal row that fails, fails when it is evaluated")
  func failingConstant() throws {
    let circuit = try circuit("create materialized view c as select * from (values (1 / 0)) as x (n);")
    #expect(throws: EvaluationError(.divisionByZero, "attempt to divide by zero: 1 / 0")) {
      try circuit.step([], now: 0)
    }
  }

  @Test("an error in a step leaves every view as it was")
  func failingStep() throws {
    let circuit = try circuit("create materialized view q as select 10 / a as q from t;")
    _ = try circuit.step([row(circuit, "t", [[.int64(5), .text("x")]])], now: 0)
    #expect(throws: EvaluationError(.divisionByZero, "attempt to divide by zero: 10 / 0")) {
      try circuit.step([row(circuit, "t", [[.int64(1), .text("y")], [.int64(0), .text("z")]])], now: 0)
    }
    #expect(contents(circuit.snapshot(of: SQLIdentifier("q"))) == [[.int64(2)]: 1])
  }
}

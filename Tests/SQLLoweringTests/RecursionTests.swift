import DataModel
import Dataflow
import SQLFrontend
import SQLLowering
import Testing

// Goal: recursive views hold the fixed point of their queries after every step of inserts and deletes, on
// graphs with cycles; what comes and goes costs by what it changes; divergence is an error that leaves all as
// it was. Method: small random graphs; after each step every view is compared with the rounds of a naive
// interpreter from empty views. In the middle the circuit is replaced by one that restored its state.

@Suite("Recursive views")
struct RecursionTests {
  private static let tables = """
    create table edges (x int, y int) with ('materialized' = 'true');
    create table roots (x int) with ('materialized' = 'true');

    """

  private static let programs: [(name: String, text: String)] = [
    (
      "closure",
      """
      declare recursive view closure (x int, y int);
      create materialized view closure as
        (select x, y from edges) union all (select c.x, e.y from closure c join edges e on c.y = e.x);
      create materialized view ends as select x, count(*) as n from closure group by x;
      """
    ),
    (
      "closure, non-linear",
      """
      declare recursive view closure (x int, y int);
      create materialized view closure as
        select x, y from edges union select a.x, b.y from closure a join closure b on a.y = b.x;
      """
    ),
    (
      "same generation",
      """
      declare recursive view sg (a int, b int);
      create materialized view sg as
        (select p.x as a, q.x as b from edges p join edges q on p.y = q.y where p.x <> q.x)
        union (select p.x, q.x from edges p join sg on p.y = sg.a join edges q on q.y = sg.b);
      """
    ),
    (
      "mutual: paths of odd and even length, and a view between them",
      """
      declare recursive view odd (x int, y int);
      declare recursive view even (x int, y int);
      create materialized view odd as
        select x, y from edges union all select v.x, e.y from even v join edges e on v.y = e.x;
      create materialized view count_odd as select count(*) as n from odd;
      create materialized view even as select o.x, e.y from odd o join edges e on o.y = e.x;
      """
    ),
    (
      "reachable by IN, and what is not",
      """
      declare recursive view reached (x int);
      create materialized view reached as
        select x from roots union select y from edges where x in (select x from reached);
      create materialized view lost as select y from edges except select x from reached;
      """
    ),
    (
      "monotone, not counting",
      """
      declare recursive view reached (x int);
      create materialized view reached as
        select x from roots
        union ((select e.y from reached r join edges e on r.x = e.x) intersect (select x from edges));
      """
    ),
    (
      "general: shortest distances",
      """
      declare recursive view far (x int, d bigint);
      create materialized view far as
        select x, min(d) as d from (
          select x, cast(0 as bigint) as d from roots
          union all select e.y, f.d + 1 from far f join edges e on f.x = e.x) s
        group by x;
      """
    ),
    (
      "an aggregate of other tables below",
      """
      declare recursive view chain (x int, n bigint);
      create materialized view chain as
        select r.x, m.n from roots r join (select x, count(*) as n from edges group by x) m on r.x = m.x
        union select e.y, m.n from chain c join edges e on c.x = e.x
          join (select x, count(*) as n from edges group by x) m on e.y = m.x;
      """
    ),
    (
      "declared and read early, not recursive",
      """
      declare recursive view later (x int);
      create materialized view first as select x + 1 as x from later;
      create materialized view later as select x from roots;
      """
    ),
  ]

  @Test(arguments: programs.indices, [1, 2] as [UInt64])
  func steps(index: Int, seed: UInt64) throws {
    var random = SeededGenerator(seed &* 977 &+ UInt64(index))
    let text = Self.tables + Self.programs[index].text
    let program = try compile(text)
    let plain = try compile(text, rewriting: false)
    var circuit = Lowering.circuit(for: program, observed: [])
    var tables: [ZSet] = [[:], [:]]
    var integrated: [SQLIdentifier: ZSet] = [:]
    for step in 0..<30 {
      var inputs: [TableInput] = []
      for (index, table) in program.tables.enumerated() where Int.random(in: 0..<3, using: &random) > 0 {
        let grows = step % 14 < 9
        inputs.append(Self.change(&tables[index], table, grows: grows, &random))
      }
      for delta in try circuit.step(inputs, now: 0) {
        integrated[delta.relation, default: [:]].add(delta.rows)
      }
      var relations = Dictionary(uniqueKeysWithValues: zip(program.tables.map(\.name), tables))
      try Self.fixedPoint(plain.views, &relations)
      for view in program.views {
        let place = "\(view.name) of \(Self.programs[index].name), seed \(seed) step \(step)"
        #expect(contents(circuit.snapshot(of: view.name)) == relations[view.name], "\(place)")
        #expect(integrated[view.name] ?? [:] == relations[view.name], "deltas of \(place)")
      }
      if step == 20 {
        let fresh = Lowering.circuit(for: program, observed: [])
        try fresh.restore(circuit.state())
        circuit = fresh
      }
    }
    #expect(program.views.allSatisfy { integrated[$0.name] != nil })
  }

  private static func change(
    _ rows: inout ZSet, _ table: TableDefinition, grows: Bool, _ random: inout SeededGenerator
  ) -> TableInput {
    var list: [Row] = []
    var kinds: [UInt8] = []
    let width = table.schema.fields.count
    for _ in 0..<Int.random(in: 1..<(width == 1 ? 2 : 4), using: &random) {
      let victims = rows.keys.sorted { "\($0)" < "\($1)" }
      if Int.random(in: 0..<10, using: &random) < (grows ? 3 : 7),
        let victim = victims.randomElement(using: &random)
      {
        rows.add(victim, -1)
        list.append(victim)
        kinds.append(ChangeKind.delete.rawValue)
      } else {
        let fresh = (0..<width).map { _ in Value.int64(.random(in: 0..<8, using: &random)) }
        rows.add(fresh, 1)
        list.append(fresh)
        kinds.append(ChangeKind.insert.rawValue)
      }
    }
    let batch = ChangeBatch(columns: columns(list, table.schema.physicalTypes), kinds: kinds)
    return TableInput(table: table.name, changes: [batch])
  }

  /// Recursions by rounds from nothing, everything else in its order.
  private static func fixedPoint(_ views: [ViewDefinition], _ relations: inout [SQLIdentifier: ZSet]) throws {
    var done: Set<Int> = []
    for view in views {
      guard let recursion = view.recursion else {
        relations[view.name] = try NaivePlan(relations: relations).run(view.plan)
        continue
      }
      guard done.insert(recursion).inserted else { continue }
      let members = views.filter { $0.recursion == recursion }
      for member in members { relations[member.name] = [:] }
      var isMoving = true
      while isMoving {
        var next = relations
        for member in members {
          var set: ZSet = [:]
          for (row, weight) in try NaivePlan(relations: relations).run(member.plan) where weight > 0 {
            set[row] = 1
          }
          next[member.name] = set
        }
        isMoving = members.contains { next[$0.name] != relations[$0.name] }
        relations = next
      }
    }
  }

  private static func edges(_ kind: ChangeKind, _ pairs: [(Int64, Int64)]) -> TableInput {
    let rows = pairs.map { [Value.int64($0.0), .int64($0.1)] }
    return TableInput(
      table: SQLIdentifier("edges"),
      changes: [
        ChangeBatch(
          columns: columns(rows, [.int64, .int64]),
          kinds: [UInt8](repeating: kind.rawValue, count: rows.count))
      ])
  }

  @Test("an edge at the end of a chain costs by its paths, when it comes and when it goes")
  func work() throws {
    var limits = RecursionLimits()
    limits.rowsMax = 300
    let program = try compile(Self.tables + Self.programs[0].text)
    let circuit = Lowering.circuit(for: program, observed: [], recursionLimits: limits)
    for node in Int64(0)..<100 { _ = try circuit.step([Self.edges(.insert, [(node, node + 1)])], now: 0) }
    #expect(contents(circuit.snapshot(of: SQLIdentifier("closure")))?.count == 5050)
    _ = try circuit.step([Self.edges(.delete, [(99, 100)])], now: 0)
    #expect(contents(circuit.snapshot(of: SQLIdentifier("closure")))?.count == 4950)
    // From scratch it is more than a step may change.
    let fresh = Lowering.circuit(for: program, observed: [], recursionLimits: limits)
    #expect(throws: EvaluationError.self) {
      try fresh.step([Self.edges(.insert, (0..<100).map { ($0, $0 + 1) })], now: 0)
    }
  }

  @Test("a recursion without a fixed point is given up, and nothing has happened")
  func divergence() throws {
    var limits = RecursionLimits()
    limits.roundsMax = 60
    let text = """
      declare recursive view n (x bigint);
      create materialized view n as select x from roots where x > 100 union select x + 1 from n where x <> 150;
      """
    let program = try compile(Self.tables + text)
    let circuit = Lowering.circuit(for: program, observed: [], recursionLimits: limits)
    let roots = { (value: Int64) in
      TableInput(
        table: SQLIdentifier("roots"),
        changes: [ChangeBatch(columns: [ColumnVector(.int64([value]))], kinds: [ChangeKind.insert.rawValue])])
    }
    _ = try circuit.step([roots(120)], now: 0)
    let before = contents(circuit.snapshot(of: SQLIdentifier("n")))
    #expect(before?.count == 31)
    let error = #expect(throws: EvaluationError.self) { try circuit.step([roots(151)], now: 0) }
    #expect(error?.message == "recursive views 'n' did not reach a fixed point within 60 rounds")
    #expect(contents(circuit.snapshot(of: SQLIdentifier("n"))) == before)
    let deltas = try circuit.step([roots(119)], now: 0)
    #expect(deltas.map(\.rows.count) == [1])
  }

  @Test("declarations that do not fit are refused")
  func refused() throws {
    let cases = [
      ("declare recursive view v (x int);", "Recursive view 'v' is declared but not defined"),
      (
        "declare recursive view v (x int); create view v as select x, y from edges;",
        "Recursive view 'v' is declared with columns (x: INTEGER), but defined with columns (x: INTEGER, y: INTEGER)"
      ),
      (
        "declare recursive view v (x int not null); create view v as select x from edges;",
        "Recursive view 'v' is declared with columns (x: INTEGER NOT NULL), but defined with columns (x: INTEGER)"
      ),
      (
        "declare recursive view v (x int); declare recursive view v (x int); create view v as select x from edges;",
        "An object named 'v' is already defined"
      ),
      (
        "declare recursive view v (x int); create view v as select x from v; create view v as select 1 as x;",
        "An object named 'v' is already defined"
      ),
      (
        "declare recursive view v (x int, x int); create view v as select 1 as x;",
        "Column with name 'x' already defined"
      ),
    ]
    for (text, message) in cases {
      guard case .failure(let errors) = SQLCompiler.compile(Self.tables + text) else {
        Issue.record("accepted: \(text)")
        continue
      }
      #expect(errors.diagnostics.first?.message == message)
    }
  }
}

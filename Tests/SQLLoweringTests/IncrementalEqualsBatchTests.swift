import DataModel
import Dataflow
import SQLFrontend
import SQLLowering
import Testing

// Goal: invariant 10, from SQL text to view contents: after every step a view holds what its query gives from scratch.
// Method: 45 views over three tables take random steps; after each, every view is compared with a naive interpreter of its
// plan as bound (before rewriting), and with `QueryRunner` running the view's text over the tables' contents. In the middle
// the circuit is replaced by a new one, with another number of workers, that restored its state.

@Suite("Incremental equals batch, SQL to views")
struct IncrementalEqualsBatchTests {
  @Test(arguments: 1...6 as ClosedRange<UInt64>)
  func steps(seed: UInt64) throws {
    let workers = (0...1).map { CircuitWorkers(Int(seed + $0) % 3 + 1, rowsMin: 0) }
    var random = SeededGenerator(seed)
    let program = try compile(SampleProgram.text())
    let unrewritten = try compile(SampleProgram.text(), rewriting: false)
    var circuit = Lowering.circuit(for: program, observed: [], workers: workers[0])
    var tables = program.tables.map { TableModel($0) }
    var integrated: [SQLIdentifier: ZSet] = [:]
    #expect(circuit.needsInitialStep)
    var filled: Set<SQLIdentifier> = []
    for step in 0..<12 {
      var inputs: [TableInput] = []
      for index in tables.indices where Int.random(in: 0..<3, using: &random) > 0 {
        inputs.append(tables[index].change(&random))
      }
      for delta in try circuit.step(inputs, now: 0) {
        integrated[delta.relation, default: [:]].add(delta.rows)
      }
      try compare(circuit, unrewritten, tables, integrated)
      filled.formUnion(integrated.filter { !$0.value.isEmpty }.keys)
      if step % 4 == 3 { try compareQueries(circuit, tables) }
      if step == 6 {
        let fresh = Lowering.circuit(for: try compile(SampleProgram.text()), observed: [], workers: workers[1])
        try fresh.restore(try circuit.state())
        circuit = fresh
        #expect(!circuit.needsInitialStep)
      }
    }
    let empty = program.views.map(\.name).filter { !filled.contains($0) }
    #expect(empty.count <= 2, "views that never had a row prove nothing: \(empty)")
  }

  private func compare(
    _ circuit: Circuit, _ program: Program, _ tables: [TableModel], _ integrated: [SQLIdentifier: ZSet]
  ) throws {
    var relations = Dictionary(uniqueKeysWithValues: tables.map { ($0.name, $0.rows) })
    for view in program.views {
      let expected = try NaivePlan(relations: relations).run(view.plan)
      relations[view.name] = expected
      #expect(contents(circuit.snapshot(of: view.name)) == expected, "\(view.name)")
      #expect(integrated[view.name] ?? [:] == expected, "deltas of \(view.name)")
    }
    for table in tables where table.name.canonical != "customers" {
      #expect(contents(circuit.snapshot(of: table.name)) == table.rows, "\(table.name)")
    }
  }

  private func compareQueries(_ circuit: Circuit, _ tables: [TableModel]) throws {
    var relations = tables.map { (name: $0.name, schema: $0.schema, rows: $0.rows) }
    for view in SampleProgram.views {
      let frozen = try snapshots(relations)
      let catalog = relations.map { QueryRelation(name: $0.name, schema: $0.schema, materialized: true) }
      let statement = try SQLCompiler.query(view.query, catalog: catalog).get()
      guard case .select(let plan) = statement else { continue }
      let result = try QueryRunner.run(plan, relations: { frozen[$0] }, now: 0)
      var found: ZSet = [:]
      for batch in result.batches {
        #expect(batch.weights.allSatisfy { $0 == 1 })
        found.add(batch)
      }
      let name = SQLIdentifier(view.name)
      #expect(found == contents(circuit.snapshot(of: name)), "\(view.name)")
      let fields = result.columns.map { Field(name: $0.name, type: $0.type, nullable: $0.nullable) }
      relations.append((name: name, schema: Schema(fields: fields), rows: found))
    }
  }

  @Test("the same changes in one step give the same views")
  func oneStep() throws {
    var random = SeededGenerator(99)
    let program = try compile(SampleProgram.text())
    let slow = Lowering.circuit(for: program, observed: [])
    let fast = Lowering.circuit(for: program, observed: [])
    var tables = program.tables.map { TableModel($0) }
    var changes: [SQLIdentifier: [ChangeBatch]] = [:]
    for _ in 0..<30 {
      let index = Int.random(in: 0..<tables.count, using: &random)
      let input = tables[index].change(&random)
      changes[input.table, default: []] += input.changes
      _ = try slow.step([input], now: 0)
    }
    _ = try fast.step(changes.map { TableInput(table: $0.key, changes: $0.value) }, now: 0)
    for view in program.views {
      #expect(
        contents(slow.snapshot(of: view.name)) == contents(fast.snapshot(of: view.name)), "\(view.name)")
    }
  }
}

import DataModel
import Dataflow
import Testing

// Goal: state is complete, steps are deterministic, and a failed step leaves nothing behind. Method: at
// random points a second circuit takes the encoded state of the first; from there on both report byte for
// byte the same deltas.

struct CircuitStateTests {
  private static func render(_ deltas: [RelationDelta]) -> [String] {
    deltas.map { "\($0.relation) \($0.rows)" }
  }

  /// The state as a checkpoint of a new process gives it: every run in a file.
  private static func copy(_ states: [TraceState], _ files: StateFiles) throws -> [TraceState] {
    try states.map { state in
      TraceState(id: state.id, layout: state.layout, runs: try state.runs.map { try files.stored($0, state.layout) })
    }
  }

  @Test(arguments: 1...6 as ClosedRange<UInt64>)
  func restoredCircuitGoesOnAsTheFirst(seed: UInt64) throws {
    let files = StateFiles()
    defer { files.storage.close() }
    var generator = SeededGenerator(seed)
    var circuit = AllOperators.build()
    var twin = AllOperators.build()
    for _ in 0..<30 {
      let left = AllOperators.randomChanges(&generator, left: true, count: 9)
      let right = AllOperators.randomChanges(&generator, left: false, count: 5)
      let inputs = AllOperators.inputs(left, right)
      let first = try circuit.step(inputs, now: 0)
      let second = try twin.step(inputs, now: 0)
      #expect(Self.render(first) == Self.render(second))
      if Int.random(in: 0..<4, using: &generator) == 0 {
        twin = AllOperators.build()
        try twin.restore(Self.copy(circuit.state(), files))
        #expect(twin.needsInitialStep == false)
        swap(&circuit, &twin)
      }
    }
  }

  @Test
  func foreignStateIsRefusedWithoutAChange() throws {
    let circuit = AllOperators.build()
    var generator = SeededGenerator(1)
    _ = try circuit.step(
      AllOperators.inputs(AllOperators.randomChanges(&generator, left: true, count: 20), []), now: 0)
    let before = contents(circuit.snapshot(of: SQLIdentifier("l")))
    let state = try circuit.state()
    let left = try #require(state.first { $0.id == "table/l" })
    #expect(throws: CircuitError.self) {
      try circuit.restore(state + [TraceState(id: "other", layout: left.layout, runs: [])])
    }
    #expect(throws: CircuitError.self) { try circuit.restore(state + [left]) }
    #expect(throws: CircuitError.self) {
      try circuit.restore([TraceState(id: "joined#/right", layout: left.layout, runs: left.runs)])
    }
    #expect(contents(circuit.snapshot(of: SQLIdentifier("l"))) == before)
    #expect(circuit.stateBytes > 0)
  }

  /// A division by zero behind a table and an aggregate that had already taken the step.
  @Test
  func failedStepLeavesTheCircuitAsItWas() throws {
    var builder = CircuitBuilder()
    let types: [ColumnType] = [.bigint, .bigint]
    let table = builder.table(SQLIdentifier("t"), schema: schema(types, key: [0]), materialized: true)
    let total = builder.aggregate(
      table, groups: [],
      calls: [
        AggregateCall(.sum, argument: column(1, .bigint), distinct: false, type: .bigint, nullable: true)
      ], stateID: "total")
    builder.output(SQLIdentifier("v"), total, schema: schema([.bigint]), materialized: true)
    let divided = builder.project(table, [call(.divide, [literal(10), column(1, .bigint)], .bigint)])
    builder.output(SQLIdentifier("d"), divided, schema: schema([.bigint]), materialized: false)
    let circuit = builder.build()
    circuit.observe(SQLIdentifier("t"))
    func step(_ key: Int64, _ value: Int64) throws -> [RelationDelta] {
      let batch = changes([Change(kind: .insert, row: [.int64(key), .int64(value)])], types.map(\.physical))
      return try circuit.step([TableInput(table: SQLIdentifier("T"), changes: [batch])], now: 0)
    }
    let first = try step(1, 5).map(\.relation)
    #expect(first == [SQLIdentifier("t"), SQLIdentifier("v"), SQLIdentifier("d")])
    #expect(throws: EvaluationError.self) { try step(2, 0) }
    #expect(contents(circuit.snapshot(of: SQLIdentifier("t"))) == [[.int64(1), .int64(5)]: 1])
    #expect(contents(circuit.snapshot(of: SQLIdentifier("v"))) == [[.int64(5)]: 1])
    _ = try step(3, 2)
    #expect(contents(circuit.snapshot(of: SQLIdentifier("v"))) == [[.int64(7)]: 1])
    #expect(circuit.snapshots().keys.map(\.canonical).sorted() == ["t", "v"])
    #expect(circuit.snapshot(of: SQLIdentifier("d"))?.schema == nil)
  }

  @Test
  func wrongInputIsAnErrorValue() throws {
    let circuit = AllOperators.build()
    let narrow = changes([Change(kind: .insert, row: [.int64(1)])], [.int64])
    #expect(throws: EvaluationError.self) {
      try circuit.step([TableInput(table: SQLIdentifier("l"), changes: [narrow])], now: 0)
    }
    #expect(throws: EvaluationError.self) {
      try circuit.step([TableInput(table: SQLIdentifier("unknown"), changes: [])], now: 0)
    }
  }

  /// A snapshot taken before a step does not see the step.
  @Test
  func snapshotIsFrozen() throws {
    let circuit = AllOperators.build()
    var generator = SeededGenerator(3)
    let first = AllOperators.randomChanges(&generator, left: true, count: 50)
    _ = try circuit.step(AllOperators.inputs(first, []), now: 0)
    let snapshot = try #require(circuit.snapshot(of: SQLIdentifier("l")))
    let before = contents(snapshot)
    _ = try circuit.step(
      AllOperators.inputs(AllOperators.randomChanges(&generator, left: true, count: 200), []), now: 0)
    #expect(contents(snapshot) == before)
    #expect(contents(circuit.snapshot(of: SQLIdentifier("l"))) != before)
  }
}

import DataModel
import Dataflow
import Testing

// Goal: state goes from any number of workers to any other, and no number changes what views say.
// Method: a circuit with every operator takes random steps; after each it is replaced by one with another number of workers
// that restored its state. The oracle has one worker and is never replaced.

@Suite("State shared out among workers")
struct StateShareTests {
  @Test(arguments: [[1, 2, 3], [4, 3, 2, 8], [2, 2, 5, 1]], [true, false])
  func anyNumberToAnyOther(counts: [Int], keepsLeft: Bool) throws {
    var generator = SeededGenerator(UInt64(counts.count))
    let oracle = AllOperators.build(keepsLeft: keepsLeft)
    var circuit = AllOperators.build(CircuitWorkers(counts[0], rowsMin: 0), keepsLeft: keepsLeft)
    for round in 1...20 {
      let left = AllOperators.randomChanges(&generator, left: true, count: 40)
      let right = AllOperators.randomChanges(&generator, left: false, count: 20)
      let inputs = AllOperators.inputs(left, right)
      let expected = Self.sums(try oracle.step(inputs, now: 0))
      #expect(Self.sums(try circuit.step(inputs, now: 0)) == expected)
      let workers = CircuitWorkers(counts[round % counts.count], rowsMin: 0)
      let fresh = AllOperators.build(workers, keepsLeft: keepsLeft)
      try fresh.restore(try circuit.state())
      #expect(fresh.stateRows == circuit.stateRows)
      circuit = fresh
      for name in AllOperators.names {
        let view = SQLIdentifier(name)
        #expect(contents(circuit.snapshot(of: view)) == contents(oracle.snapshot(of: view)))
      }
    }
  }

  /// One row leaves most shares empty, and what a checkpoint says of an empty trace has no layout.
  @Test(arguments: 1...20 as ClosedRange<Int64>)
  func emptySharesHaveNoLayout(key: Int64) throws {
    let circuit = AllOperators.build(CircuitWorkers(3, rowsMin: 0), keepsLeft: true)
    let row = Change(kind: .insert, row: [.int64(key), .int64(7), .text("a")])
    _ = try circuit.step(AllOperators.inputs([row], []), now: 0)
    let saved = try circuit.state().map { state in
      state.runs.isEmpty ? TraceState(id: state.id, layout: TraceLayout(key: [], value: []), runs: []) : state
    }
    let fresh = AllOperators.build(CircuitWorkers(2, rowsMin: 0), keepsLeft: true)
    try fresh.restore(saved)
    #expect(fresh.stateRows == circuit.stateRows)
  }

  /// Else all but one worker would idle, and nothing would show it but time.
  @Test(arguments: 2...4)
  func everyShareHasAboutAsManyKeys(workers: Int) throws {
    let circuit = AllOperators.build(CircuitWorkers(workers, rowsMin: 0), keepsLeft: false)
    let rows = (0..<4000).map { Change(kind: .insert, row: [.int64($0), .int64(7), .text("a")]) }
    _ = try circuit.step(AllOperators.inputs(rows, []), now: 0)
    let states = try circuit.state().filter { $0.id.hasPrefix("grouped#") && $0.id.hasSuffix("|") }
    #expect(states.count == workers)
    for state in states {
      let keys = state.runs.reduce(0) { $0 + $1.count }
      #expect(abs(keys - 4000 / workers) < 400 / workers, "\(state.id) has \(keys) of 4000 keys")
    }
  }

  @Test func aFailureOnAnyThreadUndoesTheStep() throws {
    let circuit = AllOperators.build(CircuitWorkers(3, rowsMin: 0), keepsLeft: false)
    let oracle = AllOperators.build(keepsLeft: false)
    var generator = SeededGenerator(7)
    for _ in 0..<5 {
      let left = AllOperators.randomChanges(&generator, left: true, count: 30)
      let poison = AllOperators.inputs(left + [Change(kind: .insert, row: [.int64(.max), .int64(1), .null])], [])
      #expect(throws: EvaluationError.self) { try circuit.step(poison, now: 0) }
      let inputs = AllOperators.inputs(left, [])
      #expect(Self.sums(try circuit.step(inputs, now: 0)) == Self.sums(try oracle.step(inputs, now: 0)))
    }
  }

  private static func sums(_ deltas: [RelationDelta]) -> [SQLIdentifier: ZSet] {
    var result: [SQLIdentifier: ZSet] = [:]
    for delta in deltas { result[delta.relation, default: [:]].add(delta.rows) }
    return result
  }
}

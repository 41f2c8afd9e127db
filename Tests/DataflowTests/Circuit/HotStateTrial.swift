import DataModel
import Dataflow
import Testing

/// Tables l and r go through random steps, some of which fail as their last act, flushes, restarts from files and
/// spills; after each, every view equals what a reference says of the tables' contents.
struct HotStateTrial {
  let types: [ColumnType]
  let rightTypes: [ColumnType]
  /// Adds the views to a circuit.
  let views: (inout CircuitBuilder, NodeID, NodeID) -> [(name: String, node: NodeID, types: [ColumnType])]
  let reference: (_ left: ZSet, _ right: ZSet) -> [String: ZSet]
  /// Changes of a step from what the table holds.
  let change: (inout SeededGenerator, _ contents: ZSet, _ isLeft: Bool) -> [Change]

  /// A row of l with this in column 1 makes a step fail.
  static let poison: Int64 = 99

  func build() -> Circuit {
    var builder = CircuitBuilder()
    builder.truncationRowsMin = 0
    let left = builder.table(SQLIdentifier("l"), schema: schema(types), materialized: false)
    let right = builder.table(SQLIdentifier("r"), schema: schema(rightTypes), materialized: false)
    for view in views(&builder, left, right) {
      builder.output(SQLIdentifier(view.name), view.node, schema: schema(view.types), materialized: true)
    }
    let divisor = call(.subtract, [column(1, .bigint), literal(Self.poison)], .bigint)
    let last = builder.project(left, [call(.divide, [literal(1), divisor], .bigint)])
    builder.output(SQLIdentifier("last"), last, schema: schema([.bigint]), materialized: false)
    return builder.build()
  }

  private func inputs(_ left: [Change], _ right: [Change]) -> [TableInput] {
    [
      TableInput(table: SQLIdentifier("l"), changes: [changes(left, types.map(\.physical))]),
      TableInput(table: SQLIdentifier("r"), changes: [changes(right, rightTypes.map(\.physical))]),
    ]
  }

  func run(seed: UInt64, steps: Int) throws {
    let files = StateFiles(memoryBytes: 1 << 16)
    defer { files.storage.close() }
    var generator = SeededGenerator(seed)
    var circuit = build()
    circuit.attach(files.storage)
    var left: ZSet = [:]
    var right: ZSet = [:]
    var told: [String: ZSet] = [:]
    for step in 0..<steps {
      let mine = change(&generator, left, true)
      let others = change(&generator, right, false)
      if Int.random(in: 0..<5, using: &generator) == 0 {
        var bad = mine
        bad.append(Change(kind: .insert, row: poisoned))
        #expect(throws: EvaluationError.self) { try circuit.step(inputs(bad, others), now: 0) }
      }
      for delta in try circuit.step(inputs(mine, others), now: 0) {
        told[delta.relation.canonical, default: [:]].add(delta.rows)
      }
      for change in mine { left.add(change.row, change.kind == .insert ? 1 : -1) }
      for change in others { right.add(change.row, change.kind == .insert ? 1 : -1) }
      for (name, expected) in reference(left, right) {
        #expect(told[name] ?? [:] == expected, "\(name), seed \(seed), step \(step)")
        #expect(contents(circuit.snapshot(of: SQLIdentifier(name))) == expected, "snapshot of \(name)")
      }
      switch Int.random(in: 0..<8, using: &generator) {
      case 0: _ = try circuit.state()
      case 1: try circuit.restore(stored(circuit.state(), files))
      case 2:
        let next = build()
        next.attach(files.storage)
        try next.restore(stored(circuit.state(), files))
        circuit = next
      case 3: _ = try circuit.upkeep()
      default: break
      }
    }
  }

  private var poisoned: Row {
    types.enumerated().map { $0.offset == 1 ? .int64(Self.poison) : .null }
  }

  private func stored(_ states: [TraceState], _ files: StateFiles) throws -> [TraceState] {
    try states.map { state in
      TraceState(id: state.id, layout: state.layout, runs: try state.runs.map { try files.stored($0, state.layout) })
    }
  }
}

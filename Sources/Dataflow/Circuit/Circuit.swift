package import DataModel

/// The incremental program: operators in topological order, run once a step. Owned by the step thread.
package final class Circuit {
  let operators: [any Operator]
  /// Set by `attach`.
  var storage: TraceStorage?
  private let tables: [SQLIdentifier: Int]
  private var observed: Set<SQLIdentifier>
  /// Whether some expression reads NOW().
  package let usesNow: Bool

  init(_ operators: [any Operator], observed: Set<SQLIdentifier>) {
    self.operators = operators
    self.observed = observed
    var tables: [SQLIdentifier: Int] = [:]
    for (index, node) in operators.enumerated() {
      if let table = node as? TableOperator { tables[table.name] = index }
    }
    self.tables = tables
    usesNow = operators.contains { $0.usesNow }
    let ids = operators.flatMap(\.state.ids)
    precondition(Set(ids).count == ids.count, "state ids are unique")
  }

  /// Reports the deltas of this table from the next step on; views are always reported.
  package func observe(_ relation: SQLIdentifier) { observed.insert(relation) }

  /// Constants or aggregates without groups have not said their first row yet.
  package var needsInitialStep: Bool { operators.contains { $0.needsInitialStep } }

  /// Takes one step: deltas that are not empty, in the order of the relations' definition.
  ///
  /// All or nothing: when it throws, the circuit is as it was before.
  package func step(_ inputs: [TableInput], now: Int64) throws(EvaluationError) -> [RelationDelta] {
    let before = operators.map(\.state)
    do {
      return try run(inputs, now)
    } catch {
      for (node, state) in zip(operators, before) { node.state = state }
      throw error
    }
  }

  private func run(_ inputs: [TableInput], _ now: Int64) throws(EvaluationError) -> [RelationDelta] {
    for index in tables.values { (operators[index] as? TableOperator)?.pending = [] }
    for input in inputs {
      guard let index = tables[input.table], let table = operators[index] as? TableOperator else {
        throw EvaluationError(.invalidArgument, "unknown table \(input.table)")
      }
      table.pending += input.changes
    }
    var deltas = [ColumnBatch?](repeating: nil, count: operators.count)
    var result: [RelationDelta] = []
    for (index, node) in operators.enumerated() {
      let mine = node.inputs.map { deltas[$0.index] }
      let isIdle = !mine.isEmpty && mine.allSatisfy { $0 == nil } && !node.needsInitialStep
      guard !isIdle, let delta = try node.step(mine, now: now), !delta.isEmpty else { continue }
      deltas[index] = delta
      if let output = node as? OutputOperator {
        result.append(RelationDelta(relation: output.relation, rows: delta))
      } else if let table = node as? TableOperator, observed.contains(table.name) {
        let rows = try Consolidation.consolidate(delta).0
        if !rows.isEmpty { result.append(RelationDelta(relation: table.name, rows: rows)) }
      }
    }
    return result
  }

  /// Contents of a materialized relation after the last step; nil for any other. O(1), free to read on any
  /// thread.
  package func snapshot(of relation: SQLIdentifier) -> RelationSnapshot? {
    for node in operators {
      if let found = Self.snapshot(node), found.0 == relation { return found.1 }
    }
    return nil
  }

  package func snapshots() -> [SQLIdentifier: RelationSnapshot] {
    var result: [SQLIdentifier: RelationSnapshot] = [:]
    for case let (name, snapshot)? in operators.map(Self.snapshot) { result[name] = snapshot }
    return result
  }

  private static func snapshot(_ node: any Operator) -> (SQLIdentifier, RelationSnapshot)? {
    guard let trace = node.state.traces.first else { return nil }
    if let table = node as? TableOperator, table.materialized {
      return (table.name, RelationSnapshot(schema: table.schema, trace: trace.snapshot()))
    }
    if let output = node as? OutputOperator {
      return (output.relation, RelationSnapshot(schema: output.schema, trace: trace.snapshot()))
    }
    return nil
  }

  /// Memory of all traces, in bytes.
  package var stateBytes: Int {
    operators.reduce(0) { sum, node in sum + node.state.traces.reduce(0) { $0 + $1.sizeBytes } }
  }
}

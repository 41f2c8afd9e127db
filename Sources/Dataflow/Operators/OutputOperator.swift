import DataModel

/// Makes a delta visible under a relation's name: consolidated, and integrated into a trace when
/// materialized.
final class OutputOperator: Operator {
  let inputs: [NodeID]
  var state = OperatorState()
  let relation: SQLIdentifier
  let schema: Schema

  init(_ relation: SQLIdentifier, _ input: NodeID, schema: Schema, materialized: Bool) {
    inputs = [input]
    self.relation = relation
    self.schema = schema
    if materialized {
      state.add("view/\(relation.canonical)", TraceLayout(key: schema.physicalTypes, value: []))
    }
  }

  var usesNow: Bool { false }
  var needsInitialStep: Bool { false }

  func step(_ deltas: [ColumnBatch?], now: Int64) throws(EvaluationError) -> ColumnBatch? {
    guard let delta = deltas[0] else { return nil }
    let (rows, batch) = try Consolidation.consolidate(delta)
    if !state.traces.isEmpty { try state.traces[0].insert(batch) }
    return rows
  }
}

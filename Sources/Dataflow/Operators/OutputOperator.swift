import DataModel

/// Makes a delta visible under a relation's name; integrated into a trace when materialized.
final class OutputOperator: Operator {
  let inputs: [NodeID]
  var state = OperatorState()
  let relation: SQLIdentifier
  let schema: Schema
  /// Rows that came by, of either sign and not consolidated.
  private(set) var rowsSeen: UInt64 = 0

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
  var hotBytes: Int { state.pending.sizeBytes }

  func step(_ deltas: [ColumnBatch?], now: Int64) throws(EvaluationError) -> ColumnBatch? {
    guard let delta = deltas[0] else { return nil }
    rowsSeen += UInt64(delta.count)
    if !state.traces.isEmpty { try state.integrate(delta, keys: nil) }
    return delta
  }

  func flush() throws(EvaluationError) {
    if !state.traces.isEmpty { try state.settle(keys: nil) }
  }

  func evict() { state.pending = PendingRows() }
}

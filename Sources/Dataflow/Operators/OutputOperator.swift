import DataModel

/// Makes the sum of its inputs visible under a relation's name; integrated into a trace when materialized.
final class OutputOperator: Operator {
  let inputs: [NodeID]
  var state = OperatorState()
  let relation: SQLIdentifier
  let schema: Schema
  /// Rows that came by, of either sign and not consolidated.
  private(set) var rowsSeen: UInt64 = 0
  /// Whether somebody reads the delta of the step to come.
  var isReported = true

  init(_ relation: SQLIdentifier, _ inputs: [NodeID], schema: Schema, materialized: Bool) {
    self.inputs = inputs
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
    let parts = deltas.compactMap { $0 }
    rowsSeen += parts.reduce(0) { $0 + UInt64($1.count) }
    guard isReported || !state.traces.isEmpty, let delta = try ColumnGather.concatenate(parts) else { return nil }
    if !state.traces.isEmpty { try state.integrate(delta, keys: nil) }
    return delta
  }

  var takesParts: Bool { state.traces.isEmpty }

  func parts(_ deltas: [[ColumnBatch]], now: Int64) throws(EvaluationError) -> [ColumnBatch] {
    let parts = deltas.flatMap { $0 }
    guard state.traces.isEmpty else { return try step(parts, now: now).map { [$0] } ?? [] }
    rowsSeen += parts.reduce(0) { $0 + UInt64($1.count) }
    return isReported ? parts : []
  }

  func flush() throws(EvaluationError) {
    if !state.traces.isEmpty { try state.settle(keys: nil) }
  }

  func evict() { state.pending = PendingRows() }
}

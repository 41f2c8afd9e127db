import DataModel

/// Each row once for each alternative; weights stay.
final class ExpandOperator: Operator {
  let inputs: [NodeID]
  var state = OperatorState()
  private let alternatives: [CompiledProjection]

  init(_ input: NodeID, _ alternatives: [[ScalarExpression]]) {
    inputs = [input]
    self.alternatives = alternatives.map { CompiledProjection($0) }
  }

  var usesNow: Bool { alternatives.contains { $0.usesNow } }
  var needsInitialStep: Bool { false }
  var keepsInserts: Bool { !usesNow }

  func step(_ deltas: [ColumnBatch?], now: Int64) throws(EvaluationError) -> ColumnBatch? {
    guard let delta = deltas[0] else { return nil }
    var parts: [ColumnBatch] = []
    for alternative in alternatives {
      if let part = try alternative.run(delta, now: now) { parts.append(part) }
    }
    return try ColumnGather.concatenate(parts)
  }
}

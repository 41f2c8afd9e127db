import DataModel

/// Each row once for each alternative; weights stay.
final class ExpandOperator: Operator {
  let inputs: [NodeID]
  var state = OperatorState()
  private let alternatives: [[CompiledExpression]]

  init(_ input: NodeID, _ alternatives: [[ScalarExpression]]) {
    inputs = [input]
    self.alternatives = alternatives.map { $0.map { CompiledExpression($0) } }
  }

  var usesNow: Bool { alternatives.contains { $0.contains { $0.usesNow } } }
  var needsInitialStep: Bool { false }
  var keepsInserts: Bool { !usesNow }

  func step(_ deltas: [ColumnBatch?], now: Int64) throws(EvaluationError) -> ColumnBatch? {
    guard let delta = deltas[0] else { return nil }
    var parts: [ColumnBatch] = []
    for alternative in alternatives {
      var columns: [ColumnVector] = []
      for expression in alternative {
        columns.append(
          ColumnGather.canonical(try expression.evaluate(delta.columns, count: delta.count, now: now)))
      }
      parts.append(ColumnBatch(columns: columns, weights: delta.weights))
    }
    return try ColumnGather.concatenate(parts)
  }
}

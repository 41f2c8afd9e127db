import DataModel

/// Rows for which the predicate is TRUE.
final class FilterOperator: Operator {
  let inputs: [NodeID]
  var state = OperatorState()
  private let predicate: CompiledExpression

  init(_ input: NodeID, _ predicate: ScalarExpression) {
    inputs = [input]
    self.predicate = CompiledExpression(predicate)
  }

  var usesNow: Bool { predicate.usesNow }
  var needsInitialStep: Bool { false }
  var keepsInserts: Bool { !usesNow }

  func step(_ deltas: [ColumnBatch?], now: Int64) throws(EvaluationError) -> ColumnBatch? {
    guard let delta = deltas[0] else { return nil }
    let rows = try predicate.select(delta.columns, count: delta.count, now: now)
    return rows.count == delta.count ? delta : ColumnGather.gather(delta, rows)
  }
}

/// Output column i is expression i; weights stay.
final class ProjectOperator: Operator {
  let inputs: [NodeID]
  var state = OperatorState()
  private let expressions: [CompiledExpression]

  init(_ input: NodeID, _ expressions: [ScalarExpression]) {
    inputs = [input]
    self.expressions = expressions.map { CompiledExpression($0) }
  }

  var usesNow: Bool { expressions.contains { $0.usesNow } }
  var needsInitialStep: Bool { false }
  var keepsInserts: Bool { !usesNow }

  func step(_ deltas: [ColumnBatch?], now: Int64) throws(EvaluationError) -> ColumnBatch? {
    guard let delta = deltas[0] else { return nil }
    var columns: [ColumnVector] = []
    for expression in expressions {
      columns.append(
        ColumnGather.canonical(try expression.evaluate(delta.columns, count: delta.count, now: now)))
    }
    return ColumnBatch(columns: columns, weights: delta.weights)
  }
}

/// Sum of the inputs' deltas.
final class UnionOperator: Operator {
  let inputs: [NodeID]
  var state = OperatorState()
  init(_ inputs: [NodeID]) { self.inputs = inputs }
  var usesNow: Bool { false }
  var needsInitialStep: Bool { false }
  var keepsInserts: Bool { !usesNow }

  func step(_ deltas: [ColumnBatch?], now: Int64) throws(EvaluationError) -> ColumnBatch? {
    try ColumnGather.concatenate(deltas.compactMap { $0 })
  }
}

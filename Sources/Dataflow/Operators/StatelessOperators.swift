import DataModel

/// Rows for which the predicate is TRUE.
final class FilterOperator: Operator {
  let inputs: [NodeID]
  var state = OperatorState()
  let predicate: ScalarExpression
  private let rows: CompiledProjection

  init(_ input: NodeID, _ predicate: ScalarExpression) {
    inputs = [input]
    self.predicate = predicate
    rows = CompiledProjection(nil, where: predicate)
  }

  var usesNow: Bool { rows.usesNow }
  var needsInitialStep: Bool { false }
  var keepsInserts: Bool { !usesNow }
  var takesParts: Bool { true }

  func step(_ deltas: [ColumnBatch?], now: Int64) throws(EvaluationError) -> ColumnBatch? {
    guard let delta = deltas[0] else { return nil }
    return try rows.run(delta, now: now)
  }

  func parts(_ deltas: [[ColumnBatch]], now: Int64) throws(EvaluationError) -> [ColumnBatch] {
    try rows.run(deltas[0], now: now)
  }
}

/// Output column i is expression i; weights stay. With a predicate only of the rows for which it is TRUE.
final class ProjectOperator: Operator {
  let inputs: [NodeID]
  var state = OperatorState()
  private let rows: CompiledProjection

  init(_ input: NodeID, _ expressions: [ScalarExpression], where predicate: ScalarExpression? = nil) {
    inputs = [input]
    rows = CompiledProjection(expressions, where: predicate)
  }

  var usesNow: Bool { rows.usesNow }
  var needsInitialStep: Bool { false }
  var keepsInserts: Bool { !usesNow }
  var takesParts: Bool { true }

  func step(_ deltas: [ColumnBatch?], now: Int64) throws(EvaluationError) -> ColumnBatch? {
    guard let delta = deltas[0] else { return nil }
    return try rows.run(delta, now: now)
  }

  func parts(_ deltas: [[ColumnBatch]], now: Int64) throws(EvaluationError) -> [ColumnBatch] {
    try rows.run(deltas[0], now: now)
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

  var takesParts: Bool { true }

  func step(_ deltas: [ColumnBatch?], now: Int64) throws(EvaluationError) -> ColumnBatch? {
    try ColumnGather.concatenate(deltas.compactMap { $0 })
  }

  /// Views that double one another have ever more parts.
  private static let partsMax = 4096

  func parts(_ deltas: [[ColumnBatch]], now: Int64) throws(EvaluationError) -> [ColumnBatch] {
    let parts = deltas.flatMap { $0 }
    guard parts.count > Self.partsMax, let whole = try ColumnGather.concatenate(parts) else { return parts }
    return [whole]
  }
}

/// In the place of a filter whose readers took its predicate over.
final class IdleOperator: Operator {
  let inputs: [NodeID] = []
  var state = OperatorState()
  var usesNow: Bool { false }
  var needsInitialStep: Bool { false }
  func step(_ deltas: [ColumnBatch?], now: Int64) -> ColumnBatch? { nil }
}

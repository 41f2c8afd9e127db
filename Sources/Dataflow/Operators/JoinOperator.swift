import DataModel

/// Inner equi-join; without keys the cross product. NULL keys match nothing.
///
/// d(L x R) = dL x R before the step + L after the step x dR.
final class JoinOperator: Operator {
  let inputs: [NodeID]
  var state = OperatorState()
  private let left: JoinSide
  private let right: JoinSide
  private let residual: CompiledExpression?
  private let budget: WorkBudget?

  init(
    left: JoinSide, right: JoinSide, residual: ScalarExpression?, budget: WorkBudget?, stateID: String
  ) {
    self.budget = budget
    inputs = [left.input, right.input]
    self.left = left
    self.right = right
    self.residual = residual.map { CompiledExpression($0) }
    state.add(stateID + "/left", left.layout)
    state.add(stateID + "/right", right.layout)
  }

  var usesNow: Bool { left.usesNow || right.usesNow || residual?.usesNow == true }
  var needsInitialStep: Bool { false }
  var keepsInserts: Bool { !usesNow }
  var hotBytes: Int { left.rows.sizeBytes + right.rows.sizeBytes }

  func step(_ deltas: [ColumnBatch?], now: Int64) throws(EvaluationError) -> ColumnBatch? {
    var parts: [ColumnBatch] = []
    if let delta = deltas[0] {
      let keyed = try left.keyed(delta, now)
      var matches = JoinMatches(keyed, right, deltaIsLeft: true, residual, now)
      matches.budget = budget
      parts += try matches.run(cold: state.traces[1])
      try left.add(keyed, cold: state.traces[0])
    }
    if let delta = deltas[1] {
      let keyed = try right.keyed(delta, now)
      var matches = JoinMatches(keyed, left, deltaIsLeft: false, residual, now)
      matches.budget = budget
      parts += try matches.run(cold: state.traces[0])
      try right.add(keyed, cold: state.traces[1])
    }
    return try ColumnGather.concatenate(parts)
  }

  func commit() {
    left.rows.commit()
    right.rows.commit()
  }

  func rollBack() {
    left.rows.rollBack()
    right.rows.rollBack()
  }

  func flush() throws(EvaluationError) {
    try left.flush(&state.traces[0])
    try right.flush(&state.traces[1])
  }

  func evict() {
    left.rows.removeAll()
    right.rows.removeAll()
  }
}

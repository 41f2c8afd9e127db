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
  /// Whether the records know every key; otherwise the traces are asked for the others.
  private var isComplete = true

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

  var wantsFlush: Bool { left.rows.isWasteful || right.rows.isWasteful }

  func step(_ deltas: [ColumnBatch?], now: Int64) throws(EvaluationError) -> ColumnBatch? {
    var parts: [ColumnBatch] = []
    if let delta = deltas[0] {
      let keyed = try left.keyed(delta, now)
      var matches = JoinMatches(keyed, right, deltaIsLeft: true, residual, now)
      matches.budget = budget
      parts += try matches.run(cold: cold(1))
      try left.add(keyed, cold: cold(0))
    }
    if let delta = deltas[1] {
      let keyed = try right.keyed(delta, now)
      var matches = JoinMatches(keyed, left, deltaIsLeft: false, residual, now)
      matches.budget = budget
      parts += try matches.run(cold: cold(0))
      try right.add(keyed, cold: cold(1))
    }
    return try ColumnGather.concatenate(parts)
  }

  private func cold(_ side: Int) -> Trace? { isComplete ? nil : state.traces[side] }

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

  func rowCount(ofTrace trace: Int) -> Int {
    max(state.traces[trace].rowCount, (trace == 0 ? left : right).rows.rowCount)
  }

  func truncate(trace: Int, column: Int, below bound: Int64) {
    state.traces[trace].truncate(column: column, below: bound)
    (trace == 0 ? left : right).rows.forget(column: column, below: bound)
  }

  func shrink() throws(EvaluationError) {
    isComplete = state.traces.allSatisfy(\.isEmpty)
    try left.rows.keepNewest()
    try right.rows.keepNewest()
  }

  func evict() {
    isComplete = state.traces.allSatisfy(\.isEmpty)
    left.rows.removeAll()
    right.rows.removeAll()
  }
}

import DataModel

/// Inner equi-join; without keys the cross product. NULL keys match nothing.
///
/// d(L x R) = dL x R before the step + L after the step x dR. Each side is a trace of its rows by key.
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

  func step(_ deltas: [ColumnBatch?], now: Int64) throws(EvaluationError) -> ColumnBatch? {
    var parts: [ColumnBatch] = []
    let right = try deltas[1].map { delta throws(EvaluationError) in
      (delta, try self.right.arrange(delta, now))
    }
    if let delta = deltas[0] {
      let arranged = try left.arrange(delta, now)
      var matches = JoinMatches(delta, arranged, state.traces[1], deltaIsLeft: true, residual, now)
      matches.budget = budget
      parts += try matches.run()
      try state.traces[0].insert(arranged.batch)
    }
    if let (delta, arranged) = right {
      var matches = JoinMatches(delta, arranged, state.traces[0], deltaIsLeft: false, residual, now)
      matches.budget = budget
      parts += try matches.run()
      try state.traces[1].insert(arranged.batch)
    }
    return try ColumnGather.concatenate(parts)
  }
}

/// One input of a join: its key expressions and the layout of its trace.
struct JoinSide {
  let input: NodeID
  let layout: TraceLayout
  private let keys: [CompiledExpression]

  init(_ input: NodeID, keys: [ScalarExpression], types: [ColumnType]) {
    self.input = input
    self.keys = keys.map { CompiledExpression($0) }
    layout = TraceLayout(key: keys.map(\.type.physical), value: types.map(\.physical))
  }

  var usesNow: Bool { keys.contains { $0.usesNow } }

  /// The delta by key, without the rows that have a NULL in it.
  func arrange(_ delta: ColumnBatch, _ now: Int64) throws(EvaluationError) -> SortedDelta {
    var columns: [ColumnVector] = []
    for key in keys { columns.append(try key.evaluate(delta.columns, count: delta.count, now: now)) }
    return try SortedDelta(
      keys: columns, values: delta.columns, weights: delta.weights, rows: Self.present(columns, delta.count))
  }

  /// Rows where all columns are present; nil when that is every row.
  static func present(_ columns: [ColumnVector], _ count: Int) -> [Int32]? {
    let bitmaps = columns.compactMap(\.validity)
    guard var valid = bitmaps.first else { return nil }
    for bitmap in bitmaps.dropFirst() { valid = valid.intersection(bitmap) }
    return (0..<Int32(truncatingIfNeeded: count)).filter { valid[Int($0)] }
  }
}

import DataModel

/// Each row once, where its integrated weight is positive.
final class DistinctOperator: Operator {
  let inputs: [NodeID]
  var state = OperatorState()

  init(_ input: NodeID, types: [ColumnType], stateID: String) {
    inputs = [input]
    state.add(stateID, TraceLayout(key: types.map(\.physical), value: []))
  }

  var usesNow: Bool { false }
  var needsInitialStep: Bool { false }

  func step(_ deltas: [ColumnBatch?], now: Int64) throws(EvaluationError) -> ColumnBatch? {
    guard let delta = deltas[0] else { return nil }
    let sorted = try SortedDelta(keys: delta.columns, values: [], weights: delta.weights)
    let changes = try Transitions(of: sorted, against: state.traces[0])
    try state.traces[0].insert(sorted.batch)
    return ColumnBatch(columns: ColumnGather.gather(delta.columns, changes.sources), weights: changes.weights)
  }
}

/// Rows of a delta whose integrated weight becomes positive (+1) or ceases to be (-1).
struct Transitions {
  /// Positions in the sorted delta, ascending.
  private(set) var positions: [Int] = []
  private(set) var sources: [Int32] = []
  private(set) var weights: [Int64] = []

  /// `trace` is the state before the delta.
  init(of delta: SortedDelta, against trace: Trace) throws(EvaluationError) {
    let before = try trace.weights(of: delta.batch)
    for row in 0..<delta.batch.count {
      let after = try Weight.sum(before[row], delta.batch.weights[row])
      guard (before[row] > 0) != (after > 0) else { continue }
      positions.append(row)
      sources.append(delta.sources[row])
      weights.append(after > 0 ? 1 : -1)
    }
  }
}

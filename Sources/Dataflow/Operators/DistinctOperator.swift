import DataModel

/// Each row once, where its integrated weight is positive.
final class DistinctOperator: Operator {
  let inputs: [NodeID]
  var state = OperatorState()
  private let rows: KeyWeights

  init(_ input: NodeID, types: [ColumnType], stateID: String) {
    inputs = [input]
    rows = KeyWeights(types.map(\.physical))
    state.add(stateID, rows.layout)
  }

  var usesNow: Bool { false }
  var needsInitialStep: Bool { false }
  var keepsInserts: Bool { true }
  var hotBytes: Int { rows.sizeBytes }
  var wantsFlush: Bool { rows.records.isWasteful }

  func step(_ deltas: [ColumnBatch?], now: Int64) throws(EvaluationError) -> ColumnBatch? {
    guard let delta = deltas[0] else { return nil }
    let columns = delta.columns.map(ColumnGather.canonical)
    let words = try WordRows(columns, shape: rows.records.shape, count: delta.count)
    try rows.add(rows.resolve(columns, words, selection: nil, state.traces), delta.weights)
    var sources: [Int32] = []
    var weights: [Int64] = []
    let touched = rows.records.touched
    for index in touched.records.indices {
      let isThere = rows.weight(touched.records[index]) > 0
      guard isThere != (rows.before(index) > 0) else { continue }
      sources.append(touched.rows[index])
      weights.append(isThere ? 1 : -1)
    }
    return ColumnBatch(columns: ColumnGather.gather(columns, sources), weights: weights)
  }

  func commit() { rows.records.commit() }
  func rollBack() { rows.records.rollBack() }

  func flush() throws(EvaluationError) {
    try rows.flush { _, batch throws(EvaluationError) in try state.traces[0].insert(batch) }
  }

  func rowCount(ofTrace trace: Int) -> Int { max(state.traces[trace].rowCount, rows.records.count) }

  func truncate(trace: Int, column: Int, below bound: Int64) {
    state.traces[trace].truncate(column: column, below: bound)
    rows.forget(column: column, below: bound)
  }

  func evict() { rows.removeAll(isComplete: state.traces.allSatisfy(\.isEmpty)) }
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

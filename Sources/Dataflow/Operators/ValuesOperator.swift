import DataModel

/// Literal rows, emitted once in the life of the state; the trace holds one mark when that is done.
final class ValuesOperator: Operator {
  let inputs: [NodeID] = []
  var state = OperatorState()
  private let rows: ColumnBatch

  init(_ rows: ColumnBatch, stateID: String) {
    self.rows = ColumnBatch(columns: rows.columns.map(ColumnGather.canonical), weights: rows.weights)
    state.add(stateID, TraceLayout(key: [.int64], value: []))
  }

  var usesNow: Bool { false }
  var keepsInserts: Bool { true }
  var needsInitialStep: Bool { state.traces[0].isEmpty }

  func step(_ deltas: [ColumnBatch?], now: Int64) throws(EvaluationError) -> ColumnBatch? {
    guard needsInitialStep else { return nil }
    let mark = try SortedDelta(keys: [ColumnVector(.int64([1]))], values: [], weights: [1])
    try state.traces[0].insert(mark.batch)
    return rows
  }
}

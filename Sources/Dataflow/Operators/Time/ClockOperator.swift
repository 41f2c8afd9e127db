import DataModel

/// NOW() as a relation of one row, which changes when the step's NOW() does. The trace holds that row.
final class ClockOperator: Operator {
  let inputs: [NodeID] = []
  var state = OperatorState()

  init() { state.add("clock", TraceLayout(key: [.int64], value: [])) }

  var usesNow: Bool { true }
  var needsInitialStep: Bool { state.traces[0].isEmpty }

  /// The last step's NOW(), in microseconds; nil before the first.
  var time: Int64? {
    var cursor = MergeCursor(state.traces[0].batches)
    guard let (batch, row, _) = cursor.next() else { return nil }
    let rows = ColumnGather.rows(batch.rows, [Int32(truncatingIfNeeded: row)])
    guard case .int64(let now) = StateRows.decode(rows, [.int64])[0].value(at: 0) else { return nil }
    return now
  }

  func step(_ deltas: [ColumnBatch?], now: Int64) throws(EvaluationError) -> ColumnBatch? {
    let before = time
    guard before != now else { return nil }
    var delta = ColumnBatch(columns: [ColumnVector(.int64([now]))], weights: [1])
    if let before {
      delta = ColumnBatch(columns: [ColumnVector(.int64([before, now]))], weights: [-1, 1])
    }
    try state.traces[0].insert(SortedDelta(keys: delta.columns, values: [], weights: delta.weights).batch)
    return delta
  }
}

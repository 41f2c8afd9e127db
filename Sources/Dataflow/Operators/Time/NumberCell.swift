import DataModel

/// A number of an operator's state: the one row of a trace, or none.
struct NumberCell {
  /// Index of the trace in the state.
  let trace: Int
  static let layout = TraceLayout(key: [.int64], value: [])

  /// Whether a restored trace may be that of a cell; those lie in memory.
  static func mayBe(_ trace: Trace) -> Bool { trace.layout == layout && trace.rowCount <= 64 }

  func value(in state: OperatorState) -> Int64? {
    // The rows lie in memory (`Circuit.restore`), which is read without errors.
    guard var cursor = try? MergeCursor(state.traces[trace].runs), let (batch, row, _) = try? cursor.next() else {
      return nil
    }
    let rows = ColumnGather.rows(batch.rows, [Int32(truncatingIfNeeded: row)])
    guard case .int64(let number) = StateRows.decode(rows, [.int64])[0].value(at: 0) else { return nil }
    return number
  }

  func set(_ number: Int64, in state: inout OperatorState) throws(EvaluationError) {
    let before = value(in: state)
    guard before != number else { return }
    var delta = ColumnBatch(columns: [ColumnVector(.int64([number]))], weights: [1])
    if let before {
      delta = ColumnBatch(columns: [ColumnVector(.int64([before, number]))], weights: [-1, 1])
    }
    try state.traces[trace].insert(SortedDelta(keys: delta.columns, values: [], weights: delta.weights).batch)
  }
}

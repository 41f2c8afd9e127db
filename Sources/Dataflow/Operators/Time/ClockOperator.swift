import DataModel

/// NOW() as a relation of one row, which changes when the step's NOW() does. The trace holds that row.
final class ClockOperator: Operator {
  let inputs: [NodeID] = []
  var state = OperatorState()

  private let cell = NumberCell(trace: 0)

  init() { state.add("clock", NumberCell.layout) }

  var usesNow: Bool { true }
  var needsInitialStep: Bool { state.traces[0].isEmpty }

  /// The last step's NOW(), in microseconds; nil before the first.
  var time: Int64? { cell.value(in: state) }

  func step(_ deltas: [ColumnBatch?], now: Int64) throws(EvaluationError) -> ColumnBatch? {
    let before = time
    guard before != now else { return nil }
    var delta = ColumnBatch(columns: [ColumnVector(.int64([now]))], weights: [1])
    if let before {
      delta = ColumnBatch(columns: [ColumnVector(.int64([before, now]))], weights: [-1, 1])
    }
    try cell.set(now, in: &state)
    return delta
  }
}

import DataModel

/// Rows of which one column, an int64, has come below a waterline (`emit_final`), or is not above it any more
/// (WATERMARK). Others wait in trace 0, by that column; NULL waits never.
///
/// Trace 1 holds how far rows were let go: a step reads what lies between that and the waterline of now.
final class HoldOperator: Operator {
  let inputs: [NodeID]
  var state = OperatorState()
  private let column: Int
  private let waterline: CompiledWaterline
  private let isInclusive: Bool
  private let released = NumberCell(trace: 1)

  init(
    _ input: NodeID, column: Int, _ waterline: CompiledWaterline, isInclusive: Bool, types: [ColumnType],
    stateID: String
  ) {
    inputs = [input]
    self.column = column
    self.waterline = waterline
    self.isInclusive = isInclusive
    state.add(stateID + "/held", TraceLayout(key: [.int64], value: types.map(\.physical)))
    state.add(stateID + "/released", NumberCell.layout)
  }

  var usesNow: Bool { false }

  /// The waterline may move without a change of the input.
  var needsInitialStep: Bool {
    guard !state.traces[0].isEmpty, let last = last else { return false }
    return last > released.value(in: state) ?? .min
  }

  /// The greatest value that is let go.
  private var last: Int64? {
    guard let bound = waterline.value else { return nil }
    return isInclusive ? bound : bound == .min ? nil : bound - 1
  }

  func step(_ deltas: [ColumnBatch?], now: Int64) throws(EvaluationError) -> ColumnBatch? {
    let last = last
    var parts: [ColumnBatch] = []
    if let delta = deltas[0] {
      let key = delta.columns[column]
      let values = TemporalIntervals.numbers(key)
      var free: [Int32] = []
      var held: [Int32] = []
      for row in values.indices {
        let isFree = !key.isValid(row) || last.map { values[row] <= $0 } == true
        if isFree {
          free.append(Int32(truncatingIfNeeded: row))
        } else {
          held.append(Int32(truncatingIfNeeded: row))
        }
      }
      if !free.isEmpty { parts.append(ColumnGather.gather(delta, free)) }
      if !held.isEmpty {
        try state.traces[0].insert(
          SortedDelta(keys: [key], values: delta.columns, weights: delta.weights, rows: held).batch)
      }
    }
    if let last {
      if let due = try state.traces[0].take(after: released.value(in: state), through: last) {
        parts.append(ColumnBatch(columns: due.values, weights: due.weights))
      }
      try released.set(last, in: &state)
    }
    return try ColumnGather.concatenate(parts)
  }
}

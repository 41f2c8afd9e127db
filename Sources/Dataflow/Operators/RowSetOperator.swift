import DataModel

/// How often a row shows that is `left` times on one side and `right` times on the other.
package enum RowSetRule: Sendable {
  case intersect, intersectAll, except, exceptAll
  /// The left rows that are (not) on the right, as often as they are on the left.
  case semi, anti

  func weight(_ left: Int64, _ right: Int64) -> Int64 {
    switch self {
    case .intersect: left > 0 && right > 0 ? 1 : 0
    case .intersectAll: max(0, min(left, right))
    case .except: left > 0 && right <= 0 ? 1 : 0
    // Both are positive where they are subtracted.
    case .exceptAll: max(0, left - min(max(0, right), max(0, left)))
    case .semi: right > 0 ? left : 0
    case .anti: right > 0 ? 0 : left
    }
  }
}

/// A weight for each row that follows from its weights in both inputs. Each side is a trace of its rows.
final class RowSetOperator: Operator {
  let inputs: [NodeID]
  var state = OperatorState()
  private let rule: RowSetRule
  private let rows: KeyWeights

  init(_ left: NodeID, _ right: NodeID, _ rule: RowSetRule, types: [ColumnType], stateID: String) {
    inputs = [left, right]
    self.rule = rule
    rows = KeyWeights(types.map(\.physical), sides: 2)
    state.add(stateID + "/left", rows.layout)
    state.add(stateID + "/right", rows.layout)
  }

  var usesNow: Bool { false }
  var needsInitialStep: Bool { false }
  var hotBytes: Int { rows.sizeBytes }
  var wantsFlush: Bool { rows.records.isWasteful }

  func step(_ deltas: [ColumnBatch?], now: Int64) throws(EvaluationError) -> ColumnBatch? {
    var columns: [[ColumnVector]] = []
    /// Where the rows that each side touched first begin.
    var firsts: [Int] = []
    for (side, delta) in deltas.enumerated() {
      firsts.append(rows.records.touched.records.count)
      columns.append(delta?.columns.map(ColumnGather.canonical) ?? [])
      guard let delta else { continue }
      let words = try WordRows(columns[side], shape: rows.records.shape, count: delta.count)
      let keys = try rows.resolve(columns[side], words, selection: nil, state.traces)
      try rows.add(keys, delta.weights, side: side)
    }
    firsts.append(rows.records.touched.records.count)
    var parts: [ColumnBatch] = []
    for side in deltas.indices {
      let part = try changes(firsts[side]..<firsts[side + 1])
      if !part.sources.isEmpty {
        parts.append(
          ColumnBatch(columns: ColumnGather.gather(columns[side], part.sources), weights: part.weights))
      }
    }
    return try ColumnGather.concatenate(parts)
  }

  private func changes(_ touches: Range<Int>) throws(EvaluationError) -> (sources: [Int32], weights: [Int64]) {
    let touched = rows.records.touched
    var sources: [Int32] = []
    var weights: [Int64] = []
    for index in touches {
      let record = touched.records[index]
      let before = rule.weight(rows.before(index, side: 0), rows.before(index, side: 1))
      let after = rule.weight(rows.weight(record, side: 0), rows.weight(record, side: 1))
      guard before != after else { continue }
      guard before != .min else { throw EvaluationError(.weightOverflow, "weight overflow: \(before)") }
      sources.append(touched.rows[index])
      weights.append(try Weight.sum(after, -before))
    }
    return (sources, weights)
  }

  func commit() { rows.records.commit() }
  func rollBack() { rows.records.rollBack() }

  func flush() throws(EvaluationError) {
    try rows.flush { side, batch throws(EvaluationError) in try state.traces[side].insert(batch) }
  }

  func rowCount(ofTrace trace: Int) -> Int { max(state.traces[trace].rowCount, rows.records.count) }

  /// Both sides: no change to come needs such a row.
  func truncate(trace: Int, column: Int, below bound: Int64) {
    for side in state.traces.indices { state.traces[side].truncate(column: column, below: bound) }
    rows.forget(column: column, below: bound)
  }

  func evict() { rows.removeAll(isComplete: state.traces.allSatisfy(\.isEmpty)) }
}

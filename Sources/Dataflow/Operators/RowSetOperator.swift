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

  init(_ left: NodeID, _ right: NodeID, _ rule: RowSetRule, types: [ColumnType], stateID: String) {
    inputs = [left, right]
    self.rule = rule
    state.add(stateID + "/left", TraceLayout(key: types.map(\.physical), value: []))
    state.add(stateID + "/right", TraceLayout(key: types.map(\.physical), value: []))
  }

  var usesNow: Bool { false }
  var needsInitialStep: Bool { false }

  /// The sorted delta of one side, and what both sides held of its rows.
  private struct Side {
    let columns: [ColumnVector]
    let delta: SortedDelta
    let left: [Int64]
    let right: [Int64]
    var sources: [Int32] = []
    var weights: [Int64] = []

    init(_ delta: ColumnBatch, _ traces: [Trace]) throws(EvaluationError) {
      columns = delta.columns
      self.delta = try SortedDelta(keys: delta.columns, values: [], weights: delta.weights)
      left = try traces[0].weights(of: self.delta.batch)
      right = try traces[1].weights(of: self.delta.batch)
    }

    mutating func emit(_ row: Int, _ change: Int64) {
      guard change != 0 else { return }
      sources.append(delta.sources[row])
      weights.append(change)
    }

    var output: ColumnBatch {
      ColumnBatch(columns: ColumnGather.gather(columns, sources), weights: weights)
    }
  }

  func step(_ deltas: [ColumnBatch?], now: Int64) throws(EvaluationError) -> ColumnBatch? {
    var left = try deltas[0].map { delta throws(EvaluationError) in try Side(delta, state.traces) }
    var right = try deltas[1].map { delta throws(EvaluationError) in try Side(delta, state.traces) }
    let leftCount = left?.delta.batch.count ?? 0
    let rightCount = right?.delta.batch.count ?? 0
    var a = 0
    var b = 0
    while a < leftCount || b < rightCount {
      let order = Self.order(left?.delta.batch, a, right?.delta.batch, b)
      if order <= 0, let side = left {
        let other = order == 0 ? right?.delta.batch.weights[b] ?? 0 : 0
        left?.emit(a, try change(side, a, left: side.delta.batch.weights[a], right: other))
      } else if let side = right {
        right?.emit(b, try change(side, b, left: 0, right: side.delta.batch.weights[b]))
      }
      if order <= 0 { a += 1 }
      if order >= 0 { b += 1 }
    }
    if let left { try state.traces[0].insert(left.delta.batch) }
    if let right { try state.traces[1].insert(right.delta.batch) }
    return try ColumnGather.concatenate([left, right].compactMap { $0?.output })
  }

  /// A side that is at its end is greater than every row.
  private static func order(_ left: SortedBatch?, _ a: Int, _ right: SortedBatch?, _ b: Int) -> Int {
    guard let left, a < left.count else { return 1 }
    guard let right, b < right.count else { return -1 }
    return SortedBatch.compare(left, a, right, b)
  }

  private func change(_ side: Side, _ row: Int, left: Int64, right: Int64) throws(EvaluationError) -> Int64 {
    let before = rule.weight(side.left[row], side.right[row])
    let after = rule.weight(
      try Weight.sum(side.left[row], left), try Weight.sum(side.right[row], right))
    guard before != .min else { throw EvaluationError(.weightOverflow, "weight overflow: \(before)") }
    return try Weight.sum(after, -before)
  }
}

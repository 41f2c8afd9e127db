import DataModel

/// Rows that show while NOW() lies in their interval [enter, leave), which their columns decide.
///
/// Trace 0 holds rows whose time has not come by `enter`, trace 1 the shown ones that will go by `leave`.
/// When the clock moves on, exactly the rows whose keys it passes are read: a step costs by the rows whose
/// status changes, and behind the clock nothing is left.
final class TemporalFilterOperator: Operator {
  let inputs: [NodeID]
  var state = OperatorState()
  private let intervals: TemporalIntervals
  private let types: [PhysicalType]

  /// `clock` is the node of the `ClockOperator`.
  init(
    _ input: NodeID, clock: NodeID, _ bounds: [TemporalCondition], types: [ColumnType], stateID: String
  ) {
    inputs = [input, clock]
    intervals = TemporalIntervals(bounds)
    self.types = types.map(\.physical)
    state.add(stateID + "/waiting", TraceLayout(key: [.int64], value: [.int64] + self.types))
    state.add(stateID + "/shown", TraceLayout(key: [.int64], value: self.types))
  }

  var usesNow: Bool { true }
  var needsInitialStep: Bool { false }

  func step(_ deltas: [ColumnBatch?], now: Int64) throws(EvaluationError) -> ColumnBatch? {
    var parts: [ColumnBatch] = []
    if let clock = deltas[1] { parts += try advance(from: Self.before(clock), to: now) }
    if let delta = deltas[0] {
      let spans = try intervals.of(delta)
      if let shown = try admit(delta, spans, now, fromInput: true) { parts.append(shown) }
    }
    return try ColumnGather.concatenate(parts)
  }

  /// NOW() of the step before; nil for the first.
  private static func before(_ clock: ColumnBatch) -> Int64? {
    for row in 0..<clock.count where clock.weights[row] < 0 {
      if case .int64(let time) = clock.columns[0].value(at: row) { return time }
    }
    return nil
  }

  /// Rows that go come first, so that one that enters and one that leaves never meet in a trace.
  private func advance(from before: Int64?, to now: Int64) throws(EvaluationError) -> [ColumnBatch] {
    var parts: [ColumnBatch] = []
    if let gone = try state.traces[1].take(after: before, through: now) {
      var batch = ColumnBatch(columns: gone.values, weights: [])
      for weight in gone.weights { batch.weights.append(try Weight.sum(0, -weight)) }
      parts.append(batch)
    }
    if let due = try state.traces[0].take(after: before, through: now) {
      let rows = ColumnBatch(columns: Array(due.values.dropFirst()), weights: due.weights)
      let spans = TemporalIntervals.Spans(
        enter: due.keys, leave: TemporalIntervals.numbers(due.values[0]), isNever: [])
      if let shown = try admit(rows, spans, now, fromInput: false) { parts.append(shown) }
    }
    return parts
  }

  /// The rows that show now; those that will go and those that will come are kept.
  private func admit(
    _ rows: ColumnBatch, _ spans: TemporalIntervals.Spans, _ now: Int64, fromInput: Bool
  ) throws(EvaluationError) -> ColumnBatch? {
    var shown: [Int32] = []
    var passing: [Int32] = []
    var waiting: [Int32] = []
    for row in 0..<rows.count where !(fromInput && spans.isNever[row]) {
      let (enter, leave) = (spans.enter[row], spans.leave[row])
      guard leave > now, enter < leave else { continue }
      let index = Int32(truncatingIfNeeded: row)
      if enter > now {
        waiting.append(index)
      } else {
        shown.append(index)
        if leave < .max { passing.append(index) }
      }
    }
    let leave = ColumnVector(.int64(spans.leave))
    if !passing.isEmpty {
      try state.traces[1].insert(
        SortedDelta(keys: [leave], values: rows.columns, weights: rows.weights, rows: passing).batch)
    }
    if !waiting.isEmpty {
      let enter = ColumnVector(.int64(spans.enter))
      try state.traces[0].insert(
        SortedDelta(keys: [enter], values: [leave] + rows.columns, weights: rows.weights, rows: waiting).batch
      )
    }
    if shown.isEmpty { return nil }
    let isCanonical = shown.count == rows.count
    return isCanonical ? rows : ColumnGather.gather(rows, shown)
  }
}

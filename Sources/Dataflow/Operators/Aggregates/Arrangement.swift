import DataModel

/// The present values of one aggregate argument by group, in a trace: for MIN, MAX and DISTINCT aggregates.
struct Arrangement {
  let argument: ScalarExpression
  /// Index of its trace in the operator's state.
  let trace: Int

  /// Puts the delta into the trace and tells which (group, value) pairs appeared or went, as a feed.
  func advance(
    _ state: inout OperatorState, groups: [ColumnVector], _ column: ColumnVector, _ weights: [Int64],
    _ grouping: Grouping
  ) throws(EvaluationError) -> Feed {
    let delta = try SortedDelta(
      keys: groups, values: [column], weights: weights, rows: JoinSide.present([column], weights.count))
    let changes = try Transitions(of: delta, against: state.traces[trace])
    try state.traces[trace].insert(delta.batch)
    var feed = Feed(starts: [0], rows: changes.sources, weights: changes.weights)
    var next = 0
    let bytes = grouping.keys.rows.bytes
    for group in 0..<grouping.count {
      let key = grouping.keys[group]
      while next < changes.positions.count, delta.batch.hasKey(changes.positions[next], key, bytes) {
        next += 1
      }
      feed.starts.append(next)
    }
    return feed
  }

  /// The extreme value of each group, after the step's delta.
  func extremes(_ state: OperatorState, _ grouping: Grouping, greatest: Bool) throws(EvaluationError)
    -> ColumnVector
  {
    let own = state.traces[trace]
    let bytes = grouping.keys.rows.bytes
    let absent = RowCodec.encode([.null], physical: own.layout.value)
    var values = RowAppender(reservingRows: grouping.count, bytes: grouping.count * 10)
    for group in 0..<grouping.count {
      if let position = try own.extreme(grouping.keys[group], in: bytes, greatest: greatest) {
        let batch = own.batches[Int(position.batch)]
        let range = batch.valueRange(Int(position.row))
        values.append(batch.rows.bytes, range.lowerBound, range.upperBound)
      } else {
        values.append(absent, 0, absent.count)
      }
    }
    return StateRows.decode(values.finish(), own.layout.value)[0]
  }
}

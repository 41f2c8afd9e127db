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
  ) throws(EvaluationError) -> ArrangedChange {
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
    return ArrangedChange(feed: feed, batch: delta.batch, positions: changes.positions)
  }

  /// The extreme value of each group, after the step's delta.
  ///
  /// The trace is searched only for groups whose old extreme went; for the others the better of the old one
  /// and the values that appeared is the answer. `prior` holds the old extremes, one row a group that had one.
  func extremes(
    _ state: OperatorState, _ grouping: Grouping, _ change: ArrangedChange, prior: ColumnVector,
    index: [Int32], greatest: Bool
  ) throws(EvaluationError) -> ColumnVector {
    let own = state.traces[trace]
    let bytes = grouping.keys.rows.bytes
    let old = try RowCodec.encode([prior], count: prior.count)
    let absent = RowCodec.encode([.null], physical: own.layout.value)
    var values = RowAppender(reservingRows: grouping.count, bytes: grouping.count * 10)
    for group in 0..<grouping.count {
      let before = index[group] >= 0 ? old.range(Int(index[group])) : 0..<0
      switch change.extreme(group, prior: old.bytes, before, greatest: greatest) {
      case .same:
        if before.isEmpty {
          values.append(absent, 0, absent.count)
        } else {
          values.append(old.bytes, before.lowerBound, before.upperBound)
        }
      case .appeared(let row):
        let range = change.batch.valueRange(row)
        values.append(change.batch.rows.bytes, range.lowerBound, range.upperBound)
      case .unknown:
        if let found = try own.extreme(grouping.keys[group], in: bytes, greatest: greatest) {
          let range = found.valueRange
          values.append(found.batch.rows.bytes, range.lowerBound, range.upperBound)
        } else {
          values.append(absent, 0, absent.count)
        }
      }
    }
    return StateRows.decode(values.finish(), own.layout.value)[0]
  }
}

/// Which (group, value) pairs appeared or went in a step.
struct ArrangedChange {
  let feed: Feed
  let batch: SortedBatch
  /// Row of the batch of each entry of the feed; ascending, so by value inside a group.
  let positions: [Int]

  enum Extreme {
    case same
    /// A row of the batch.
    case appeared(Int)
    /// The old extreme went.
    case unknown
  }

  /// What becomes of the extreme of a group; `range` of `prior` is the old one encoded, empty or NULL for none.
  func extreme(_ group: Int, prior: [UInt8], _ range: Range<Int>, greatest: Bool) -> Extreme {
    let hasPrior = !range.isEmpty && prior[range.lowerBound] != 0
    var best = -1
    for entry in feed.starts[group]..<feed.starts[group + 1] {
      let row = positions[entry]
      if feed.weights[entry] > 0 {
        if best < 0 || greatest { best = row }
      } else if hasPrior, compare(row, prior, range) == 0 {
        return .unknown
      }
    }
    guard best >= 0 else { return .same }
    guard hasPrior else { return .appeared(best) }
    let order = compare(best, prior, range)
    return (greatest ? order > 0 : order < 0) ? .appeared(best) : .same
  }

  private func compare(_ row: Int, _ prior: [UInt8], _ range: Range<Int>) -> Int {
    let own = batch.valueRange(row)
    return ByteOrder.compare(
      batch.rows.bytes, own.lowerBound, own.upperBound, prior, range.lowerBound, range.upperBound)
  }
}

/// Weighted rows of a batch by group.
struct Feed {
  /// Group g has entries starts[g]..<starts[g + 1].
  var starts: [Int]
  var rows: [Int32]
  var weights: [Int64]
}

import DataModel

/// Accumulator rows of a step's groups before and after, and the output that follows from the difference.
struct AccumulatorChange {
  let old: [ColumnVector]
  let new: [ColumnVector]
  /// Whether a group had no row before.
  let isNew: [Bool]

  /// Old rows out, new rows in, where they differ. `rows` names an input row of each group, for its group columns.
  func output(
    _ groupColumns: [ColumnVector], rows: [Int32], _ accumulators: [Accumulator], always: Bool
  ) throws(EvaluationError) -> ColumnBatch? {
    let oldWeights = Self.int64s(old[0])
    let newWeights = Self.int64s(new[0])
    let oldShown = zip(oldWeights, isNew).map { ($0 > 0 || always) && !$1 }
    let newShown = newWeights.map { always || $0 > 0 }
    var before: [ColumnVector] = []
    var after: [ColumnVector] = []
    for accumulator in accumulators {
      before.append(try accumulator.finish(old, weights: oldWeights, shown: oldShown))
      after.append(try accumulator.finish(new, weights: newWeights, shown: newShown))
    }
    var same = zip(oldShown, newShown).map { $0 && $1 }
    for (old, new) in zip(before, after) { Self.keepSame(&same, old, new) }
    var deletes: [Int32] = []
    var inserts: [Int32] = []
    for group in isNew.indices where !same[group] {
      if oldShown[group] { deletes.append(Int32(truncatingIfNeeded: group)) }
      if newShown[group] { inserts.append(Int32(truncatingIfNeeded: group)) }
    }
    let sources = (deletes + inserts).map { rows[Int($0)] }
    var columns = groupColumns.map { ColumnGather.gather($0, sources) }
    for index in accumulators.indices {
      columns.append(
        try ColumnGather.concatenate([
          ColumnGather.gather(before[index], deletes), ColumnGather.gather(after[index], inserts),
        ]))
    }
    let weights = [Int64](repeating: -1, count: deletes.count) + [Int64](repeating: 1, count: inserts.count)
    return ColumnBatch(columns: columns, weights: weights)
  }

  /// Clears the groups whose value in this column is another one than before.
  private static func keepSame(_ same: inout [Bool], _ old: ColumnVector, _ new: ColumnVector) {
    switch (old.storage, new.storage) {
    case (.int64(let before), .int64(let after)):
      for group in same.indices where before[group] != after[group] { same[group] = false }
    case (.float64(let before), .float64(let after)):
      for group in same.indices where before[group].bitPattern != after[group].bitPattern { same[group] = false }
    case (.int128(let before), .int128(let after)):
      for group in same.indices where before[group] != after[group] { same[group] = false }
    case (.bytes(let before), .bytes(let after)):
      for group in same.indices where same[group] {
        let (a, b) = (before.range(group), after.range(group))
        same[group] =
          ByteOrder.compare(
            before.bytes, a.lowerBound, a.upperBound, after.bytes, b.lowerBound, b.upperBound) == 0
      }
    default: preconditionFailure("results of one call have one physical type")
    }
    guard old.validity != nil || new.validity != nil else { return }
    for group in same.indices where same[group] && old.isValid(group) != new.isValid(group) {
      same[group] = false
    }
  }

  private static func int64s(_ column: ColumnVector) -> [Int64] {
    if case .int64(let values) = column.storage { values } else { [] }
  }
}

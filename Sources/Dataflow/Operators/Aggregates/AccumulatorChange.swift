import DataModel

/// Accumulator rows of a step's groups before and after, and what follows from the difference.
struct AccumulatorChange {
  let grouping: Grouping
  let prior: PriorRows
  let oldBytes: ByteColumn
  /// New accumulator columns, one row a group.
  let fresh: [ColumnVector]

  /// The trace's delta. A row that is zero in every column is not kept, unless `keepZero`.
  func batch(_ accumulators: [Accumulator], keepZero: Bool) -> SortedBatch {
    let newBytes = RowCodec.encode(fresh, count: grouping.count)
    let zero = RowCodec.encode(
      [.int64(0)] + accumulators.flatMap(\.zero), physical: fresh.map(\.physical))
    let keys = grouping.keys.rows
    var builder = BatchBuilder(
      reservingRows: grouping.count * 2,
      bytes: keys.bytes.count * 2 + oldBytes.bytes.count + newBytes.bytes.count)
    for group in 0..<grouping.count {
      let old = Int(prior.index[group])
      let new = newBytes.range(group)
      let kept =
        keepZero
        || ByteOrder.compare(
          newBytes.bytes, new.lowerBound, new.upperBound, zero, 0, zero.count) != 0
      let key = keys.range(group)
      guard old >= 0 else {
        if kept {
          builder.append(key: keys.bytes, key, value: newBytes.bytes, new, weight: 1)
        }
        continue
      }
      let before = oldBytes.range(old)
      let order = ByteOrder.compare(
        oldBytes.bytes, before.lowerBound, before.upperBound, newBytes.bytes, new.lowerBound, new.upperBound)
      if order == 0 { continue }
      if kept, order > 0 { builder.append(key: keys.bytes, key, value: newBytes.bytes, new, weight: 1) }
      builder.append(key: keys.bytes, key, value: oldBytes.bytes, before, weight: -1)
      if kept, order < 0 { builder.append(key: keys.bytes, key, value: newBytes.bytes, new, weight: 1) }
    }
    return builder.finish()
  }

  /// Old rows out, new rows in, where they differ.
  func output(
    _ groupColumns: [ColumnVector], _ accumulators: [Accumulator], always: Bool
  ) throws(EvaluationError) -> ColumnBatch? {
    let oldWeights = Self.int64s(prior.columns[0])
    let newWeights = Self.int64s(fresh[0])
    let oldShown = oldWeights.map { always || $0 > 0 }
    let newShown = newWeights.map { always || $0 > 0 }
    var old: [ColumnVector] = []
    var new: [ColumnVector] = []
    for accumulator in accumulators {
      old.append(try accumulator.finish(prior.columns, weights: oldWeights, shown: oldShown))
      new.append(try accumulator.finish(fresh, weights: newWeights, shown: newShown))
    }
    let equal = sameRows(old, new)
    var deletes: [(group: Int32, row: Int32)] = []
    var inserts: [Int32] = []
    for group in 0..<grouping.count {
      let row = Int(prior.index[group])
      let wasShown = row >= 0 && oldShown[row]
      if wasShown, newShown[group], equal[group] { continue }
      if wasShown { deletes.append((Int32(truncatingIfNeeded: group), prior.index[group])) }
      if newShown[group] { inserts.append(Int32(truncatingIfNeeded: group)) }
    }
    let shown = deletes.map(\.group) + inserts
    var columns = groupColumns.map { column in
      ColumnGather.gather(column, shown.map { grouping.rows[grouping.starts[Int($0)]] })
    }
    for index in accumulators.indices {
      columns.append(
        try ColumnGather.concatenate([
          ColumnGather.gather(old[index], deletes.map(\.row)), ColumnGather.gather(new[index], inserts),
        ]))
    }
    let weights = [Int64](repeating: -1, count: deletes.count) + [Int64](repeating: 1, count: inserts.count)
    return ColumnBatch(columns: columns, weights: weights)
  }

  /// For each group with an old row: whether all results are the same.
  private func sameRows(_ old: [ColumnVector], _ new: [ColumnVector]) -> [Bool] {
    var same = prior.index.map { $0 >= 0 }
    for (before, after) in zip(old, new) { Self.keepSame(&same, before, after, prior.index) }
    return same
  }

  /// Clears the groups whose value in this column is another one than before.
  private static func keepSame(
    _ same: inout [Bool], _ old: ColumnVector, _ new: ColumnVector, _ index: [Int32]
  ) {
    guard case .int64(let before) = old.storage, case .int64(let after) = new.storage else {
      let before = RowCodec.encode([old], count: old.count)
      let after = RowCodec.encode([new], count: new.count)
      for group in same.indices where same[group] {
        let (a, b) = (before.range(Int(index[group])), after.range(group))
        same[group] =
          ByteOrder.compare(
            before.bytes, a.lowerBound, a.upperBound, after.bytes, b.lowerBound, b.upperBound) == 0
      }
      return
    }
    let mayBeNull = old.validity != nil || new.validity != nil
    for group in same.indices where same[group] {
      let row = Int(index[group])
      same[group] = before[row] == after[group]
      if mayBeNull, old.isValid(row) != new.isValid(group) { same[group] = false }
    }
  }

  private static func int64s(_ column: ColumnVector) -> [Int64] {
    if case .int64(let values) = column.storage { values } else { [] }
  }
}

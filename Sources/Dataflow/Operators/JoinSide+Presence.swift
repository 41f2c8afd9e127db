import DataModel

/// Which keys of a side have rows, as outer joins ask.
extension JoinSide {
  /// A key of which the sum of weights became positive, or ceased to be.
  struct Turn {
    /// The first entry of the delta with that key.
    let entry: Int32
    let isThere: Bool
  }

  /// Of a delta that was added; `keys` are the records of its entries.
  func turns(_ keys: [Int32]) -> [Turn] {
    Self.turns(
      keys, rows.keys, before: { Int64(bitPattern: self.rows.keys.touched.before[$0 * self.rows.keys.payload + 2]) },
      now: { self.rows.weight(ofKey: $0) })
  }

  /// `before` takes the place of a key among those touched, `now` its record.
  static func turns(
    _ keys: [Int32], _ records: KeyedRecords, before: (Int) -> Int64, now: (Int32) -> Int64
  ) -> [Turn] {
    var seen = [Bool](repeating: false, count: records.touched.records.count)
    var turns: [Turn] = []
    for (entry, record) in keys.enumerated() {
      let touch = records.touchIndex(record)
      guard !seen[touch] else { continue }
      seen[touch] = true
      let isThere = now(record) > 0
      if isThere != (before(touch) > 0) {
        turns.append(Turn(entry: Int32(truncatingIfNeeded: entry), isThere: isThere))
      }
    }
    return turns
  }
}

extension JoinSide.KeyedDelta {
  /// Rows of the delta whose entries are marked as asked, and (on request) those without a key; nil for all rows.
  func rows(where marks: [Bool], are wanted: Bool, withoutKey: Bool) -> [Int32]? {
    guard let selection else {
      if !marks.contains(!wanted) { return nil }
      return marks.indices.filter { marks[$0] == wanted }.map { Int32(truncatingIfNeeded: $0) }
    }
    var isTaken = [Bool](repeating: withoutKey, count: delta.count)
    for (entry, row) in selection.enumerated() { isTaken[Int(row)] = marks[entry] == wanted }
    return isTaken.indices.filter { isTaken[$0] }.map { Int32(truncatingIfNeeded: $0) }
  }

  /// Some of the entries, as a delta of their own.
  func picking(_ entries: [Int32], _ shape: RowShape) throws(EvaluationError) -> Self {
    let rows = entries.map { source($0) }
    return JoinSide.KeyedDelta(
      delta: delta, keyColumns: keyColumns, selection: rows,
      words: try WordRows(keyColumns, shape: shape, selection: rows, count: rows.count))
  }
}

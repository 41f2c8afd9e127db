import DataModel

/// Applies records in order to a table with a PRIMARY KEY: insert overwrites, delete removes by key, update
/// merges the columns it names into a row that exists. The delta is the difference between before and
/// after.
struct Upsert {
  private let columns: [ColumnVector]
  private let kinds: [UInt8]
  private let presence: [UInt64]
  private let key: [Int]

  /// `columns` are the records of all `changes`, one after the other.
  init(columns: [ColumnVector], changes: [ChangeBatch], key: [Int]) {
    self.columns = columns
    self.key = key
    kinds = changes.flatMap(\.kinds)
    if changes.contains(where: { !$0.presence.isEmpty }) {
      presence = changes.flatMap { change in
        change.presence.isEmpty
          ? [UInt64](repeating: ~0, count: change.count * change.presenceWords) : change.presence
      }
    } else {
      presence = []
    }
  }

  func run(_ trace: inout Trace) throws(EvaluationError) -> ColumnBatch? {
    let groups = Grouping(key.map { columns[$0] }, count: kinds.count)
    let found = try trace.uniqueRows(groups.keys)
    let oldBytes = try trace.values(at: found)
    let old = StateRows.decode(oldBytes, trace.layout.value)
    // Rows of `pool`: the old rows, then the records.
    var pool: [ColumnVector] = []
    for column in columns.indices {
      pool.append(try ColumnGather.concatenate([old[column], columns[column]]))
    }
    let outcome = replay(groups, found, oldRows: oldBytes.count)
    let fresh = columns.indices.map { ColumnGather.gather(pool[$0], outcome.sources(of: $0)) }
    return try emit(
      Difference(groups: groups, outcome: outcome, old: old, oldBytes: oldBytes, fresh: fresh), &trace)
  }

  /// What is left of each key after its records.
  private struct Outcome {
    /// A group: its row among the old ones, or -1.
    var oldRow: [Int32] = []
    /// A group: its row among the new ones, or -1.
    var newRow: [Int32] = []
    /// A new row: the pool row it comes from; columns taken from elsewhere are in `patches`.
    var sources: [Int32] = []
    var patches: [(row: Int, column: Int, source: Int32)] = []

    func sources(of column: Int) -> [Int32] {
      var result = sources
      for patch in patches where patch.column == column { result[patch.row] = patch.source }
      return result
    }
  }

  private func replay(_ groups: Grouping, _ found: [TracePosition], oldRows: Int) -> Outcome {
    var outcome = Outcome()
    var nextOld: Int32 = 0
    var patched: [Int32] = []
    for group in 0..<groups.count {
      let before: Int32 = found[group].isPresent ? nextOld : -1
      if before >= 0 { nextOld += 1 }
      var current = before
      patched.removeAll(keepingCapacity: true)
      for position in groups.starts[group]..<groups.starts[group + 1] {
        let record = Int(groups.rows[position])
        let source = Int32(truncatingIfNeeded: oldRows + record)
        switch kinds[record] {
        case ChangeKind.insert.rawValue:
          current = source
          patched.removeAll(keepingCapacity: true)
        case ChangeKind.delete.rawValue:
          current = -1
          patched.removeAll(keepingCapacity: true)
        default:
          if current >= 0 { merge(record, source, base: current, into: &patched) }
        }
      }
      outcome.oldRow.append(before)
      outcome.newRow.append(current >= 0 ? Int32(truncatingIfNeeded: outcome.sources.count) : -1)
      guard current >= 0 else { continue }
      for (column, source) in patched.enumerated() where source != current {
        outcome.patches.append((outcome.sources.count, column, source))
      }
      outcome.sources.append(current)
    }
    return outcome
  }

  private func merge(_ record: Int, _ source: Int32, base: Int32, into patched: inout [Int32]) {
    if patched.isEmpty { patched = [Int32](repeating: base, count: columns.count) }
    let words = (columns.count + 63) / 64
    for column in columns.indices {
      let named = presence.isEmpty || presence[record * words + column >> 6] >> UInt64(column & 63) & 1 == 1
      if named { patched[column] = source }
    }
  }

  private struct Difference {
    let groups: Grouping
    let outcome: Outcome
    let old: [ColumnVector]
    let oldBytes: ByteColumn
    let fresh: [ColumnVector]
  }

  private func emit(_ difference: Difference, _ trace: inout Trace) throws(EvaluationError) -> ColumnBatch? {
    let keys = difference.groups.keys.rows
    let oldBytes = difference.oldBytes
    let newBytes = RowCodec.encode(difference.fresh, count: difference.outcome.sources.count)
    var batch = BatchBuilder(
      reservingRows: keys.count, bytes: keys.bytes.count + newBytes.bytes.count + oldBytes.bytes.count)
    var deletes: [Int32] = []
    var inserts: [Int32] = []
    for group in 0..<keys.count {
      let old = difference.outcome.oldRow[group]
      let new = difference.outcome.newRow[group]
      var order = old < 0 ? 1 : -1
      if old >= 0, new >= 0 {
        let (a, b) = (oldBytes.range(Int(old)), newBytes.range(Int(new)))
        order = ByteOrder.compare(
          oldBytes.bytes, a.lowerBound, a.upperBound, newBytes.bytes, b.lowerBound, b.upperBound)
        if order == 0 { continue }
      }
      if old >= 0 { deletes.append(old) }
      if new >= 0 { inserts.append(new) }
      for isOld in [order < 0, order >= 0] {
        let row = isOld ? old : new
        let values = isOld ? oldBytes : newBytes
        guard row >= 0 else { continue }
        batch.append(
          key: keys.bytes, keys.range(group), value: values.bytes, values.range(Int(row)),
          weight: isOld ? -1 : 1)
      }
    }
    try trace.insert(batch.finish())
    return try ColumnGather.concatenate([
      ColumnBatch(
        columns: ColumnGather.gather(difference.old, deletes),
        weights: [Int64](repeating: -1, count: deletes.count)),
      ColumnBatch(
        columns: ColumnGather.gather(difference.fresh, inserts),
        weights: [Int64](repeating: 1, count: inserts.count)),
    ])
  }
}

import DataModel

/// One input of a join: its key expressions and its rows by key.
///
/// The rows live in records; the trace follows at each flush, and is asked for keys that the records do not know when
/// it holds more than they (after a restart, or when records were evicted).
final class JoinSide {
  let input: NodeID
  let layout: TraceLayout
  private let keys: [CompiledExpression]
  let rows: KeyedRows

  init(_ input: NodeID, keys: [ScalarExpression], types: [ColumnType]) {
    self.input = input
    self.keys = keys.map { CompiledExpression($0) }
    layout = TraceLayout(key: keys.map(\.type.physical), value: types.map(\.physical))
    rows = KeyedRows(keys: layout.key, row: layout.value)
  }

  var usesNow: Bool { keys.contains { $0.usesNow } }

  /// A delta with its keys, without the rows that have a NULL in them.
  struct KeyedDelta {
    let delta: ColumnBatch
    let keyColumns: [ColumnVector]
    /// Rows of the delta that take part; nil for all.
    let selection: [Int32]?
    let words: WordRows
    var count: Int { words.count }

    var weights: [Int64] { selection.map { ColumnGather.pick(delta.weights, $0) } ?? delta.weights }
    func source(_ entry: Int32) -> Int32 { selection.map { $0[Int(entry)] } ?? entry }
  }

  func keyed(_ delta: ColumnBatch, _ now: Int64) throws(EvaluationError) -> KeyedDelta {
    let columns = try keyColumns(delta.columns, delta.count, now)
    let selection = Self.present(columns, delta.count)
    let words = try WordRows(
      columns, shape: rows.keys.shape, selection: selection, count: selection?.count ?? delta.count)
    return KeyedDelta(delta: delta, keyColumns: columns, selection: selection, words: words)
  }

  private func keyColumns(
    _ columns: [ColumnVector], _ count: Int, _ now: Int64
  ) throws(EvaluationError) -> [ColumnVector] {
    var result: [ColumnVector] = []
    for key in keys { result.append(ColumnGather.canonical(try key.evaluate(columns, count: count, now: now))) }
    return result
  }

  /// Rows where all columns are present; nil when that is every row.
  static func present(_ columns: [ColumnVector], _ count: Int) -> [Int32]? {
    let bitmaps = columns.compactMap(\.validity)
    guard var valid = bitmaps.first else { return nil }
    for bitmap in bitmaps.dropFirst() { valid = valid.intersection(bitmap) }
    return (0..<Int32(truncatingIfNeeded: count)).filter { valid[Int($0)] }
  }

  /// The key record of each entry of the other side's delta, -1 for a key without rows.
  func find(_ other: KeyedDelta, cold: Trace?) throws(EvaluationError) -> [Int32] {
    guard other.count > 0 else { return [] }
    guard let cold else { return rows.keys.lookUp(other.words) }
    let records = rows.keys.resolve(other.words)
    try load(other, cold)
    return records
  }

  /// Answers the key record of each entry.
  @discardableResult
  func add(_ own: KeyedDelta, cold: Trace?) throws(EvaluationError) -> [Int32] {
    guard own.count > 0 else { return [] }
    let records = rows.keys.resolve(own.words)
    if let cold { try load(own, cold) }
    let values = try WordRows(
      own.delta.columns.map(ColumnGather.canonical), shape: rows.shape, selection: own.selection, count: own.count)
    try rows.add(records, values, own.weights)
    return records
  }

  /// Fetches the rows of keys that were not known until this step.
  private func load(_ delta: KeyedDelta, _ cold: Trace) throws(EvaluationError) {
    let touched = rows.keys.touched
    let fresh = touched.records.indices.filter {
      touched.isNew[$0] && rows.keys.word(touched.records[$0], 1) == 0
    }
    guard !fresh.isEmpty else { return }
    let sources = fresh.map { delta.source(touched.rows[$0]) }
    let (sorted, order) = try SortedKeys.of(delta.keyColumns, rows: sources)
    let found = try cold.rows(of: sorted)
    if !found.weights.isEmpty {
      let columns = StateRows.decode(found.values, layout.value)
      let records = found.keys.map { touched.records[fresh[Int(order[Int($0)])]] }
      let values = try WordRows(columns, shape: rows.shape, count: records.count)
      try rows.load(records, values, found.weights)
    }
    for index in fresh { rows.noteLoaded(touch: index) }
  }

  /// Brings the trace up to date.
  func flush(_ trace: inout Trace) throws(EvaluationError) {
    let (addresses, weights) = rows.takeChanges()
    for piece in FlushPieces.of(addresses.count, words: { rows.wordCount(addresses[$0]) }) {
      let columns = rows.columns(Array(addresses[piece]))
      // Keys of stored rows do not read NOW(): circuits that live longer than a step have none there.
      let keys = try keyColumns(columns, piece.count, 0)
      try trace.insert(SortedDelta(keys: keys, values: columns, weights: Array(weights[piece])).batch)
    }
    rows.compact()
  }
}

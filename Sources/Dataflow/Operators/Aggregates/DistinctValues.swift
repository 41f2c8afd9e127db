import DataModel

/// The weights of an aggregate's argument values by group, as records: for DISTINCT aggregates.
final class DistinctValues {
  let argument: ScalarExpression
  /// Index of its trace in the operator's state.
  let trace: Int
  private(set) var records: KeyedRecords
  private let type: PhysicalType

  init(argument: ScalarExpression, trace: Int) {
    self.argument = argument
    self.trace = trace
    type = argument.type.physical
    records = KeyedRecords(keys: [.int64, type], payload: 1)
  }

  var sizeBytes: Int { records.sizeBytes }
  func removeAll() { records = KeyedRecords(keys: [.int64, type], payload: 1) }

  /// Takes the delta and tells which (group, value) pairs appeared or went.
  func advance(
    _ groups: KeyedRecords, _ groupColumns: [ColumnVector], _ column: ColumnVector, _ feed: RecordFeed, cold: Trace?
  ) throws(EvaluationError) -> RecordFeed {
    let present = JoinSide.present([column], feed.records.count)
    let numbers = ColumnVector(.int64(feed.records.map { Int64($0) }))
    let rows = try WordRows(
      [numbers, column], shape: records.shape, selection: present, count: present?.count ?? feed.records.count)
    let values = records.resolve(rows)
    if let cold { try load(groupColumns, column, present, cold) }
    let own = RecordFeed(
      records: values, rows: nil, weights: present.map { ColumnGather.pick(feed.weights, $0) } ?? feed.weights)
    guard records.addWeights(own, present: nil, word: 0) else {
      throw EvaluationError(.weightOverflow, "weight overflow of a distinct value")
    }
    return try transitions(groups, feed, present)
  }

  private func load(
    _ groupColumns: [ColumnVector], _ column: ColumnVector, _ present: [Int32]?, _ cold: Trace
  ) throws(EvaluationError) {
    let touched = records.touched
    let fresh = touched.records.indices.filter { touched.isNew[$0] }
    guard !fresh.isEmpty else { return }
    let sources = fresh.map { index in present.map { $0[Int(touched.rows[index])] } ?? touched.rows[index] }
    let delta = try SortedDelta(
      keys: groupColumns, values: [column], weights: [Int64](repeating: 1, count: column.count), rows: sources)
    let weights = try cold.weights(of: delta.batch)
    var places: [Int32: Int] = [:]
    for (index, source) in zip(fresh, sources) { places[source] = index }
    for (row, source) in delta.sources.enumerated() where weights[row] != 0 {
      if let index = places[source] { records.load(touch: index, [UInt64(bitPattern: weights[row])]) }
    }
  }

  private func transitions(
    _ groups: KeyedRecords, _ feed: RecordFeed, _ present: [Int32]?
  ) throws(EvaluationError) -> RecordFeed {
    var result = RecordFeed(records: [], rows: [], weights: [])
    var rows: [Int32] = []
    let touched = records.touched
    for index in touched.records.indices {
      let before = Int64(bitPattern: touched.before[index])
      let after = Int64(bitPattern: records.word(touched.records[index], 0))
      let source = present.map { $0[Int(touched.rows[index])] } ?? touched.rows[index]
      let group = feed.records[Int(source)]
      if (before == 0) != (after == 0) {
        let kept = groups.word(group, 1)
        groups.setWord(group, 1, after == 0 ? kept &- 1 : kept &+ 1)
      }
      guard (before > 0) != (after > 0) else { continue }
      result.records.append(group)
      rows.append(source)
      result.weights.append(after > 0 ? 1 : -1)
    }
    result.rows = rows
    return result
  }

  /// Forgets the values of groups of which a key column lies below the bound.
  func forget(_ groups: KeyedRecords, column: Int, below bound: Int64) {
    var gone: [Int32] = []
    records.eachRecord { record in
      let group = Int32(truncatingIfNeeded: records.keyInt64(record, column: 0))
      if groups.hasKey(group, column: column, below: bound) { gone.append(record) }
    }
    records.forget(gone)
  }

  func flush(_ groups: KeyedRecords, _ cold: inout Trace) throws(EvaluationError) {
    let changes = records.changes()
    func group(_ record: Int32) -> Int32 { Int32(truncatingIfNeeded: records.keyInt64(record, column: 0)) }
    let words = { (index: Int) in
      self.records.keyWords(changes.records[index]) + groups.keyWords(group(changes.records[index]))
    }
    for piece in FlushPieces.of(changes.records.count, words: words) {
      let keys = records.keyColumns(Array(changes.records[piece]))
      guard case .int64(let numbers) = keys[0].storage else { return }
      let weights = piece.map {
        Int64(bitPattern: changes.after[$0]) &- Int64(bitPattern: changes.before[$0])
      }
      let groupColumns = groups.keyColumns(numbers.map { Int32(truncatingIfNeeded: $0) })
      try cold.insert(SortedDelta(keys: groupColumns, values: [keys[1]], weights: weights).batch)
    }
    records.flushed()
  }
}

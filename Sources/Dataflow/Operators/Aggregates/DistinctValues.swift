import DataModel

/// The weights of argument values by group, as records: for DISTINCT aggregates.
///
/// Calls over the same value under several filters are members of one set: a value is a record with one weight a
/// member, and each member has a trace of its own.
final class DistinctValues {
  struct Member {
    let argument: ScalarExpression
    /// Rows whose mask has this bit take part.
    let bit: UInt64
    /// Index of its trace in the operator's state.
    let trace: Int
  }

  let value: ScalarExpression
  private let compiled: CompiledExpression
  private(set) var members: [Member] = []
  private(set) var records: KeyedRecords
  private let type: PhysicalType

  init(value: ScalarExpression) {
    self.value = value
    compiled = CompiledExpression(value)
    type = value.type.physical
    records = KeyedRecords(keys: [.int64, type], payload: 1)
  }

  /// Before the first step; answers its number.
  func add(_ member: Member) -> Int {
    members.append(member)
    removeAll()
    return members.count - 1
  }

  var usesNow: Bool { compiled.usesNow }
  var sizeBytes: Int { records.sizeBytes }
  func removeAll() { records = KeyedRecords(keys: [.int64, type], payload: members.count) }

  /// What a step does to a set.
  struct Change {
    let column: ColumnVector
    /// For each member the (group, value) pairs that appeared or went.
    let feeds: [RecordFeed]
  }

  /// Takes the rows of `delta`, whose groups are the records of `feed`.
  func advance(
    _ delta: ColumnBatch, masks: [UInt64], groups: (records: KeyedRecords, columns: [ColumnVector]),
    _ feed: RecordFeed, cold: (traces: [Trace]?, now: Int64)
  ) throws(EvaluationError) -> Change {
    let column = ColumnGather.canonical(
      try compiled.evaluate(delta.columns, count: delta.count, now: cold.now))
    let chosen = rows(of: column, masks, delta.count)
    let numbers = ColumnVector(.int64(feed.records.map { Int64($0) }))
    let words = try WordRows(
      [numbers, column], shape: records.shape, selection: chosen, count: chosen?.count ?? delta.count)
    let values = records.resolve(words)
    if let traces = cold.traces { try load(groups.columns, column, chosen, traces) }
    let own = RecordFeed(
      records: values, rows: chosen, weights: chosen.map { ColumnGather.pick(feed.weights, $0) } ?? feed.weights)
    let targets = members.enumerated().map { (bit: $1.bit, word: $0) }
    guard records.addWeights(own, masks: masks, targets) else {
      throw EvaluationError(.weightOverflow, "weight overflow of a distinct value")
    }
    return Change(column: column, feeds: transitions(groups.records, feed, chosen))
  }

  /// Rows with a value that some member takes; nil for all.
  private func rows(of column: ColumnVector, _ masks: [UInt64], _ count: Int) -> [Int32]? {
    let present = JoinSide.present([column], count)
    let bits = members.reduce(0) { $0 | $1.bit }
    if bits & FilteredCalls.always != 0 { return present }
    return (present ?? RowNumbers.all(count)).filter { masks[Int($0)] & bits != 0 }
  }

  private func load(
    _ groupColumns: [ColumnVector], _ column: ColumnVector, _ chosen: [Int32]?, _ traces: [Trace]
  ) throws(EvaluationError) {
    let touched = records.touched
    let fresh = touched.records.indices.filter { touched.isNew[$0] }
    guard !fresh.isEmpty else { return }
    let sources = fresh.map { index in chosen.map { $0[Int(touched.rows[index])] } ?? touched.rows[index] }
    let delta = try SortedDelta(
      keys: groupColumns, values: [column], weights: [Int64](repeating: 1, count: column.count), rows: sources)
    var places: [Int32: Int] = [:]
    for (index, source) in zip(fresh, sources) { places[source] = index }
    var found = [UInt64](repeating: 0, count: delta.sources.count * members.count)
    for (number, member) in members.enumerated() {
      for (row, weight) in try traces[member.trace].weights(of: delta.batch).enumerated() {
        found[row * members.count + number] = UInt64(bitPattern: weight)
      }
    }
    for (row, source) in delta.sources.enumerated() {
      let words = Array(found[row * members.count..<(row + 1) * members.count])
      if words.contains(where: { $0 != 0 }), let index = places[source] { records.load(touch: index, words) }
    }
  }

  private func transitions(_ groups: KeyedRecords, _ feed: RecordFeed, _ chosen: [Int32]?) -> [RecordFeed] {
    let touched = records.touched
    let stride = members.count
    let after = records.touchedPayloads()
    let sources = chosen.map { ColumnGather.pick($0, touched.rows) } ?? touched.rows
    for index in touched.records.indices {
      var was: UInt64 = 0
      var isNow: UInt64 = 0
      for word in index &* stride..<(index &+ 1) &* stride {
        was |= touched.before[word]
        isNow |= after[word]
      }
      guard (was == 0) != (isNow == 0) else { continue }
      let group = feed.records[Int(sources[index])]
      groups.setWord(group, 1, isNow == 0 ? groups.word(group, 1) &- 1 : groups.word(group, 1) &+ 1)
    }
    return members.indices.map { member in
      var owners: [Int32] = []
      var rows: [Int32] = []
      var weights: [Int64] = []
      for index in touched.records.indices {
        let old = Int64(bitPattern: touched.before[index &* stride &+ member])
        let new = Int64(bitPattern: after[index &* stride &+ member])
        guard (old > 0) != (new > 0) else { continue }
        owners.append(feed.records[Int(sources[index])])
        rows.append(sources[index])
        weights.append(new > 0 ? 1 : -1)
      }
      return RecordFeed(records: owners, rows: rows, weights: weights)
    }
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

  func flush(_ groups: KeyedRecords, _ traces: inout [Trace]) throws(EvaluationError) {
    let changes = records.changes()
    let stride = members.count
    func group(_ record: Int32) -> Int32 { Int32(truncatingIfNeeded: records.keyInt64(record, column: 0)) }
    for (number, member) in members.enumerated() {
      let own = changes.records.indices.filter {
        changes.after[$0 &* stride &+ number] != changes.before[$0 &* stride &+ number]
      }
      let words = { (index: Int) in
        self.records.keyWords(changes.records[own[index]]) + groups.keyWords(group(changes.records[own[index]]))
      }
      for piece in FlushPieces.of(own.count, words: words) {
        let keys = records.keyColumns(own[piece].map { changes.records[$0] })
        guard case .int64(let numbers) = keys[0].storage else { return }
        let weights = own[piece].map { index in
          Int64(bitPattern: changes.after[index &* stride &+ number])
            &- Int64(bitPattern: changes.before[index &* stride &+ number])
        }
        let groupColumns = groups.keyColumns(numbers.map { Int32(truncatingIfNeeded: $0) })
        try traces[member.trace].insert(
          SortedDelta(keys: groupColumns, values: [keys[1]], weights: weights).batch)
      }
    }
    records.flushed()
  }
}

import DataModel

/// The groups of one GROUP BY as records, and their rows in a trace.
final class GroupRecords {
  let accumulators: [Accumulator]
  /// Columns of an accumulator row.
  let types: [PhysicalType]
  private(set) var records: KeyedRecords
  private var heap = AccumulatorHeap()
  /// Those of `accumulators` that keep something in the heap.
  private let heapKept: [Accumulator]
  private let keyTypes: [PhysicalType]
  private let payload: Int

  /// Payload word 0 is the group's weight, word 1 the number of distinct values that are kept for it; then come the
  /// words of `RankedValues`. A group that may have more distinct values in a trace counts this many more.
  static let unknownValues: UInt64 = 1 << 40

  static let firstRanked = 2
  private let ranked: Int

  /// `ranked`: how many calls have their values in `RankedValues`.
  init(keys: [PhysicalType], calls: [AggregateCall], ranked: Int) {
    keyTypes = keys
    self.ranked = ranked
    var types: [PhysicalType] = [.int64]
    var words = Self.firstRanked + ranked
    let accumulators = calls.map { call in
      let accumulator = Accumulator(call, first: types.count, firstWord: words)
      types += accumulator.types
      words += accumulator.wordCount
      return accumulator
    }
    self.accumulators = accumulators
    heapKept = accumulators.filter {
      $0.kind == .floatSum || $0.kind == .extreme && $0.argumentType == .bytes
    }
    self.types = types
    payload = words
    records = KeyedRecords(keys: keys, payload: words, keepsZeros: keys.isEmpty)
  }

  var isEmpty: Bool { records.count == 0 }
  var sizeBytes: Int { records.sizeBytes + heap.sizeBytes }

  var wantsFlush: Bool { heap.isWasteful || records.isWasteful }

  func removeAll() {
    records = KeyedRecords(keys: keyTypes, payload: payload, keepsZeros: keyTypes.isEmpty)
    heap = AccumulatorHeap()
  }

  /// The record of each row; at least one record is touched where there are no group columns.
  func resolve(
    _ columns: [ColumnVector], count: Int, cold: Trace?
  ) throws(EvaluationError) -> [Int32] {
    let rows = try WordRows(columns, shape: records.shape, count: columns.isEmpty ? max(count, 1) : count)
    let resolved = records.resolve(rows)
    if let cold {
      try load(columns, cold)
      for (index, record) in records.touched.records.enumerated() where records.touched.isNew[index] {
        records.setWord(record, 1, Self.unknownValues)
      }
    }
    return columns.isEmpty ? Array(resolved.prefix(count)) : resolved
  }

  /// Gives records that were made just now the payload that the trace knows.
  private func load(_ columns: [ColumnVector], _ cold: Trace) throws(EvaluationError) {
    let touched = records.touched
    let fresh = touched.records.indices.filter { touched.isNew[$0] }
    guard !fresh.isEmpty else { return }
    let keys: SortedKeys
    var order: [Int]
    if columns.isEmpty {
      keys = Grouping(oneGroupOf: 0).keys
      order = fresh
    } else {
      let (sorted, places) = try SortedKeys.of(columns, rows: fresh.map { touched.rows[$0] })
      keys = sorted
      order = places.map { fresh[Int($0)] }
    }
    let found = try cold.uniqueRows(keys)
    let rows = StateRows.decode(try cold.values(at: found), types)
    var next = 0
    for (index, position) in found.enumerated() where position.isPresent {
      var words = [Self.int64(rows[0], next), Self.unknownValues] + [UInt64](repeating: 0, count: ranked)
      for accumulator in accumulators { words += accumulator.words(rows, next, heap) }
      records.load(touch: order[index], words)
      next += 1
    }
  }

  private static func int64(_ column: ColumnVector, _ row: Int) -> UInt64 {
    if case .int64(let values) = column.storage { UInt64(bitPattern: values[row]) } else { 0 }
  }

  /// Forgets groups of which a key column lies below the bound.
  func forget(column: Int, below bound: Int64) {
    var gone: [Int32] = []
    records.eachRecord { record in
      if records.hasKey(record, column: column, below: bound) { gone.append(record) }
    }
    records.forget(gone)
  }

  // MARK: a step

  func addWeights(_ feed: RecordFeed) throws(EvaluationError) {
    guard records.addWeights(feed, present: nil, word: 0) else {
      throw EvaluationError(.weightOverflow, "weight overflow in a group")
    }
  }

  /// Counts the rows whose masks have an accumulator's bit.
  func count(
    _ feed: RecordFeed, masks: [UInt64], _ targets: [(bit: UInt64, word: Int)]
  ) throws(EvaluationError) {
    guard records.addWeights(feed, masks: masks, targets) else {
      throw EvaluationError(.weightOverflow, "weight overflow in COUNT")
    }
  }

  func update(
    _ accumulator: Accumulator, _ feed: RecordFeed, _ column: ColumnVector
  ) throws(EvaluationError) {
    try accumulator.update(records, feed, column, heap)
  }

  /// Takes the extremes of groups.
  func setExtremes(_ accumulator: Accumulator, _ values: any ExtremeValues, _ changed: [Int32]) {
    for record in changed {
      for (word, value) in values.words(records, record).enumerated() {
        records.setWord(record, accumulator.firstWord + word, value)
      }
    }
  }

  /// Takes the extremes of groups from an arrangement.
  func setExtremes(
    _ accumulator: Accumulator, _ change: GroupedChange, _ state: OperatorState
  ) throws(EvaluationError) {
    let prior = columns(records.touched.before)[accumulator.first]
    let index = change.records.map { Int32(truncatingIfNeeded: records.touchIndex($0)) }
    let values = try change.extremes(state, prior: prior, index: index, greatest: accumulator.greatest)
    for (group, record) in change.records.enumerated() {
      if accumulator.argumentType == .bytes {
        let old = records.word(record, accumulator.firstWord) != 0 ? records.word(record, accumulator.firstWord + 1) : 0
        if old != 0, heap.isText(old, values, group) { continue }
        if old != 0 { heap.freeText(old) }
      }
      for (word, value) in accumulator.extremeWords(values, group, heap).enumerated() {
        records.setWord(record, accumulator.firstWord + word, value)
      }
    }
  }

  /// Accumulator rows of payloads.
  private func columns(_ words: [UInt64]) -> [ColumnVector] {
    let count = words.count / payload
    let weights = (0..<count).map { Int64(bitPattern: words[$0 &* payload]) }
    return [ColumnVector(.int64(weights))]
      + accumulators.flatMap { $0.columns(words, stride: payload, heap) }
  }

  /// Old rows out, new rows in, where they differ.
  func output(_ groupColumns: [ColumnVector], always: Bool) throws(EvaluationError) -> ColumnBatch? {
    let touched = records.touched
    let change = AccumulatorChange(
      old: columns(touched.before), new: columns(records.touchedPayloads()), isNew: touched.isNew)
    return try change.output(groupColumns, rows: touched.rows, accumulators, always: always)
  }

  // MARK: following behind

  /// A row that is zero in every column is not kept, unless it is the one without groups.
  func flush(_ trace: inout Trace) throws(EvaluationError) {
    let changes = records.changes()
    let keepZeros = keyTypes.isEmpty
    let words = { (index: Int) in
      let own = index &* self.payload
      return 2 * (self.records.keyWords(changes.records[index]) + self.payload)
        + self.heapWords(changes.before, at: own) + self.heapWords(changes.after, at: own)
    }
    for piece in FlushPieces.of(changes.records.count, words: words) {
      let range = piece.lowerBound * payload..<piece.upperBound * payload
      let old = columns(Array(changes.before[range]))
      let new = columns(Array(changes.after[range]))
      let isOld = zip(changes.existed[piece], isKept(old, keepZeros)).map { $0 && $1 }
      let isNew = isKept(new, keepZeros)
      let deletes = isOld.indices.filter { isOld[$0] }.map { Int32(truncatingIfNeeded: $0) }
      let inserts = isNew.indices.filter { isNew[$0] }.map { Int32(truncatingIfNeeded: $0) }
      let keys = records.keyColumns(Array(changes.records[piece]))
      var values: [ColumnVector] = []
      for index in old.indices {
        values.append(
          try ColumnGather.concatenate([
            ColumnGather.gather(old[index], deletes), ColumnGather.gather(new[index], inserts),
          ]))
      }
      let weights = [Int64](repeating: -1, count: deletes.count) + [Int64](repeating: 1, count: inserts.count)
      try trace.insert(
        SortedDelta(keys: ColumnGather.gather(keys, deletes + inserts), values: values, weights: weights).batch)
    }
    records.flushed()
    if heap.isWasteful { heap.compact(records, accumulators) }
  }

  /// Words that the sums and texts of a payload have outside of it.
  private func heapWords(_ words: [UInt64], at first: Int) -> Int {
    var count = 0
    for accumulator in heapKept {
      let at = first &+ accumulator.firstWord
      if accumulator.kind == .floatSum {
        count += heap.sumWords(words[at &+ 1])
      } else if words[at] != 0 {
        count += heap.textWords(words[at &+ 1])
      }
    }
    return count
  }

  /// Whether each row has anything that is not as in a group that is not there.
  private func isKept(_ columns: [ColumnVector], _ keepZeros: Bool) -> [Bool] {
    var kept = [Bool](repeating: keepZeros, count: columns[0].count)
    if keepZeros { return kept }
    let extremes = Set(accumulators.filter { $0.kind == .extreme }.map(\.first))
    for (index, column) in columns.enumerated() {
      for row in kept.indices where !kept[row] {
        if extremes.contains(index) {
          kept[row] = column.isValid(row)
          continue
        }
        switch column.storage {
        case .int64(let values): kept[row] = values[row] != 0
        case .int128(let values): kept[row] = values[row] != 0
        case .float64: break
        case .bytes(let values): kept[row] = !values.range(row).isEmpty
        }
      }
    }
    return kept
  }
}

import DataModel

/// The values of an aggregate's argument by group, for MIN or MAX where rows may be deleted.
protocol ExtremeValues: AnyObject {
  var argument: ScalarExpression { get }
  var greatest: Bool { get }
  /// Index of its trace in the operator's state.
  var trace: Int { get }
  var layout: TraceLayout { get }
  var sizeBytes: Int { get }
  /// Takes a step's rows; answers the groups whose extreme may be another one.
  func advance(
    _ groups: KeyedRecords, _ column: ColumnVector, _ feed: RecordFeed, _ cold: inout Trace
  ) throws(EvaluationError) -> [Int32]
  /// The payload words of a group's extreme: [present][value].
  func words(_ groups: KeyedRecords, _ record: Int32) -> [UInt64]
  /// Before the groups' records are committed.
  func commit(_ groups: KeyedRecords)
  func rollBack()
  /// Before the groups' records are flushed.
  func flush(_ groups: KeyedRecords, _ cold: inout Trace) throws(EvaluationError)
  /// Forgets the groups of which a key column lies below the bound; before their records go.
  func forget(_ groups: KeyedRecords, column: Int, below bound: Int64)
  func removeAll(isComplete: Bool)
}

/// A group's record holds the number of its region + 1 in a payload word. The trace has the ranks by group.
final class RankedValues<Rank: ExtremeRank>: ExtremeValues {
  let argument: ScalarExpression
  let greatest: Bool
  let trace: Int
  let layout: TraceLayout
  private let word: Int
  private let type: PhysicalType

  private var regions: [ExtremeRegion<Rank>] = []
  private var free: [Int32] = []
  /// Regions touched since the last flush, and others.
  private var dirty: [Int32] = []
  /// Changes of values that no region holds.
  private var log = ExtremeLog<Rank>()
  /// Whether a group without a region has no values in the trace.
  private var isComplete = true

  // What the step has touched, for taking it back.
  private var touched: [Int32] = []
  /// The regions before the step; nil for those it made.
  private var before: [ExtremeRegion<Rank>?] = []
  private var logMark = 0
  /// The log of earlier steps, when this step has put it into the trace.
  private var settled: ExtremeLog<Rank>?

  private static var logMax: Int { 65_536 }
  private static var loadedMin: Int { 64 }

  init(argument: ScalarExpression, greatest: Bool, keys: [PhysicalType], word: Int, trace: Int) {
    self.argument = argument
    self.greatest = greatest
    self.trace = trace
    self.word = word
    type = argument.type.physical
    layout = TraceLayout(key: keys, value: [Rank.physical])
  }

  private var entryCount = 0
  var sizeBytes: Int {
    regions.count * MemoryLayout<ExtremeRegion<Rank>>.stride
      + entryCount * MemoryLayout<ExtremeRegion<Rank>.Entry>.stride * 3 / 2 + log.sizeBytes
  }

  // MARK: a step

  // Called through an existential: without this the loop would run for any rank, by metadata.
  @_specialize(where Rank == Int64)
  func advance(
    _ groups: KeyedRecords, _ column: ColumnVector, _ feed: RecordFeed, _ cold: inout Trace
  ) throws(EvaluationError) -> [Int32] {
    let ranks = Rank.ranks(of: ExtremeRanks.vector(column, greatest: greatest))
    for entry in feed.records.indices where column.isValid(entry) {
      let weight = feed.weights[entry]
      guard weight != 0 else { continue }
      let record = feed.records[entry]
      let id = region(of: record, groups)
      if !regions[id].isTouched { touch(id, before: regions[id]) }
      guard regions[id].holds(ranks[entry]) else {
        note(id, ranks[entry], weight)
        continue
      }
      let count = regions[id].entries.count
      guard let untold = regions[id].add(ranks[entry], weight) else {
        throw EvaluationError(.weightOverflow, "weight overflow of a value")
      }
      if untold != 0 { note(id, ranks[entry], 0 &- untold) }
      entryCount += regions[id].entries.count - count
      if regions[id].entries.count > ExtremeRegion<Rank>.entriesMax { trim(id) }
    }
    if log.count >= Self.logMax { try settle(groups, &cold) }
    try refill(groups, &cold)
    return touched.map { regions[Int($0)].record }
  }

  private func region(of record: Int32, _ groups: KeyedRecords) -> Int {
    let number = groups.word(record, word)
    if number != 0 { return Int(truncatingIfNeeded: number) - 1 }
    let fresh = ExtremeRegion<Rank>(record: record, isComplete: isComplete)
    let id: Int
    if let last = free.popLast() {
      id = Int(last)
      regions[id] = fresh
    } else {
      id = regions.count
      regions.append(fresh)
    }
    groups.setWord(record, word, UInt64(id + 1))
    touch(id, before: nil)
    return id
  }

  private func touch(_ id: Int, before region: ExtremeRegion<Rank>?) {
    before.append(region)
    touched.append(Int32(truncatingIfNeeded: id))
    regions[id].isTouched = true
    guard !regions[id].isDirty else { return }
    regions[id].isDirty = true
    dirty.append(Int32(truncatingIfNeeded: id))
  }

  private func trim(_ id: Int) {
    let gone = regions[id].trim()
    entryCount -= gone.count
    for entry in gone where entry.weight != entry.flushed {
      // Both are sums that did not overflow; of one sign or of a value that is there less often than deleted.
      note(id, entry.rank, entry.weight &- entry.flushed)
    }
  }

  private func note(_ id: Int, _ rank: Rank, _ weight: Int64) {
    log.append(regions[id].record, rank, weight)
    regions[id].isLogged = true
  }

  /// Regions that have nothing left, while the trace may have more, get the next values from there.
  private func refill(_ groups: KeyedRecords, _ cold: inout Trace) throws(EvaluationError) {
    let dry = touched.filter { !regions[Int($0)].isComplete && regions[Int($0)].best == nil }
    guard !dry.isEmpty else { return }
    if log.count > 0 { try settle(groups, &cold) }
    let columns = groups.keyColumns(dry.map { regions[Int($0)].record })
    let all = dry.indices.map { Int32(truncatingIfNeeded: $0) }
    // Without group columns there is one group.
    let (keys, order) =
      columns.isEmpty ? (Grouping(oneGroupOf: 0).keys, all) : try SortedKeys.of(columns, rows: all)
    let bytes = keys.rows.bytes
    var seeker = MergeCursor(seeking: cold.runs)
    for (place, entry) in order.enumerated() {
      let id = Int(dry[Int(entry)])
      guard let known = regions[id].known else {
        try seeker.seek(keys[place], in: bytes)
        try extend(id, &seeker, keys[place], bytes)
        continue
      }
      guard known < Rank.max else {
        regions[id].extend([], [], isLast: true)
        continue
      }
      let low = Array(bytes[keys[place].range]) + RowCodec.encode([(known + 1).value], physical: layout.value)
      var cursor = try MergeCursor(cold.runs, from: low, keeping: true)
      try extend(id, &cursor, keys[place], bytes)
    }
  }

  private func extend(
    _ id: Int, _ cursor: inout MergeCursor, _ key: SeekKey, _ bytes: [UInt8]
  ) throws(EvaluationError) {
    var rows = RowAppender(reservingRows: 0, bytes: 0)
    var weights: [Int64] = []
    var isFound = false
    var isLast = true
    while let (batch, row, weight) = try cursor.next(), batch.hasKey(row, key, bytes) {
      let range = batch.valueRange(row)
      rows.append(batch.rows.bytes, range.lowerBound, range.upperBound)
      weights.append(weight)
      isFound = isFound || weight > 0
      if isFound, weights.count >= Self.loadedMin {
        isLast = false
        break
      }
    }
    let ranks = Rank.ranks(of: StateRows.decode(rows.finish(), layout.value)[0])
    regions[id].extend(ranks, weights, isLast: isLast)
    entryCount += ranks.count
  }

  @_specialize(where Rank == Int64)
  func words(_ groups: KeyedRecords, _ record: Int32) -> [UInt64] {
    let number = Int(truncatingIfNeeded: groups.word(record, word))
    if number > 0, let best = regions[number - 1].best {
      return [1] + ExtremeRanks.words(best, of: type, greatest: greatest)
    }
    return [UInt64](repeating: 0, count: type == .int128 ? 3 : 2)
  }

  // MARK: the end of a step

  @_specialize(where Rank == Int64)
  func commit(_ groups: KeyedRecords) {
    for id in touched {
      regions[Int(id)].isTouched = false
      drop(Int(id), groups)
    }
    endStep()
  }

  /// Frees a region that says nothing.
  private func drop(_ id: Int, _ groups: KeyedRecords) {
    let region = regions[id]
    guard region.entries.isEmpty, region.isComplete, !region.isLogged else { return }
    groups.setWord(region.record, word, 0)
    release(id)
  }

  private func release(_ id: Int) {
    entryCount -= regions[id].entries.count
    regions[id] = ExtremeRegion(record: -1, isComplete: true)
    free.append(Int32(truncatingIfNeeded: id))
  }

  func rollBack() {
    for (index, id) in touched.enumerated().reversed() {
      guard let region = before[index] else {
        release(Int(id))
        continue
      }
      entryCount += region.entries.count - regions[Int(id)].entries.count
      regions[Int(id)] = region
    }
    if let settled { log = settled } else { log.cut(to: logMark) }
    endStep()
  }

  private func endStep() {
    touched.removeAll(keepingCapacity: true)
    before.removeAll(keepingCapacity: true)
    settled = nil
    logMark = log.count
  }

  // MARK: following behind

  private func settle(_ groups: KeyedRecords, _ cold: inout Trace) throws(EvaluationError) {
    try log.insert(into: &cold, groups)
    if settled == nil {
      settled = log
      settled?.cut(to: logMark)
    }
    log.removeAll()
  }

  @_specialize(where Rank == Int64)
  func flush(_ groups: KeyedRecords, _ cold: inout Trace) throws(EvaluationError) {
    var changes = log
    // A step that was taken back leaves regions here that come again later.
    dirty = Set(dirty).filter { regions[Int($0)].isDirty }.sorted()
    for id in dirty {
      let region = regions[Int(id)]
      for entry in region.entries where entry.weight != entry.flushed {
        changes.append(region.record, entry.rank, entry.weight &- entry.flushed)
      }
    }
    try changes.insert(into: &cold, groups)
    log.removeAll()
    logMark = 0
    for id in dirty {
      regions[Int(id)].noteFlushed()
      drop(Int(id), groups)
    }
    dirty.removeAll(keepingCapacity: true)
  }

  func forget(_ groups: KeyedRecords, column: Int, below bound: Int64) {
    log.remove { groups.hasKey($0, column: column, below: bound) }
    logMark = log.count
    for id in regions.indices where regions[id].record >= 0 {
      if groups.hasKey(regions[id].record, column: column, below: bound) { release(id) }
    }
  }

  func removeAll(isComplete: Bool) {
    self.isComplete = isComplete
    regions = []
    free = []
    dirty = []
    entryCount = 0
    log = ExtremeLog()
    endStep()
  }
}

import DataModel

/// The rows of a table with a PRIMARY KEY, one a key, as records.
///
/// Applies changes in order: insert overwrites, delete removes by key, update merges the columns it names into a row
/// that exists. The delta is the difference between before and after.
final class KeyedTable {
  let key: [Int]
  private let keyTypes: [PhysicalType]
  private let types: [PhysicalType]
  /// Payload: the address of the row; 0 or `gone` for none.
  private var records: KeyedRecords
  private var rows: RowStore
  /// Rows that are not needed when the step is kept.
  private var replaced: [UInt64] = []
  /// A key that is gone, but that a trace may still hold.
  private static let gone = UInt64.max

  init(_ types: [PhysicalType], key: [Int]) {
    self.types = types
    self.key = key
    keyTypes = key.map { types[$0] }
    records = KeyedRecords(keys: keyTypes, payload: 1, isTracked: false)
    rows = RowStore(types)
  }

  var sizeBytes: Int { records.sizeBytes + rows.sizeBytes }

  func removeAll() {
    records = KeyedRecords(keys: keyTypes, payload: 1, isTracked: false)
    rows = RowStore(types)
    replaced.removeAll()
  }

  func commit() {
    for address in replaced { rows.free(address) }
    replaced.removeAll(keepingCapacity: true)
    records.commit()
    guard rows.isWasteful else { return }
    rows.compact { moved in
      records.rewriteWord(0) { $0 == 0 || $0 == Self.gone ? $0 : moved($0) }
    }
  }

  func rollBack() {
    replaced.removeAll(keepingCapacity: true)
    records.rollBack()
  }

  /// `columns` are the records of all `changes`, one after the other. `cold` is the table's trace where the records may
  /// not know all keys.
  func apply(
    _ columns: [ColumnVector], _ changes: [ChangeBatch], cold: Trace?
  ) throws(EvaluationError) -> ColumnBatch? {
    let kinds = changes.flatMap(\.kinds)
    let keys = key.map { columns[$0] }
    let words = try WordRows(keys, shape: records.shape, count: kinds.count)
    let owners = records.resolve(words)
    if let cold { try load(keys, cold) }
    var replay = UpsertReplay(
      columns: columns.count, kinds: kinds, presence: Self.presence(changes),
      existing: records.touched.before.map { $0 != 0 && $0 != Self.gone })
    for (record, owner) in owners.enumerated() { replay.take(record, key: records.touchIndex(owner)) }
    return try emit(columns, replay, keepsGone: cold != nil)
  }

  private static func presence(_ changes: [ChangeBatch]) -> [UInt64] {
    guard changes.contains(where: { !$0.presence.isEmpty }) else { return [] }
    return changes.flatMap { change in
      change.presence.isEmpty
        ? [UInt64](repeating: ~0, count: change.count * change.presenceWords) : change.presence
    }
  }

  private func load(_ keys: [ColumnVector], _ cold: Trace) throws(EvaluationError) {
    let touched = records.touched
    let fresh = touched.records.indices.filter { touched.isNew[$0] }
    guard !fresh.isEmpty else { return }
    let (sorted, order) = try SortedKeys.of(keys, rows: fresh.map { touched.rows[$0] })
    let found = try cold.uniqueRows(sorted)
    let columns = StateRows.decode(try cold.values(at: found), types)
    let present = order.indices.filter { found[$0].isPresent }
    let stored = try WordRows(columns, shape: rows.shape, count: present.count)
    for (entry, index) in present.enumerated() {
      records.load(touch: fresh[Int(order[index])], [rows.keep(stored, entry)])
    }
  }

  /// The keys of these rows are as they were before the step.
  func takeBack(_ delta: ColumnBatch) throws(EvaluationError) {
    let words = try WordRows(key.map { delta.columns[$0] }, shape: records.shape, count: delta.count)
    var kept = Set<UInt64>()
    for record in records.lookUp(words) where record >= 0 {
      let before = records.touched.before[records.touchIndex(record)]
      let now = records.word(record, 0)
      if now != before, now != 0, now != Self.gone { rows.free(now) }
      records.setWord(record, 0, before)
      kept.insert(before)
    }
    replaced.removeAll { kept.contains($0) }
  }

  private func emit(
    _ columns: [ColumnVector], _ replay: UpsertReplay, keepsGone: Bool
  ) throws(EvaluationError) -> ColumnBatch? {
    let touched = records.touched
    // Old rows, then the records: what new rows are made of.
    let oldKeys = replay.existing.indices.filter { replay.existing[$0] }
    let old = rows.columns(oldKeys.map { touched.before[$0] })
    let changed = touched.records.indices.filter { replay.isChanged($0) }
    let kept = changed.filter { replay.current[$0] != UpsertReplay.absent }
    let fresh = try newColumns(columns, old, oldKeys, replay, kept)
    let words = try WordRows(fresh, shape: rows.shape, count: kept.count)
    var placeOfOld = [Int32](repeating: -1, count: touched.records.count)
    for (place, index) in oldKeys.enumerated() { placeOfOld[index] = Int32(truncatingIfNeeded: place) }
    var deletes: [Int32] = []
    var inserts: [Int32] = []
    for (entry, index) in kept.enumerated() {
      let record = touched.records[index]
      if replay.existing[index] {
        if rows.isEqual(touched.before[index], words, entry) { continue }
        deletes.append(placeOfOld[index])
        replaced.append(touched.before[index])
      }
      inserts.append(Int32(truncatingIfNeeded: entry))
      records.setWord(record, 0, rows.keep(words, entry))
    }
    for index in changed where replay.current[index] == UpsertReplay.absent {
      deletes.append(placeOfOld[index])
      replaced.append(touched.before[index])
      records.setWord(touched.records[index], 0, keepsGone ? Self.gone : 0)
    }
    return try ColumnGather.concatenate([
      ColumnBatch(
        columns: ColumnGather.gather(old, deletes), weights: [Int64](repeating: -1, count: deletes.count)),
      ColumnBatch(
        columns: ColumnGather.gather(fresh, inserts), weights: [Int64](repeating: 1, count: inserts.count)),
    ])
  }

  /// Columns of the new rows of the keys `kept`.
  private func newColumns(
    _ columns: [ColumnVector], _ old: [ColumnVector], _ oldKeys: [Int], _ replay: UpsertReplay, _ kept: [Int]
  ) throws(EvaluationError) -> [ColumnVector] {
    if replay.patches.isEmpty { return ColumnGather.gather(columns, kept.map { replay.current[$0] }) }
    var base: [Int32] = Array(repeating: -1, count: replay.current.count)
    for (place, index) in oldKeys.enumerated() { base[index] = Int32(truncatingIfNeeded: place) }
    let shift = Int32(truncatingIfNeeded: oldKeys.count)
    var result: [ColumnVector] = []
    for column in columns.indices {
      let pool = try ColumnGather.concatenate([old[column], columns[column]])
      let sources = kept.map { index in
        let source = replay.patches[index]?[column] ?? replay.current[index]
        return source == UpsertReplay.old ? base[index] : source + shift
      }
      result.append(ColumnGather.gather(pool, sources))
    }
    return result
  }
}

/// What is left of each key after its records.
struct UpsertReplay {
  static let absent: Int32 = -2
  static let old: Int32 = -1

  private let columnCount: Int
  private let kinds: [UInt8]
  private let presence: [UInt64]
  /// Whether a key had a row before.
  let existing: [Bool]
  /// A key: the record that its row comes from, `old` or `absent`.
  private(set) var current: [Int32]
  /// Keys whose row is put together: the source of each column, as in `current`.
  private(set) var patches: [Int: [Int32]] = [:]

  init(columns: Int, kinds: [UInt8], presence: [UInt64], existing: [Bool]) {
    columnCount = columns
    self.kinds = kinds
    self.presence = presence
    self.existing = existing
    current = existing.map { $0 ? Self.old : Self.absent }
  }

  func isChanged(_ key: Int) -> Bool {
    current[key] == Self.absent ? existing[key] : current[key] != Self.old || patches[key] != nil
  }

  mutating func take(_ record: Int, key: Int) {
    switch kinds[record] {
    case ChangeKind.insert.rawValue:
      current[key] = Int32(truncatingIfNeeded: record)
      if !patches.isEmpty { patches[key] = nil }
    case ChangeKind.delete.rawValue:
      current[key] = Self.absent
      if !patches.isEmpty { patches[key] = nil }
    default: merge(record, key)
    }
  }

  private mutating func merge(_ record: Int, _ key: Int) {
    guard current[key] != Self.absent else { return }
    var sources = patches[key] ?? [Int32](repeating: current[key], count: columnCount)
    let words = (columnCount + 63) / 64
    for column in sources.indices {
      let named = presence.isEmpty || presence[record * words + column >> 6] >> UInt64(column & 63) & 1 == 1
      if named { sources[column] = Int32(truncatingIfNeeded: record) }
    }
    patches[key] = sources
  }
}

import DataModel

/// The first rows of each partition where rows only come: ROW_NUMBER() <= K over an input without deletions.
///
/// A partition is a record: how many rows it keeps, then their addresses in order. Only the kept rows are remembered;
/// the trace, laid out as that of `WindowOperator`, follows at each flush. Of a step's rows only those are packed that
/// the step leaves in a partition.
final class TopKOperator: Operator {
  let inputs: [NodeID]
  var state = OperatorState()
  private let partition: [CompiledExpression]
  private let sort: SortColumns
  private let layout: TraceLayout
  private let count: Int
  /// Whether the output has the row's number.
  private let isNumbered: Bool
  private var records: KeyedRecords
  private var rows: RowStore
  private var isComplete = true

  /// More rows a partition are left to `WindowOperator`.
  static let countMax = 64

  /// Nil when the definition asks for more than the first rows and their numbers.
  init?(_ input: NodeID, _ definition: WindowDefinition, types: [ColumnType], stateID: String) {
    guard let cut = definition.cut, case .rowNumber = cut.ranking, cut.skip == 0, cut.last > 0,
      cut.last <= Int64(Self.countMax), definition.calls.count <= 1,
      definition.calls.allSatisfy({ if case .rowNumber = $0.function { true } else { false } })
    else { return nil }
    inputs = [input]
    partition = definition.partition.map { CompiledExpression($0) }
    sort = SortColumns(definition.order)
    count = Int(cut.last)
    isNumbered = !definition.calls.isEmpty
    layout = TraceLayout(
      key: definition.partition.map(\.type.physical), value: sort.types + types.map(\.physical))
    records = KeyedRecords(keys: layout.key, payload: 1 + count)
    rows = RowStore(layout.value)
    state.add(stateID, layout)
  }

  var usesNow: Bool { partition.contains { $0.usesNow } || sort.usesNow }
  var needsInitialStep: Bool { false }
  var hotBytes: Int { records.sizeBytes + rows.sizeBytes }
  var wantsFlush: Bool { rows.isWasteful || records.isWasteful }

  func step(_ deltas: [ColumnBatch?], now: Int64) throws(EvaluationError) -> ColumnBatch? {
    guard let delta = deltas[0] else { return nil }
    if delta.weights.contains(where: { $0 < 0 }) {
      throw EvaluationError(.invalidArgument, "a row of a table that is append_only was deleted")
    }
    var keys: [ColumnVector] = []
    for expression in partition {
      keys.append(
        ColumnGather.canonical(try expression.evaluate(delta.columns, count: delta.count, now: now)))
    }
    let owners = records.resolve(try WordRows(keys, shape: records.shape, count: delta.count))
    if !isComplete { try load(keys, state.traces[0]) }
    let order = try sort.columns(delta, now)
    let rows = Incoming(
      order: try WordRows(order, shape: RowShape(sort.types), count: delta.count),
      columns: delta.columns.map(ColumnGather.canonical), orderCount: sort.types.count)
    for row in 0..<delta.count {
      if row + 12 < delta.count { prefetchLast(owners[row + 12]) }
      var copies = min(delta.weights[row], Int64(count))
      while copies > 0, take(rows, row, owners[row]) { copies -= 1 }
    }
    try keep(order + rows.columns)
    return output()
  }

  /// A step's rows. In a record they stand as `mark` and their number, until the step has seen all and keeps those that
  /// are still there.
  private struct Incoming {
    let order: WordRows
    let columns: [ColumnVector]
    let orderCount: Int

    /// No address has this bit.
    static let mark: UInt64 = 1 << 63
    static func row(_ token: UInt64) -> Int { Int(truncatingIfNeeded: token & ~mark) }
  }

  @inline(__always)
  private func prefetchLast(_ owner: Int32) {
    let filled = Int(truncatingIfNeeded: records.word(owner, 0))
    guard filled > 0 else { return }
    let token = records.word(owner, filled)
    if token & Incoming.mark == 0 { rows.prefetch(token) }
  }

  /// Order of a row in a record and of row `row` of the step.
  private func compare(_ token: UInt64, _ incoming: Incoming, _ row: Int) -> Int {
    if token & Incoming.mark == 0 {
      let order = rows.compare(token, incoming.order, row, columns: incoming.orderCount)
      return order != 0 ? order : rows.compare(token, incoming.columns, row)
    }
    let other = Incoming.row(token)
    let order = incoming.order.compare(other, row)
    return order != 0 ? order : RowOrder.compare(incoming.columns, other, row)
  }

  /// False when the row lies behind those kept.
  private func take(_ incoming: Incoming, _ row: Int, _ owner: Int32) -> Bool {
    let filled = Int(truncatingIfNeeded: records.word(owner, 0))
    var place = filled
    while place > 0, compare(records.word(owner, place), incoming, row) > 0 { place -= 1 }
    guard place < count else { return false }
    if filled == count {
      let last = records.word(owner, count)
      if last & Incoming.mark == 0 { rows.free(last) }
    }
    var slot = min(filled, count - 1)
    while slot > place {
      records.setWord(owner, slot + 1, records.word(owner, slot))
      slot -= 1
    }
    records.setWord(owner, place + 1, Incoming.mark | UInt64(row))
    if filled < count { records.setWord(owner, 0, UInt64(filled + 1)) }
    return true
  }

  /// Rows of the step that are still in records become kept ones.
  private func keep(_ values: [ColumnVector]) throws(EvaluationError) {
    var sources: [Int32] = []
    var places: [(record: Int32, place: Int)] = []
    for record in records.touched.records {
      for place in 1..<1 + Int(records.word(record, 0)) where records.word(record, place) & Incoming.mark != 0 {
        sources.append(Int32(truncatingIfNeeded: Incoming.row(records.word(record, place))))
        places.append((record, place))
      }
    }
    guard !sources.isEmpty else { return }
    for (index, address) in try rows.keep(values, sources).enumerated() {
      records.setWord(places[index].record, places[index].place, address)
    }
  }

  /// What the step changed: numbered rows by place, others by row.
  private func output() -> ColumnBatch? {
    let touched = records.touched
    var went = Kept()
    var came = Kept()
    for index in touched.records.indices {
      let base = index * (1 + count)
      let record = touched.records[index]
      if isUnchanged(touched.before, base, record) { continue }
      let before = Array(touched.before[base + 1..<base + 1 + Int(touched.before[base])])
      let after = (0..<Int(records.word(record, 0))).map { records.word(record, $0 + 1) }
      if isNumbered {
        for place in 0..<max(before.count, after.count) {
          let old = place < before.count ? before[place] : 0
          let new = place < after.count ? after[place] : 0
          if old == new { continue }
          if old != 0 { went.add(old, place) }
          if new != 0 { came.add(new, place) }
        }
      } else {
        Self.difference(before, after, &went, &came)
      }
    }
    guard !went.rows.isEmpty || !came.rows.isEmpty else { return nil }
    var columns = Array(rows.columns(went.rows + came.rows).dropFirst(sort.types.count))
    if isNumbered { columns.append(ColumnVector(.int64(went.numbers + came.numbers))) }
    return ColumnBatch(
      columns: columns,
      weights: [Int64](repeating: -1, count: went.rows.count) + [Int64](repeating: 1, count: came.rows.count))
  }

  private func isUnchanged(_ before: [UInt64], _ base: Int, _ record: Int32) -> Bool {
    for word in 0...count where before[base + word] != records.word(record, word) { return false }
    return true
  }

  private struct Kept {
    var rows: [UInt64] = []
    var numbers: [Int64] = []
    mutating func add(_ row: UInt64, _ place: Int) {
      rows.append(row)
      numbers.append(Int64(place + 1))
    }
  }

  /// Both lists are in order; the later one is the earlier one with rows put in and its end cut off.
  private static func difference(_ before: [UInt64], _ after: [UInt64], _ went: inout Kept, _ came: inout Kept) {
    var old = 0
    for row in after {
      if old < before.count, before[old] == row { old += 1 } else { came.add(row, 0) }
    }
    for row in before[old...] { went.add(row, 0) }
  }

  // MARK: state

  private func load(_ keys: [ColumnVector], _ cold: Trace) throws(EvaluationError) {
    let touched = records.touched
    let fresh = touched.records.indices.filter { touched.isNew[$0] }
    guard !fresh.isEmpty else { return }
    let (sorted, order) = try SortedKeys.of(keys, rows: fresh.map { touched.rows[$0] })
    let found = try cold.rows(of: sorted)
    guard !found.weights.isEmpty else { return }
    let columns = StateRows.decode(found.values, layout.value)
    let words = try WordRows(columns, shape: rows.shape, count: found.keys.count)
    var lists: [Int: [UInt64]] = [:]
    for (entry, key) in found.keys.enumerated() {
      let index = fresh[Int(order[Int(key)])]
      for _ in 0..<max(0, min(found.weights[entry], Int64(count))) {
        lists[index, default: []].append(rows.keep(words, entry))
      }
    }
    for (index, list) in lists {
      let kept = Array(list.prefix(count))
      records.load(
        touch: index, [UInt64(kept.count)] + kept + [UInt64](repeating: 0, count: count - kept.count))
    }
  }

  func commit() {
    records.commit()
    if rows.isWasteful { compact() }
  }

  /// Also without a flush; rows that only the trace still knows are moved as garbage.
  private func compact() {
    rows.compact { moved in
      records.eachRecord { record in
        for place in 0..<Int(records.word(record, 0)) {
          records.setWord(record, place + 1, moved(records.word(record, place + 1)))
        }
      }
    } stillRead: { moved in
      records.rewriteListsBefore(moved)
    }
  }

  func rollBack() { records.rollBack() }

  func flush() throws(EvaluationError) {
    let changes = records.changes()
    var owners: [Int32] = []
    var addresses: [UInt64] = []
    var weights: [Int64] = []
    for index in changes.records.indices {
      let base = index * (1 + count)
      for (words, weight) in [(changes.before, Int64(-1)), (changes.after, 1)] {
        for place in 0..<Int(words[base]) {
          owners.append(changes.records[index])
          addresses.append(words[base + 1 + place])
          weights.append(weight)
        }
      }
    }
    let words = { (index: Int) in self.rows.wordCount(addresses[index]) + self.records.keyWords(owners[index]) }
    for piece in FlushPieces.of(owners.count, words: words) {
      try state.traces[0].insert(
        SortedDelta(
          keys: records.keyColumns(Array(owners[piece])), values: rows.columns(Array(addresses[piece])),
          weights: Array(weights[piece])
        ).batch)
    }
    records.flushed()
    if rows.isWasteful { compact() }
  }

  func rowCount(ofTrace trace: Int) -> Int { max(state.traces[trace].rowCount, records.count) }

  func truncate(trace: Int, column: Int, below bound: Int64) {
    guard column < layout.key.count else { return }
    state.traces[trace].truncate(column: column, below: bound)
    var gone: [Int32] = []
    records.eachRecord { record in
      if records.hasKey(record, column: column, below: bound) { gone.append(record) }
    }
    for record in gone {
      for place in 0..<Int(records.word(record, 0)) { rows.free(records.word(record, place + 1)) }
    }
    records.forget(gone)
  }

  func shrink() throws(EvaluationError) {
    let middle = rows.middle
    var kept: [Int32] = []
    records.eachRecord { if newest($0) >= middle { kept.append($0) } }
    let old = records
    let wordsMax = rows.usedWords / 4 * 3
    if kept.reduce(0, { $0 + keptWords($1) }) > wordsMax { return evict() }
    records = KeyedRecords(keys: layout.key, payload: 1 + count)
    isComplete = state.traces.allSatisfy(\.isEmpty)
    for first in stride(from: 0, to: kept.count, by: 1 << 16) {
      let piece = Array(kept[first..<min(first + 1 << 16, kept.count)])
      let keys = try WordRows(old.keyColumns(piece), shape: records.shape, count: piece.count)
      _ = records.resolve(keys)
      for (touch, source) in piece.enumerated() {
        records.load(touch: touch, (0...count).map { old.word(source, $0) })
      }
      records.commit()
    }
    records.flushed()
    compact()
  }

  /// Address of the youngest row of a record.
  private func newest(_ record: Int32) -> UInt64 {
    (0..<Int(records.word(record, 0))).reduce(0) { max($0, records.word(record, $1 + 1)) }
  }

  private func keptWords(_ record: Int32) -> Int {
    (0..<Int(records.word(record, 0))).reduce(0) { $0 + rows.wordCount(records.word(record, $1 + 1)) }
  }

  func evict() {
    isComplete = state.traces.allSatisfy(\.isEmpty)
    records = KeyedRecords(keys: layout.key, payload: 1 + count)
    rows = RowStore(layout.value)
  }
}

import DataModel

/// Turns the changes of one table into a delta; the circuit hands them over before it runs the node.
///
/// Without a PRIMARY KEY: insert is +1, delete -1 of the whole row, update is counted and ignored; so is everything but
/// inserts where the table is append_only. With one: see `KeyedTable`.
final class TableOperator: Operator, LatenessSource {
  let inputs: [NodeID] = []
  var state = OperatorState()
  let name: SQLIdentifier
  let schema: Schema
  let materialized: Bool
  private let keyed: KeyedTable?
  private let isAppendOnly: Bool
  /// Whether the records know every key; otherwise the trace is asked for the others.
  private var isComplete = true
  var pending: [ChangeBatch] = []
  /// Rows that are a delta already.
  var pendingRows: [ColumnBatch] = []
  /// Hands the rows to this many `TableShare`s instead of giving them itself.
  private let shares: Int
  private(set) var shared: [[ChangeBatch]] = []
  /// Update records of a table without a key, and whatever is no insert into one that is append_only, since the circuit
  /// was built.
  private(set) var ignoredUpdates: UInt64 = 0
  var gates: LatenessGates

  init(
    _ name: SQLIdentifier, schema: Schema, materialized: Bool, isAppendOnly: Bool = false,
    lateness: [LatenessRule] = [], shares: Int = 1
  ) {
    self.name = name
    self.shares = shares
    self.isAppendOnly = isAppendOnly
    keyed = schema.primaryKey.map { KeyedTable(schema.physicalTypes, key: $0) }
    self.schema = schema
    self.materialized = materialized
    var state = OperatorState()
    let types = schema.physicalTypes
    if let key = schema.primaryKey {
      state.add("table/\(name.canonical)", TraceLayout(key: key.map { types[$0] }, value: types))
    } else if materialized {
      state.add("table/\(name.canonical)", TraceLayout(key: types, value: []))
    }
    gates = LatenessGates(lateness, of: name, in: &state)
    self.state = state
  }

  var isShared: Bool { shares > 1 }
  var usesNow: Bool { false }
  var needsInitialStep: Bool { false }
  var keepsInserts: Bool { isAppendOnly && schema.primaryKey == nil }
  var hotBytes: Int { state.pending.sizeBytes + (keyed?.sizeBytes ?? 0) }

  func step(_ deltas: [ColumnBatch?], now: Int64) throws(EvaluationError) -> ColumnBatch? {
    try ColumnGather.concatenate(try parts([], now: now))
  }

  /// Blocks stay apart where rows are neither looked up nor kept; small ones are put together.
  func parts(_ deltas: [[ColumnBatch]], now: Int64) throws(EvaluationError) -> [ColumnBatch] {
    let changes = pending.filter { $0.count > 0 }
    let weighted = try takePendingRows()
    pending = []
    guard !changes.isEmpty else { return weighted }
    guard weighted.isEmpty else { throw EvaluationError(.invalidArgument, "rows and changes of \(name) in one step") }
    let types = schema.physicalTypes
    for batch in changes { try Self.check(batch, types, name) }
    if shares > 1 {
      shared = ChangeBatch.dealt(changes, shares: shares)
      return [ColumnBatch(columns: [], weights: [1])]
    }
    guard keyed == nil, !materialized, gates.isEmpty else { return try whole(changes).map { [$0] } ?? [] }
    var result: [ColumnBatch] = []
    var start = 0
    while start < changes.count {
      var (end, rows) = (start, 0)
      while end < changes.count, rows < TableOperator.partRowsMin {
        rows += changes[end].count
        end += 1
      }
      if let delta = try whole(Array(changes[start..<end])) { result.append(delta) }
      start = end
    }
    return result
  }

  func dropPending() {
    pending = []
    pendingRows = []
  }

  private func takePendingRows() throws(EvaluationError) -> [ColumnBatch] {
    let rows = pendingRows.filter { !$0.isEmpty }
    pendingRows = []
    guard !rows.isEmpty else { return [] }
    guard keyed == nil, !materialized, shares == 1,
      rows.allSatisfy({ $0.columns.map(\.physical) == schema.physicalTypes })
    else { throw EvaluationError(.invalidArgument, "table \(name) takes no rows with weights, or has other columns") }
    return rows.map { ColumnBatch(columns: $0.columns.map(ColumnGather.canonical), weights: $0.weights) }
  }

  /// Rows that a part has at least, but for the last: fewer do not pay for a run of each operator.
  private static let partRowsMin = 2048

  private func whole(_ changes: [ChangeBatch]) throws(EvaluationError) -> ColumnBatch? {
    var columns: [ColumnVector] = []
    for index in schema.fields.indices {
      columns.append(ColumnGather.canonical(try ColumnGather.concatenate(changes.map { $0.columns[index] })))
    }
    if let keyed {
      guard var delta = try keyed.apply(columns, changes, cold: isComplete ? nil : state.traces[0]) else { return nil }
      if !gates.isEmpty {
        let (kept, refused) = try gates.admitUpserts(delta, key: keyed.key, &state)
        if !refused.isEmpty { try keyed.takeBack(refused) }
        delta = kept
      }
      try state.integrate(delta, keys: keyed.key)
      return delta
    }
    return try append(columns, kinds: changes.flatMap(\.kinds))
  }

  private func append(_ columns: [ColumnVector], kinds: [UInt8]) throws(EvaluationError) -> ColumnBatch? {
    var delta = ColumnBatch(columns: columns, weights: [])
    let inserts = ChangeKind.insert.rawValue
    if kinds.contains(where: { $0 == ChangeKind.update.rawValue || isAppendOnly && $0 != inserts }) {
      let rows = kinds.indices.filter { index in
        kinds[index] == inserts || !isAppendOnly && kinds[index] != ChangeKind.update.rawValue
      }
      ignoredUpdates += UInt64(kinds.count - rows.count)
      delta.columns = ColumnGather.gather(columns, rows.map { Int32(truncatingIfNeeded: $0) })
      delta.weights = rows.map { kinds[$0] == ChangeKind.insert.rawValue ? 1 : -1 }
    } else {
      delta.weights = kinds.map { $0 == ChangeKind.insert.rawValue ? 1 : -1 }
    }
    if !gates.isEmpty { delta = try gates.admit(delta, &state) }
    guard !delta.isEmpty else { return nil }
    if materialized {
      try state.integrate(delta, keys: nil)
    }
    return delta
  }

  func commit() {
    shared = []
    keyed?.commit()
  }

  func rollBack() {
    shared = []
    keyed?.rollBack()
  }

  func flush() throws(EvaluationError) {
    if !state.traces.isEmpty { try state.settle(keys: schema.primaryKey) }
  }

  func evict() {
    state.pending = PendingRows()
    isComplete = keyed == nil || state.traces[0].isEmpty
    keyed?.removeAll()
  }

  /// Changes come from the log: they may be of another version of the table.
  private static func check(
    _ batch: ChangeBatch, _ types: [PhysicalType], _ name: SQLIdentifier
  ) throws(EvaluationError) {
    let fits =
      batch.columns.map(\.physical) == types && batch.columns.allSatisfy { $0.count == batch.count }
      && batch.kinds.allSatisfy { $0 <= ChangeKind.update.rawValue }
      && (batch.presence.isEmpty || batch.presence.count == batch.count * batch.presenceWords)
    guard fits else {
      throw EvaluationError(.invalidArgument, "changes for table \(name) do not have its columns")
    }
  }
}

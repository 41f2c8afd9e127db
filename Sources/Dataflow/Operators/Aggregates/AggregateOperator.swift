import DataModel

/// GROUP BY: one output row a group of positive weight, groups first, then the calls.
///
/// A group is a record of words: its weight, the number of distinct values kept for it, then the words of each
/// accumulator. Trace 0 holds one accumulator row a group (its weight, then the columns of each call) and follows at
/// each flush; the others hold argument values by group for DISTINCT, and for MIN and MAX where rows may be deleted:
/// numbers as `RankedValues`, texts as an `Arrangement`. Without groups there is always one row, also before any input.
final class AggregateOperator: Operator {
  let inputs: [NodeID]
  var state = OperatorState()
  private let groups: [CompiledExpression]
  private var arguments: [CompiledExpression?]
  private var filters = FilteredCalls()
  /// Calls that count the rows of a filter: the mask's bit and the word of the count.
  private var filteredCounts: [(bit: UInt64, word: Int)] = []
  /// For each call its place among `distinct`, `ranked` or `arrangements`, or -1.
  private var sourceOf: [Int] = []
  /// For each call its number in its set of distinct values.
  private var memberOf: [Int] = []
  private var arrangements: [Arrangement] = []
  private var ranked: [any ExtremeValues] = []
  private var distinct: [DistinctValues] = []
  private let hot: GroupRecords
  private let insertOnly: Bool
  /// Whether the records know every group; otherwise the traces are asked for the others.
  private var isComplete = true

  init(
    _ input: NodeID, groups: [ScalarExpression], calls: [AggregateCall], insertOnly: Bool, stateID: String
  ) {
    inputs = [input]
    self.insertOnly = insertOnly
    self.groups = groups.map { CompiledExpression($0) }
    arguments = calls.map { $0.argument.map { CompiledExpression($0) } }
    let keys = groups.map(\.type.physical)
    let extremes = insertOnly ? [] : Self.ranked(calls)
    hot = GroupRecords(keys: keys, calls: calls, ranked: extremes.count)
    state.add(stateID, TraceLayout(key: keys, value: hot.types))
    for (index, call) in extremes.enumerated() {
      guard let argument = call.argument else { continue }
      let word = GroupRecords.firstRanked + index
      let values: any ExtremeValues =
        argument.type.physical == .int128
        ? RankedValues<Int128>(
          argument: argument, greatest: call.function == .maximum, keys: keys, word: word, trace: index + 1)
        : RankedValues<Int64>(
          argument: argument, greatest: call.function == .maximum, keys: keys, word: word, trace: index + 1)
      ranked.append(values)
      state.add("\(stateID)/ranks\(index + 1)", values.layout)
    }
    for (index, (call, accumulator)) in zip(calls, hot.accumulators).enumerated() {
      sourceOf.append(-1)
      memberOf.append(0)
      guard let argument = call.argument else { continue }
      guard Self.needsValues(call, accumulator, insertOnly) else {
        takeFilteredCount(index, call, accumulator)
        continue
      }
      if accumulator.kind == .extreme, argument.type.physical != .bytes {
        sourceOf[index] =
          ranked.firstIndex { $0.argument == argument && $0.greatest == accumulator.greatest } ?? -1
      } else if accumulator.kind == .extreme {
        addArrangement(index, argument, keys, stateID)
      } else {
        addDistinct(index, argument, keys, stateID)
      }
    }
  }

  /// The calls of MIN and MAX over numbers, equal ones once.
  private static func ranked(_ calls: [AggregateCall]) -> [AggregateCall] {
    var result: [AggregateCall] = []
    for call in calls where call.function == .minimum || call.function == .maximum {
      guard let argument = call.argument, argument.type.physical != .bytes else { continue }
      if !result.contains(where: { $0.function == call.function && $0.argument == argument }) {
        result.append(call)
      }
    }
    return result
  }

  private func addTrace(_ argument: ScalarExpression, _ keys: [PhysicalType], _ stateID: String) -> Int {
    let trace = state.traces.count
    state.add("\(stateID)/values\(trace)", TraceLayout(key: keys, value: [argument.type.physical]))
    return trace
  }

  private func addArrangement(
    _ call: Int, _ argument: ScalarExpression, _ keys: [PhysicalType], _ stateID: String
  ) {
    if let known = arrangements.firstIndex(where: { $0.argument == argument }) {
      sourceOf[call] = known
      return
    }
    sourceOf[call] = arrangements.count
    arrangements.append(Arrangement(argument: argument, trace: addTrace(argument, keys, stateID)))
  }

  private func addDistinct(
    _ call: Int, _ argument: ScalarExpression, _ keys: [PhysicalType], _ stateID: String
  ) {
    arguments[call] = nil
    for (set, values) in distinct.enumerated() {
      guard let member = values.members.firstIndex(where: { $0.argument == argument }) else { continue }
      (sourceOf[call], memberOf[call]) = (set, member)
      return
    }
    var value = argument
    var bit = FilteredCalls.always
    // Only a column: what is computed may fail for rows that the filter leaves out.
    if let (condition, inner) = FilteredCalls.split(argument), case .column = inner.node,
      inner.type.physical == argument.type.physical, let own = filters.bit(condition)
    {
      (value, bit) = (inner, own)
    }
    let set = distinct.firstIndex { $0.value.node == value.node } ?? distinct.count
    if set == distinct.count { distinct.append(DistinctValues(value: value)) }
    let trace = addTrace(argument, keys, stateID)
    sourceOf[call] = set
    memberOf[call] = distinct[set].add(DistinctValues.Member(argument: argument, bit: bit, trace: trace))
  }

  /// COUNT of what is never NULL, under a filter.
  private func takeFilteredCount(_ index: Int, _ call: AggregateCall, _ accumulator: Accumulator) {
    guard accumulator.kind == .count, let argument = call.argument,
      let (condition, value) = FilteredCalls.split(argument), case .literal(let constant) = value.node,
      constant != .null, let bit = filters.bit(condition)
    else { return }
    arguments[index] = nil
    filteredCounts.append((bit, accumulator.firstWord))
  }

  private static func needsValues(_ call: AggregateCall, _ accumulator: Accumulator, _ insertOnly: Bool) -> Bool {
    accumulator.kind == .extreme ? !insertOnly : call.distinct
  }

  var usesNow: Bool {
    groups.contains { $0.usesNow } || arguments.contains { $0?.usesNow == true } || filters.usesNow
      || distinct.contains { $0.usesNow }
  }
  var needsInitialStep: Bool { groups.isEmpty && hot.isEmpty && state.traces[0].isEmpty }
  var hotBytes: Int {
    hot.sizeBytes + distinct.reduce(0) { $0 + $1.sizeBytes } + ranked.reduce(0) { $0 + $1.sizeBytes }
  }

  var wantsFlush: Bool { hot.wantsFlush || distinct.contains { $0.records.isWasteful } }

  func step(_ deltas: [ColumnBatch?], now: Int64) throws(EvaluationError) -> ColumnBatch? {
    guard deltas[0] != nil || needsInitialStep else { return nil }
    let delta = deltas[0] ?? ColumnBatch(columns: [], weights: [])
    if insertOnly, delta.weights.contains(where: { $0 < 0 }) {
      throw EvaluationError(.invalidArgument, "a row of a table that is append_only was deleted")
    }
    var groupColumns: [ColumnVector] = []
    for group in groups {
      groupColumns.append(
        ColumnGather.canonical(try group.evaluate(delta.columns, count: delta.count, now: now)))
    }
    let records = try hot.resolve(
      groupColumns, count: delta.count, cold: isComplete ? nil : state.traces[0])
    let plain = RecordFeed(records: records, rows: nil, weights: delta.weights)
    try hot.addWeights(plain)
    try advance(delta, groupColumns, plain, now)
    return try hot.output(groupColumns, always: groups.isEmpty)
  }

  private func advance(
    _ delta: ColumnBatch, _ groupColumns: [ColumnVector], _ plain: RecordFeed, _ now: Int64
  ) throws(EvaluationError) {
    guard !delta.isEmpty else { return }
    let masks = filters.isEmpty && distinct.isEmpty ? [] : try filters.masks(delta, now)
    if !filteredCounts.isEmpty { try hot.count(plain, masks: masks, filteredCounts) }
    var values: [DistinctValues.Change] = []
    for set in distinct {
      values.append(
        try set.advance(
          delta, masks: masks, groups: (hot.records, groupColumns), plain,
          cold: (isComplete ? nil : state.traces, now)))
    }
    var changes: [GroupedChange?] = arrangements.map { _ in nil }
    var changed: [[Int32]?] = ranked.map { _ in nil }
    for (index, accumulator) in hot.accumulators.enumerated() {
      let source = sourceOf[index]
      if source >= 0, accumulator.kind != .extreme {
        try hot.update(accumulator, values[source].feeds[memberOf[index]], values[source].column)
        continue
      }
      guard let argument = arguments[index] else { continue }
      let column = ColumnGather.canonical(
        try argument.evaluate(delta.columns, count: delta.count, now: now))
      guard source >= 0 else {
        try hot.update(accumulator, plain, column)
        continue
      }
      if accumulator.argumentType != .bytes {
        if changed[source] == nil {
          changed[source] = try ranked[source].advance(
            hot.records, column, plain, &state.traces[ranked[source].trace])
        }
        hot.setExtremes(accumulator, ranked[source], changed[source] ?? [])
        continue
      }
      if changes[source] == nil {
        changes[source] = try GroupedChange(arrangements[source], &state, groupColumns, column, plain)
      }
      if let change = changes[source] { try hot.setExtremes(accumulator, change, state) }
    }
  }

  func commit() {
    for values in distinct { values.records.commit() }
    for values in ranked { values.commit(hot.records) }
    hot.records.commit()
  }

  func rollBack() {
    for values in distinct { values.records.rollBack() }
    for values in ranked { values.rollBack() }
    hot.records.rollBack()
  }

  func flush() throws(EvaluationError) {
    for values in distinct { try values.flush(hot.records, &state.traces) }
    for values in ranked { try values.flush(hot.records, &state.traces[values.trace]) }
    try hot.flush(&state.traces[0])
  }

  func rowCount(ofTrace trace: Int) -> Int {
    let records = trace == 0 ? hot.records : set(ofTrace: trace)?.records
    return max(state.traces[trace].rowCount, records?.count ?? 0)
  }

  private func set(ofTrace trace: Int) -> DistinctValues? {
    distinct.first { $0.members.contains { $0.trace == trace } }
  }

  /// Distinct values and ranks go with their groups.
  func truncate(trace: Int, column: Int, below bound: Int64) {
    guard trace == 0 else {
      if arrangements.contains(where: { $0.trace == trace }) {
        state.traces[trace].truncate(column: column, below: bound)
      }
      return
    }
    for values in distinct {
      for member in values.members { state.traces[member.trace].truncate(column: column, below: bound) }
      values.forget(hot.records, column: column, below: bound)
    }
    for values in ranked {
      state.traces[values.trace].truncate(column: column, below: bound)
      values.forget(hot.records, column: column, below: bound)
    }
    state.traces[0].truncate(column: column, below: bound)
    hot.forget(column: column, below: bound)
  }

  func evict() {
    isComplete = state.traces.allSatisfy(\.isEmpty)
    hot.removeAll()
    for values in distinct { values.removeAll() }
    for values in ranked { values.removeAll(isComplete: isComplete) }
  }
}

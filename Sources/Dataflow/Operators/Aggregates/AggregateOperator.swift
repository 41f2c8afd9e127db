import DataModel

/// GROUP BY: one output row a group of positive weight, groups first, then the calls.
///
/// Trace 0 holds one accumulator row a group (its weight, then the columns of each call); the others hold
/// argument values by group for MIN, MAX and DISTINCT. Without groups there is always one row, also before
/// any input.
final class AggregateOperator: Operator {
  let inputs: [NodeID]
  var state = OperatorState()
  private let groups: [CompiledExpression]
  private let accumulators: [Accumulator]
  private let arguments: [CompiledExpression?]
  /// For each call the arrangement it reads, or -1.
  private var arrangementOf: [Int] = []
  private var arrangements: [Arrangement] = []

  init(_ input: NodeID, groups: [ScalarExpression], calls: [AggregateCall], stateID: String) {
    inputs = [input]
    self.groups = groups.map { CompiledExpression($0) }
    arguments = calls.map { $0.argument.map { CompiledExpression($0) } }
    var types: [PhysicalType] = [.int64]
    accumulators = calls.map { call in
      let accumulator = Accumulator(call, first: types.count)
      types += accumulator.types
      return accumulator
    }
    let keys = groups.map(\.type.physical)
    state.add(stateID, TraceLayout(key: keys, value: types))
    for (call, accumulator) in zip(calls, accumulators) {
      guard let argument = call.argument, call.distinct || accumulator.kind == .extreme else {
        arrangementOf.append(-1)
        continue
      }
      if let known = arrangements.firstIndex(where: { $0.argument == argument }) {
        arrangementOf.append(known)
      } else {
        arrangementOf.append(arrangements.count)
        arrangements.append(Arrangement(argument: argument, trace: state.traces.count))
        state.add(
          "\(stateID)/values\(arrangements.count)", TraceLayout(key: keys, value: [argument.type.physical]))
      }
    }
  }

  var usesNow: Bool { groups.contains { $0.usesNow } || arguments.contains { $0?.usesNow == true } }
  var needsInitialStep: Bool { groups.isEmpty && state.traces[0].isEmpty }

  func step(_ deltas: [ColumnBatch?], now: Int64) throws(EvaluationError) -> ColumnBatch? {
    guard deltas[0] != nil || needsInitialStep else { return nil }
    let delta = deltas[0] ?? ColumnBatch(columns: [], weights: [])
    var groupColumns: [ColumnVector] = []
    for group in groups {
      groupColumns.append(
        ColumnGather.canonical(try group.evaluate(delta.columns, count: delta.count, now: now)))
    }
    let grouping =
      groups.isEmpty
      ? Grouping(oneGroupOf: delta.count) : Grouping(groupColumns, count: delta.count)
    let found = try state.traces[0].uniqueRows(grouping.keys)
    let oldBytes = try state.traces[0].values(at: found)
    var next: Int32 = -1
    let prior = PriorRows(
      columns: StateRows.decode(oldBytes, state.traces[0].layout.value),
      index: found.map { position in
        if position.isPresent { next += 1 }
        return position.isPresent ? next : -1
      })
    let fresh = try advance(delta, groupColumns, grouping, prior, now)
    let change = AccumulatorChange(grouping: grouping, prior: prior, oldBytes: oldBytes, fresh: fresh)
    try state.traces[0].insert(change.batch(accumulators, keepZero: groups.isEmpty))
    return try change.output(groupColumns, accumulators, always: groups.isEmpty)
  }

  /// The new accumulator columns, one row a group.
  private func advance(
    _ delta: ColumnBatch, _ groupColumns: [ColumnVector], _ grouping: Grouping, _ prior: PriorRows,
    _ now: Int64
  ) throws(EvaluationError) -> [ColumnVector] {
    let plain = Feed(
      starts: grouping.starts, rows: grouping.rows, weights: ColumnGather.pick(delta.weights, grouping.rows))
    var totals = prior.int64s(0)
    for group in totals.indices {
      for entry in plain.starts[group]..<plain.starts[group + 1] {
        totals[group] = try Weight.sum(totals[group], plain.weights[entry])
      }
    }
    var columns = [ColumnVector(.int64(totals))]
    var feeds: [ArrangedChange?] = arrangements.map { _ in nil }
    for (index, accumulator) in accumulators.enumerated() {
      let argument =
        delta.columns.isEmpty && delta.isEmpty
        ? nil : try arguments[index]?.evaluate(delta.columns, count: delta.count, now: now)
      let column =
        argument.map(ColumnGather.canonical)
        ?? accumulator.call.argument.map {
          ColumnVector(repeating: .null, physical: $0.type.physical, count: 0)
        }
      let arranged = arrangementOf[index]
      if arranged >= 0, feeds[arranged] == nil, let column {
        feeds[arranged] = try arrangements[arranged].advance(
          &state, groups: groupColumns, column, delta.weights, grouping)
      }
      if accumulator.kind == .extreme, let change = feeds[arranged] {
        columns.append(
          try arrangements[arranged].extremes(
            state, grouping, change, prior: prior.columns[accumulator.first], index: prior.index,
            greatest: accumulator.call.function == .maximum))
      } else {
        let feed = arranged >= 0 ? feeds[arranged]?.feed ?? plain : plain
        columns += try accumulator.advance(prior, feed, column)
      }
    }
    return columns
  }
}

import DataModel

/// Aggregates over all values of a group: arrays, maps, bits, the most frequent value.
///
/// One trace holds for each row of a group the ordering columns, then argument and filter of each call. A
/// step computes the groups that changed before and after it, and says where the results differ; its cost is
/// that of the changed groups.
final class CollectOperator: Operator {
  let inputs: [NodeID]
  var state = OperatorState()
  private let groups: [CompiledExpression]
  private let sort: SortColumns
  private let values: [CompiledExpression]
  private let calls: [CollectCalls]

  init(_ input: NodeID, _ definition: CollectDefinition, stateID: String) {
    inputs = [input]
    groups = definition.groups.map { CompiledExpression($0) }
    sort = SortColumns(definition.order)
    var expressions: [ScalarExpression] = []
    var calls: [CollectCalls] = []
    for call in definition.calls {
      let argument = expressions.count
      expressions.append(call.argument)
      var filter: Int?
      if let condition = call.filter {
        filter = expressions.count
        expressions.append(condition)
      }
      calls.append(CollectCalls(call, argument: argument, filter: filter))
    }
    values = expressions.map { CompiledExpression($0) }
    self.calls = calls
    state.add(
      stateID,
      TraceLayout(
        key: definition.groups.map(\.type.physical),
        value: sort.types + expressions.map(\.type.physical)))
  }

  var usesNow: Bool {
    groups.contains { $0.usesNow } || sort.usesNow || values.contains { $0.usesNow }
  }
  var needsInitialStep: Bool { false }

  func step(_ deltas: [ColumnBatch?], now: Int64) throws(EvaluationError) -> ColumnBatch? {
    guard let delta = deltas[0] else { return nil }
    let keys = try columns(groups, delta, now)
    let sorted = try SortedDelta(
      keys: keys, values: try sort.columns(delta, now) + columns(values, delta, now), weights: delta.weights)
    guard !sorted.batch.isEmpty else { return nil }
    let old = try results(sorted.batch)
    try state.traces[0].insert(sorted.batch)
    let new = try results(sorted.batch)
    return try difference(old, new, keys, sorted)
  }

  private func columns(
    _ expressions: [CompiledExpression], _ delta: ColumnBatch, _ now: Int64
  ) throws(EvaluationError) -> [ColumnVector] {
    var result: [ColumnVector] = []
    for expression in expressions {
      result.append(
        ColumnGather.canonical(try expression.evaluate(delta.columns, count: delta.count, now: now)))
    }
    return result
  }

  /// One row a group of the delta.
  private struct Results {
    /// First row of each group in the delta.
    var firstRows: [Int] = []
    /// Whether the group has rows.
    var isPresent: [Bool] = []
    var columns: [ColumnVector] = []
    var encoded = ByteColumn()
  }

  private func results(_ delta: SortedBatch) throws(EvaluationError) -> Results {
    var result = Results()
    var rows = PartitionRows(of: state.traces[0], sortTypes: sort.types, cut: nil, isExpanded: false)
    let bytes = delta.rows.bytes
    var row = 0
    while row < delta.count {
      let range = delta.keyRange(row)
      let key = SeekKey(prefix: ByteOrder.prefix(bytes, range.lowerBound, range.upperBound), range: range)
      try rows.append(key, in: bytes)
      result.firstRows.append(row)
      row = delta.keyEnd(key, in: bytes, from: row)
    }
    let decoded = Array(
      StateRows.decode(rows.values.rows, state.traces[0].layout.value).dropFirst(sort.types.count))
    let groups = result.firstRows.indices.map { rows.starts[$0]..<rows.starts[$0 + 1] }
    result.isPresent = groups.map { !$0.isEmpty }
    for call in calls { result.columns.append(try call.run(decoded, rows, groups)) }
    result.encoded = try RowCodec.encode(result.columns, count: groups.count)
    return result
  }

  private func difference(
    _ old: Results, _ new: Results, _ keys: [ColumnVector], _ sorted: SortedDelta
  ) throws(EvaluationError) -> ColumnBatch? {
    var went: [Int32] = []
    var came: [Int32] = []
    for group in old.firstRows.indices {
      let (before, after) = (old.isPresent[group], new.isPresent[group])
      if before, after, Self.isEqual(old.encoded, new.encoded, group) { continue }
      if before { went.append(Int32(truncatingIfNeeded: group)) }
      if after { came.append(Int32(truncatingIfNeeded: group)) }
    }
    guard !went.isEmpty || !came.isEmpty else { return nil }
    let sources = old.firstRows.map { sorted.sources[$0] }
    let make = { (results: Results, chosen: [Int32], weight: Int64) in
      ColumnBatch(
        columns: ColumnGather.gather(keys, chosen.map { sources[Int($0)] })
          + ColumnGather.gather(results.columns, chosen),
        weights: [Int64](repeating: weight, count: chosen.count))
    }
    return try ColumnGather.concatenate([make(old, went, -1), make(new, came, 1)])
  }

  private static func isEqual(_ left: ByteColumn, _ right: ByteColumn, _ row: Int) -> Bool {
    let (x, y) = (left.range(row), right.range(row))
    return ByteOrder.compare(
      left.bytes, x.lowerBound, x.upperBound, right.bytes, y.lowerBound, y.upperBound) == 0
  }
}

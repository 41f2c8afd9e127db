import DataModel

/// Functions over partitions in their order, and the first rows of each: top-K.
///
/// One trace holds the rows by partition, in the order of the window; rows that it leaves equal are ordered
/// by their bytes. A step reads the partitions that changed before and after (with a cut only their first
/// rows), and says where the results differ.
final class WindowOperator: Operator {
  let inputs: [NodeID]
  var state = OperatorState()
  private let definition: WindowDefinition
  private let partition: [CompiledExpression]
  private let sort: SortColumns
  private let evaluator: WindowEvaluator

  init(_ input: NodeID, _ definition: WindowDefinition, types: [ColumnType], stateID: String) {
    inputs = [input]
    self.definition = definition
    partition = definition.partition.map { CompiledExpression($0) }
    sort = SortColumns(definition.order)
    evaluator = WindowEvaluator(definition)
    state.add(
      stateID,
      TraceLayout(
        key: definition.partition.map(\.type.physical), value: sort.types + types.map(\.physical)))
  }

  var usesNow: Bool { partition.contains { $0.usesNow } || sort.usesNow || evaluator.usesNow }
  var needsInitialStep: Bool { false }

  /// Place of the first ordering value in the rows of the trace, key and value counted through.
  var firstOrderColumn: Int { partition.count + (sort.firstHasFlag ? 1 : 0) }

  func step(_ deltas: [ColumnBatch?], now: Int64) throws(EvaluationError) -> ColumnBatch? {
    guard let delta = deltas[0] else { return nil }
    var keys: [ColumnVector] = []
    for expression in partition {
      keys.append(try expression.evaluate(delta.columns, count: delta.count, now: now))
    }
    let sorted = try SortedDelta(
      keys: keys, values: try sort.columns(delta, now) + delta.columns, weights: delta.weights)
    guard !sorted.batch.isEmpty else { return nil }
    let old = try result(sorted.batch, now)
    try state.traces[0].insert(sorted.batch)
    let new = try result(sorted.batch, now)
    return try difference(old, new)
  }

  /// Rows of some partitions, and what is computed over them.
  private struct Computed {
    let rows: PartitionRows
    let calls: [ColumnVector]
    /// The calls of each row, encoded; empty without calls.
    let encoded: ByteColumn
  }

  /// The partitions of the delta's rows, as they are now.
  private func result(_ delta: SortedBatch, _ now: Int64) throws(EvaluationError) -> Computed {
    var rows = PartitionRows(
      of: state.traces[0], sortTypes: sort.types, cut: definition.cut, isExpanded: definition.distinguishesCopies)
    let bytes = delta.rows.bytes
    var row = 0
    while row < delta.count {
      let range = delta.keyRange(row)
      let key = SeekKey(prefix: ByteOrder.prefix(bytes, range.lowerBound, range.upperBound), range: range)
      try rows.append(key, in: bytes)
      row = delta.keyEnd(key, in: bytes, from: row)
    }
    guard evaluator.hasCalls else { return Computed(rows: rows, calls: [], encoded: ByteColumn()) }
    let columns = evaluator.readsColumns ? decoded(rows.values.rows) : []
    let calls = try evaluator.evaluate(columns, rows, now)
    return Computed(rows: rows, calls: calls, encoded: try RowCodec.encode(calls, count: rows.count))
  }

  /// The input's columns.
  private func decoded(_ values: ByteColumn) -> [ColumnVector] {
    Array(StateRows.decode(values, state.traces[0].layout.value).dropFirst(sort.types.count))
  }

  /// Both results of a partition come in one order, so that one walk tells what went and what came.
  private func difference(_ old: Computed, _ new: Computed) throws(EvaluationError) -> ColumnBatch? {
    var went: (rows: [Int32], weights: [Int64]) = ([], [])
    var came: (rows: [Int32], weights: [Int64]) = ([], [])
    for slot in 0..<old.rows.starts.count - 1 {
      var a = old.rows.starts[slot]
      var b = new.rows.starts[slot]
      let (oldEnd, newEnd) = (old.rows.starts[slot + 1], new.rows.starts[slot + 1])
      while a < oldEnd || b < newEnd {
        let order = a == oldEnd ? 1 : b == newEnd ? -1 : Self.compare(old, a, new, b)
        let isSame = order == 0 && Self.sameCalls(old, a, new, b)
        if isSame {
          let change = try Weight.sum(new.rows.weights[b], -old.rows.weights[a])
          if change != 0 {
            came.rows.append(Int32(truncatingIfNeeded: b))
            came.weights.append(change)
          }
        } else {
          if order <= 0 {
            went.rows.append(Int32(truncatingIfNeeded: a))
            went.weights.append(-old.rows.weights[a])
          }
          if order >= 0 {
            came.rows.append(Int32(truncatingIfNeeded: b))
            came.weights.append(new.rows.weights[b])
          }
        }
        if order <= 0 { a += 1 }
        if order >= 0 { b += 1 }
      }
    }
    return try ColumnGather.concatenate([
      batch(old, went.rows, went.weights), batch(new, came.rows, came.weights),
    ])
  }

  /// Only these rows are decoded: most rows of a partition stay as they were.
  private func batch(_ computed: Computed, _ rows: [Int32], _ weights: [Int64]) -> ColumnBatch {
    ColumnBatch(
      columns: decoded(ColumnGather.rows(computed.rows.values.rows, rows))
        + ColumnGather.gather(computed.calls, rows), weights: weights)
  }

  private static func compare(_ left: Computed, _ a: Int, _ right: Computed, _ b: Int) -> Int {
    compare(left.rows.values.rows, a, right.rows.values.rows, b)
  }

  private static func sameCalls(_ left: Computed, _ a: Int, _ right: Computed, _ b: Int) -> Bool {
    left.calls.isEmpty || compare(left.encoded, a, right.encoded, b) == 0
  }

  private static func compare(_ left: ByteColumn, _ a: Int, _ right: ByteColumn, _ b: Int) -> Int {
    let (x, y) = (left.range(a), right.range(b))
    return ByteOrder.compare(
      left.bytes, x.lowerBound, x.upperBound, right.bytes, y.lowerBound, y.upperBound)
  }
}

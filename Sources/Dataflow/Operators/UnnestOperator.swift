import DataModel

/// Each row once for each item of its arrays: the kept columns, then items (of MAPs keys and values), then
/// the number of the row among those of its input row.
///
/// Several arrays give every combination, the last changing fastest, as Calcite's `SqlFunctions.flatProduct`.
final class UnnestOperator: Operator {
  let inputs: [NodeID]
  var state = OperatorState()
  private let kept: [CompiledExpression]
  private let arrays: [(expression: CompiledExpression, type: ColumnType)]
  private let ordinality: Bool
  private let keepsEmpty: Bool

  /// Rows that one step may give.
  private static let rowsMax = 1 << 26

  init(
    _ input: NodeID, _ kept: [ScalarExpression], arrays: [ScalarExpression], ordinality: Bool,
    keepsEmpty: Bool
  ) {
    inputs = [input]
    self.kept = kept.map { CompiledExpression($0) }
    self.arrays = arrays.map { (CompiledExpression($0), $0.type) }
    self.ordinality = ordinality
    self.keepsEmpty = keepsEmpty
  }

  var usesNow: Bool { kept.contains { $0.usesNow } || arrays.contains { $0.expression.usesNow } }
  var needsInitialStep: Bool { false }

  /// Items of one array of all rows.
  private struct Items {
    /// One column, or keys and values; a NULL stands behind the items.
    let columns: [ColumnVector]
    let lengths: [Int32]
    let starts: [Int32]
    /// Place of the NULL.
    let absent: Int32

    init(_ columns: [ColumnVector], lengths: [Int32]) throws(EvaluationError) {
      var total: Int64 = 0
      starts = lengths.map { length in
        defer { total += Int64(length) }
        return Int32(truncatingIfNeeded: total)
      }
      guard let absent = Int32(exactly: total) else { throw UnnestOperator.tooMany }
      var closed: [ColumnVector] = []
      for column in columns {
        let null = ColumnVector(repeating: .null, physical: column.physical, count: 1)
        closed.append(try ColumnGather.concatenate([ColumnGather.canonical(column), null]))
      }
      self.columns = closed
      self.lengths = lengths
      self.absent = absent
    }
  }

  private static var tooMany: EvaluationError {
    EvaluationError(.invalidArgument, "UNNEST of one step gives more than \(rowsMax) rows")
  }

  func step(_ deltas: [ColumnBatch?], now: Int64) throws(EvaluationError) -> ColumnBatch? {
    guard let delta = deltas[0] else { return nil }
    var items: [Items] = []
    for array in arrays {
      let column = try array.expression.evaluate(delta.columns, count: delta.count, now: now)
      items.append(try Self.items(column, array.type))
    }
    var rows: [Int32] = []
    var places = [[Int32]](repeating: [], count: items.count)
    var numbers: [Int64] = []
    for row in 0..<delta.count {
      var total = 1
      for item in items {
        let (product, overflow) = total.multipliedReportingOverflow(by: Int(item.lengths[row]))
        guard !overflow else { throw Self.tooMany }
        total = product
      }
      guard total <= Self.rowsMax - rows.count else { throw Self.tooMany }
      if total == 0, keepsEmpty {
        rows.append(Int32(truncatingIfNeeded: row))
        for index in items.indices { places[index].append(items[index].absent) }
        numbers.append(0)
        continue
      }
      for number in 0..<total {
        rows.append(Int32(truncatingIfNeeded: row))
        var rest = number
        for index in items.indices.reversed() {
          let length = Int(items[index].lengths[row])
          places[index].append(items[index].starts[row] + Int32(truncatingIfNeeded: rest % length))
          rest /= length
        }
        numbers.append(Int64(number + 1))
      }
    }
    guard !rows.isEmpty else { return nil }
    return try output(delta, now, rows, zip(items, places).map { ($0, $1) }, numbers)
  }

  private func output(
    _ delta: ColumnBatch, _ now: Int64, _ rows: [Int32], _ items: [(Items, [Int32])], _ numbers: [Int64]
  ) throws(EvaluationError) -> ColumnBatch {
    var columns: [ColumnVector] = []
    for expression in kept {
      let column = ColumnGather.canonical(
        try expression.evaluate(delta.columns, count: delta.count, now: now))
      columns.append(try ColumnGather.repeated(column, rows))
    }
    for (item, places) in items {
      for column in item.columns { columns.append(try ColumnGather.repeated(column, places)) }
    }
    if ordinality {
      var builder = ColumnBuilder(.int64)
      for number in numbers { builder.append(number == 0 ? .null : .int64(number)) }
      columns.append(builder.finish())
    }
    return ColumnBatch(columns: columns, weights: rows.map { delta.weights[Int($0)] })
  }

  private static func items(_ column: ColumnVector, _ type: ColumnType) throws(EvaluationError) -> Items {
    switch type {
    case .map(let key, let value):
      let exploded = NestedColumns.explode(maps: column, key.physical, value.physical)
      return try Items([exploded.keys.items, exploded.values.items], lengths: exploded.keys.lengths)
    case .array(let element):
      let exploded = NestedColumns.explode(column, element.physical)
      return try Items([exploded.items], lengths: exploded.lengths)
    default: preconditionFailure("the binder unnests only arrays and maps")
    }
  }
}

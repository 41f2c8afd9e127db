import DataModel

/// Columns computed from the rows of a batch for which a predicate is TRUE.
///
/// What the predicate and the columns have in common is computed once; a column of the input is gathered only when
/// something behind the predicate reads it, and shared when no row falls away.
struct CompiledProjection {
  private let predicate: (any ExpressionNode)?
  /// Nil: the columns of the input.
  private let outputs: [any ExpressionNode]?
  private let sharedCount: Int

  init(_ outputs: [ScalarExpression]?, where predicate: ScalarExpression? = nil) {
    let compiler = ExpressionCompiler(for: (predicate.map { [$0] } ?? []) + (outputs ?? []))
    self.predicate = predicate.map(compiler.compile)
    self.outputs = outputs?.map(compiler.compile)
    sharedCount = compiler.sharedCount
  }

  var usesNow: Bool {
    predicate?.traits.usesNow ?? false || (outputs ?? []).contains { $0.traits.usesNow }
  }

  /// Part by part; those without a row are left out.
  func run(_ parts: [ColumnBatch], now: Int64) throws(EvaluationError) -> [ColumnBatch] {
    var result: [ColumnBatch] = []
    for part in parts {
      if let rows = try run(part, now: now), !rows.isEmpty { result.append(rows) }
    }
    return result
  }

  /// Nil without a row.
  func run(_ batch: ColumnBatch, now: Int64) throws(EvaluationError) -> ColumnBatch? {
    guard batch.count > 0 else { return nil }
    let whole = Frame(columns: batch.columns, count: batch.count, now: now, sharedCount: sharedCount)
    var frame = whole
    var weights = batch.weights
    if let predicate {
      let rows = try predicate.run(whole).trueRows(batch.count)
      if rows.isEmpty { return nil }
      if rows.count < batch.count {
        frame = whole.selecting(rows)
        weights = ColumnGather.pick(weights, rows)
      }
    }
    guard let outputs else {
      return ColumnBatch(columns: batch.columns.indices.map { frame.column($0) }, weights: weights)
    }
    var columns: [ColumnVector] = []
    var bytes = 0
    for node in outputs {
      let column = try node.run(frame).expanded(frame.count)
      columns.append(node is ColumnNode ? column : ColumnGather.canonical(column))
      guard !(node is ColumnNode), case .bytes(let values) = column.storage else { continue }
      bytes += values.bytes.count
      try StringKernels.checkSize(bytes, times: 1)
    }
    return ColumnBatch(columns: columns, weights: weights)
  }
}

import DataModel
import Dataflow
import SQLFrontend

/// A plan of filters and projections over one relation, run chunk by chunk so that memory follows its result.
struct LinearScan {
  private enum Stage {
    case filter(CompiledExpression)
    case project([CompiledExpression])
  }

  private static let chunkBytesMax = 1 << 30

  private let relation: SQLIdentifier
  private var stages: [Stage] = []

  /// Nil when the plan is of another shape.
  init?(_ plan: Plan) {
    var current = plan
    while true {
      switch current {
      case .filter(let input, let predicate):
        stages.append(.filter(CompiledExpression(predicate)))
        current = input
      case .project(let input, let expressions, _):
        stages.append(.project(expressions.map { CompiledExpression($0) }))
        current = input
      case .scan(let relation, _):
        self.relation = relation
        stages.reverse()
        return
      default: return nil
      }
    }
  }

  /// Batches of rows with positive weights, none empty; `visit` answers whether to go on.
  func run(
    _ relations: (SQLIdentifier) -> RelationSnapshot?, now: Int64,
    _ visit: (ColumnBatch) throws(EvaluationError) -> Bool
  ) throws(EvaluationError) {
    guard let snapshot = relations(relation) else {
      throw EvaluationError(.invalidArgument, "relation \(relation) is not materialized")
    }
    try snapshot.trace.forEachBatch(rowsMax: QueryRunner.chunkRows) { batch throws(EvaluationError) -> Bool in
      var rows = batch
      let present = batch.weights.indices.filter { batch.weights[$0] > 0 }
      if present.count < batch.count { rows = batch.gather(present.map { Int32(truncatingIfNeeded: $0) }) }
      for stage in stages where !rows.isEmpty { rows = try apply(stage, rows, now) }
      return rows.isEmpty ? true : try visit(rows)
    }
  }

  private func apply(_ stage: Stage, _ rows: ColumnBatch, _ now: Int64) throws(EvaluationError) -> ColumnBatch
  {
    switch stage {
    case .filter(let predicate):
      let kept = try predicate.select(rows.columns, count: rows.count, now: now)
      return kept.count == rows.count ? rows : rows.gather(kept)
    case .project(let expressions):
      var columns: [ColumnVector] = []
      var bytes = 0
      for expression in expressions {
        let column = ColumnGather.canonical(try expression.evaluate(rows.columns, count: rows.count, now: now))
        bytes += ColumnBatch(columns: [column], weights: []).sizeBytes
        guard bytes <= LinearScan.chunkBytesMax else {
          throw EvaluationError(.overflow, "a query makes more than \(LinearScan.chunkBytesMax) bytes of one chunk")
        }
        columns.append(column)
      }
      return ColumnBatch(columns: columns, weights: rows.weights)
    }
  }
}

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
  /// Values that columns of the relation must have one of, by column.
  private var fixed: [Int: [Value]] = [:]

  /// Nil when the plan is of another shape.
  init?(_ plan: Plan) {
    var current = plan
    while true {
      switch current {
      case .filter(let input, let predicate):
        if case .scan = input { LinearScan.fix(predicate, &fixed) }
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

  /// Notes `column = literal` and `column IN (literals)` of a conjunction; such rows lie together when the columns
  /// are the first of the key.
  private static func fix(_ predicate: ScalarExpression, _ fixed: inout [Int: [Value]]) {
    if case .call(.and, let arguments) = predicate.node { return arguments.forEach { fix($0, &fixed) } }
    var choice = Choice()
    guard collect(predicate, &choice), let column = choice.column else { return }
    if fixed[column] == nil { fixed[column] = choice.values }
  }

  private struct Choice {
    var column: Int?
    var values: [Value] = []
  }

  /// The values of a disjunction of equalities of one column; false for any other predicate, and for too many.
  private static func collect(_ predicate: ScalarExpression, _ choice: inout Choice) -> Bool {
    guard case .call(let function, let arguments) = predicate.node else { return false }
    if function == .or {
      for argument in arguments where !collect(argument, &choice) { return false }
      return true
    }
    guard function == .equal, arguments.count == 2, choice.values.count < prefixesMax else { return false }
    for (left, right) in [(arguments[0], arguments[1]), (arguments[1], arguments[0])] {
      guard case .column(let column) = left.node, case .literal(let value) = right.node, isPlain(left.type),
        left.type.physical == right.type.physical, choice.column == nil || choice.column == column
      else { continue }
      switch value {
      case .int64, .bytes:
        choice.column = column
        choice.values.append(value)
        return true
      default: continue
      }
    }
    return false
  }

  /// Equal values have equal bytes.
  private static func isPlain(_ type: ColumnType) -> Bool {
    if case .varchar = type { return true }
    return type.physical == .int64
  }

  /// The values of the first key columns, as far as they are fixed, in the order of the key; nil when the first
  /// one is not, or when there are too many to be worth it.
  private func prefixes(of snapshot: RelationSnapshot) -> [[Value]]? {
    let isKeyed = !snapshot.trace.layout.value.isEmpty
    var prefixes: [[Value]] = [[]]
    for column in isKeyed ? snapshot.schema.primaryKey ?? [] : Array(snapshot.schema.fields.indices) {
      guard let values = fixed[column], prefixes.count * values.count <= LinearScan.prefixesMax else { break }
      prefixes = prefixes.flatMap { prefix in values.map { prefix + [$0] } }
    }
    guard prefixes[0].count > 0 else { return nil }
    let encoded = prefixes.map { (RowCodec.encode($0, physical: snapshot.trace.layout.key), $0) }
    var sorted: [(bytes: [UInt8], values: [Value])] = []
    for (bytes, values) in encoded.sorted(by: { $0.0.lexicographicallyPrecedes($1.0) })
    where sorted.last?.bytes != bytes {
      sorted.append((bytes, values))
    }
    return sorted.map(\.values)
  }

  private static let prefixesMax = 4096

  /// Batches of rows with positive weights, none empty; `visit` answers whether to go on.
  func run(
    _ relations: (SQLIdentifier) -> RelationSnapshot?, now: Int64,
    _ visit: (ColumnBatch) throws(EvaluationError) -> Bool
  ) throws(EvaluationError) {
    guard let snapshot = relations(relation) else {
      throw EvaluationError(.invalidArgument, "relation \(relation) is not materialized")
    }
    func take(_ batch: ColumnBatch) throws(EvaluationError) -> Bool {
      var rows = batch
      let present = batch.weights.indices.filter { batch.weights[$0] > 0 }
      if present.count < batch.count { rows = batch.gather(present.map { Int32(truncatingIfNeeded: $0) }) }
      for stage in stages where !rows.isEmpty { rows = try apply(stage, rows, now) }
      return rows.isEmpty ? true : try visit(rows)
    }
    guard let prefixes = prefixes(of: snapshot) else {
      return try snapshot.trace.forEachBatch(rowsMax: QueryRunner.chunkRows, take)
    }
    let trace = snapshot.trace
    var goesOn = true
    for prefix in prefixes where goesOn {
      try trace.forEachBatch(startingWith: prefix, rowsMax: QueryRunner.chunkRows) {
        batch throws(EvaluationError) in
        goesOn = try take(batch)
        return goesOn
      }
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
        let column = ColumnGather.canonical(
          try expression.evaluate(rows.columns, count: rows.count, now: now))
        bytes += ColumnBatch(columns: [column], weights: []).sizeBytes
        guard bytes <= LinearScan.chunkBytesMax else {
          throw EvaluationError(
            .overflow, "a query makes more than \(LinearScan.chunkBytesMax) bytes of one chunk")
        }
        columns.append(column)
      }
      return ColumnBatch(columns: columns, weights: rows.weights)
    }
  }
}

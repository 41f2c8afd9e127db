package import DataModel
package import Dataflow
package import SQLFrontend

/// Ad-hoc queries: the operators of the circuit over frozen relations, taken as one delta.
///
/// Free to run on any thread. Rows of negative weight are absent; a row of weight n is n rows of the answer.
package struct QueryRunner {
  package struct QueryResult: Sendable {
    package let columns: [PlanColumn]
    /// Weight 1 a row, in the order asked for; without one in row order or the order of the relation.
    package let batches: [ColumnBatch]
  }

  /// Greatest number of rows of an answer; larger ones must be cut with LIMIT.
  package static let rowsMax = 50_000_000
  static let chunkRows = 65_536

  package static func run(
    _ query: QueryPlan, relations: (SQLIdentifier) -> RelationSnapshot?, now: Int64, budget: WorkBudget? = nil
  ) throws(EvaluationError) -> QueryResult {
    var answer = ResultRows(query)
    let visible = max(0, min(query.visibleColumns, query.plan.output.count))
    let columns = Array(query.plan.output.prefix(visible))
    if answer.isFull { return QueryResult(columns: columns, batches: []) }
    if query.order.isEmpty, let scan = LinearScan(query.plan) {
      try scan.run(relations, now: now) { batch throws(EvaluationError) in
        try budget?.spend(bytes: batch.sizeBytes)
        try answer.append(batch)
        return !answer.isFull
      }
      return QueryResult(columns: columns, batches: answer.batches)
    }
    let rows = try evaluate(query.plan, relations: relations, now: now, budget)
    try answer.append(query.order.isEmpty ? rows : try ResultOrder.sorted(rows, by: query.order))
    return QueryResult(columns: columns, batches: answer.batches)
  }

  /// The consolidated rows of a plan with their weights, in row order.
  private static func evaluate(
    _ plan: Plan, relations: (SQLIdentifier) -> RelationSnapshot?, now: Int64, _ budget: WorkBudget?
  ) throws(EvaluationError) -> ColumnBatch {
    let result = SQLIdentifier("result")
    var lowering = PlanLowering()
    lowering.builder.budget = budget
    let leaves = try materialized(plan, &lowering, relations, now)
    let node = lowering.lower(leaves, StateLayout(relation: result))
    let fields = plan.output.map { Field(name: $0.name, type: $0.type, nullable: $0.nullable) }
    lowering.builder.output(result, node, schema: Schema(fields: fields), materialized: false)
    let deltas = try lowering.builder.build().step([], now: now)
    return deltas.first?.rows ?? ColumnBatch(empty: plan.output.map(\.type.physical))
  }

  /// The plan with its linear parts evaluated: each becomes a scan of a relation of literal rows.
  private static func materialized(
    _ plan: Plan, _ lowering: inout PlanLowering, _ relations: (SQLIdentifier) -> RelationSnapshot?,
    _ now: Int64
  ) throws(EvaluationError) -> Plan {
    if let scan = LinearScan(plan) {
      let name = SQLIdentifier("input \(lowering.relations.count)", caseSensitive: true)
      var chunks: [NodeID] = []
      let budget = lowering.builder.budget
      try scan.run(relations, now: now) { batch throws(EvaluationError) in
        try budget?.spend(bytes: batch.sizeBytes)
        chunks.append(lowering.builder.values(batch, stateID: "\(name)/\(chunks.count)"))
        return true
      }
      if chunks.isEmpty {
        let empty = ColumnBatch(empty: plan.output.map(\.type.physical))
        chunks.append(lowering.builder.values(empty, stateID: "\(name)/0"))
      }
      lowering.relations[name] = chunks.count == 1 ? chunks[0] : lowering.builder.union(chunks)
      return .scan(relation: name, output: plan.output)
    }
    return try plan.replacingInputs { input throws(EvaluationError) in
      try materialized(input, &lowering, relations, now)
    }
  }
}

package import DataModel
import Dataflow
package import SQLFrontend
import SQLLowering
import Synchronization

/// Ad-hoc queries over the state after the last finished step. Safe from any thread; a query may take long,
/// so run it
/// on a blocking pool.
package final class ViewReader: Sendable {
  /// Why a query was not answered.
  package enum QueryError: Error, Sendable {
    /// Before any row was made; the message is for the user.
    case planning(String)
    /// While evaluating.
    case running(EvaluationError)
  }

  package struct Answer: Sendable {
    package let fields: [Field]
    /// Weights are 1.
    package let batches: [ColumnBatch]
  }

  private struct Board {
    var snapshots: [SQLIdentifier: RelationSnapshot] = [:]
    var now: Int64 = 0
  }

  private let catalog: [QueryRelation]
  private let board = Mutex(Board())

  package init(program: Program) {
    catalog =
      program.tables.map {
        QueryRelation(name: $0.name, schema: $0.schema, materialized: $0.materialized, isTable: true)
      }
      + program.views.map {
        QueryRelation(name: $0.name, schema: $0.schema, materialized: $0.kind == .materialized)
      }
      + (Self.errorCollection(of: program).map {
        [QueryRelation(name: $0.name, schema: $0.schema, materialized: true)]
      } ?? [])
  }

  /// The relation of the rows that failed; nil when the program has another of its name.
  package static func errorCollection(of program: Program) -> (name: SQLIdentifier, schema: Schema)? {
    ErrorView.isPart(of: program) ? (ErrorView.name, ErrorView.schema) : nil
  }

  func publish(_ snapshots: [SQLIdentifier: RelationSnapshot], now: Int64) {
    board.withLock { $0 = Board(snapshots: snapshots, now: now) }
  }

  /// What one statement of a request comes to.
  package enum Outcome: Sendable {
    case answer(Answer)
    /// Rows for a table, which nobody has inserted yet.
    case insertion(SQLIdentifier, [ColumnBatch])
  }

  /// All statements of a request over one state; insertions among them show in none of the others.
  ///
  /// Errors: `running` with the code `cancelled` when the allowance is used up or cancelled.
  package func run(_ text: String, allowance: QueryAllowance) throws(QueryError) -> [Outcome] {
    let statements: [QueryStatement]
    switch SQLCompiler.script(text, catalog: catalog) {
    case .success(let bound): statements = bound
    case .failure(let errors):
      throw .planning(errors.diagnostics.map { "\($0.message)\n\($0.snippet)" }.joined(separator: "\n"))
    }
    let frozen = board.withLock { $0 }
    var outcomes: [Outcome] = []
    do throws(EvaluationError) {
      for statement in statements { outcomes.append(try run(statement, frozen, allowance)) }
    } catch { throw .running(error) }
    return outcomes
  }

  private func run(
    _ statement: QueryStatement, _ frozen: Board, _ allowance: QueryAllowance
  ) throws(EvaluationError) -> Outcome {
    switch statement {
    case .select(let plan):
      let result = try rows(plan, frozen, allowance)
      return .answer(
        Answer(
          fields: result.columns.map { Field(name: $0.name, type: $0.type, nullable: $0.nullable) },
          batches: result.batches))
    case .explain(let plan): return .answer(Answer(explaining: plan))
    case .insert(let insert):
      let batches = try rows(insert.query, frozen, allowance).batches
      let fields = catalog.first { $0.name == insert.table }?.schema.fields ?? []
      for (index, field) in fields.enumerated() where !field.nullable {
        for batch in batches where (0..<batch.count).contains(where: { !batch.columns[index].isValid($0) }) {
          throw EvaluationError(.invalidArgument, "NULL for column '\(field.name)', which is NOT NULL")
        }
      }
      return .insertion(insert.table, batches)
    }
  }

  private func rows(
    _ plan: QueryPlan, _ frozen: Board, _ allowance: QueryAllowance
  ) throws(EvaluationError) -> QueryRunner.QueryResult {
    try QueryRunner.run(
      plan, relations: { frozen.snapshots[$0] }, now: frozen.now, budget: allowance.budget)
  }

  /// The current rows of a materialized relation with positive weights, in key order; nil when it is not
  /// kept. Errors: state that cannot be read.
  package func contents(of relation: SQLIdentifier) throws(EvaluationError) -> [ColumnBatch]? {
    guard let snapshot = board.withLock({ $0.snapshots[relation] }) else { return nil }
    var batches: [ColumnBatch] = []
    try snapshot.trace.forEachBatch(rowsMax: 8192) { batch in
      let present = batch.weights.indices.filter { batch.weights[$0] > 0 }.map { Int32($0) }
      if !present.isEmpty { batches.append(present.count == batch.count ? batch : batch.gather(present)) }
      return true
    }
    return batches
  }
}

extension ViewReader.Answer {
  /// One row with one BIGINT `count`.
  package init(count: Int64) {
    self.init(
      fields: [Field(name: SQLIdentifier("count"), type: .bigint, nullable: false)],
      batches: [ColumnBatch(columns: [ColumnVector(.int64([count]))], weights: [1])])
  }

  /// The plan's text, one row a line.
  fileprivate init(explaining query: QueryPlan) {
    var builder = ColumnBuilder(.bytes)
    let lines = query.plan.description.split(separator: "\n", omittingEmptySubsequences: false)
    for line in lines { builder.append(bytes: Array(line.utf8)) }
    self.init(
      fields: [Field(name: SQLIdentifier("plan"), type: .varchar(length: nil), nullable: false)],
      batches: [
        ColumnBatch(columns: [builder.finish()], weights: [Int64](repeating: 1, count: lines.count))
      ])
  }
}

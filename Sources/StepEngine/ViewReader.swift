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
      program.tables.map { QueryRelation(name: $0.name, schema: $0.schema, materialized: $0.materialized) }
      + program.views.map {
        QueryRelation(name: $0.name, schema: $0.schema, materialized: $0.kind == .materialized)
      }
  }

  func publish(_ snapshots: [SQLIdentifier: RelationSnapshot], now: Int64) {
    board.withLock { $0 = Board(snapshots: snapshots, now: now) }
  }

  /// Errors: `running` with the code `cancelled` when the allowance is used up or cancelled.
  package func query(_ text: String, allowance: QueryAllowance) throws(QueryError) -> Answer {
    let statement: QueryStatement
    switch SQLCompiler.query(text, catalog: catalog) {
    case .success(let bound): statement = bound
    case .failure(let errors):
      throw .planning(errors.diagnostics.map { "\($0.message)\n\($0.snippet)" }.joined(separator: "\n"))
    }
    let frozen = board.withLock { $0 }
    switch statement {
    case .select(let plan):
      do throws(EvaluationError) {
        let result = try QueryRunner.run(
          plan, relations: { frozen.snapshots[$0] }, now: frozen.now, budget: allowance.budget)
        return Answer(
          fields: result.columns.map { Field(name: $0.name, type: $0.type, nullable: $0.nullable) },
          batches: result.batches)
      } catch { throw .running(error) }
    }
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

package import DataModel
import Dataflow
import PipelineModel
package import Platform
package import SQLFrontend
import SQLLowering

/// A pipeline's state under a changed program: see `Bootstrap`.
package struct ProgramChange: Sendable {
  private let bootstrap: Bootstrap
  private let old: Program
  private let new: Program

  package init(from old: Program, to new: Program) {
    bootstrap = Bootstrap(from: old, to: new)
    self.old = old
    self.new = new
  }

  /// What is added, modified and removed, in a few words.
  package var summary: String { bootstrap.difference.summary }

  package typealias Names = (added: [SQLIdentifier], modified: [SQLIdentifier], removed: [SQLIdentifier])
  package var tables: Names {
    let difference = bootstrap.difference
    return (difference.addedTables, difference.modifiedTables, difference.removedTables)
  }
  package var views: Names {
    let difference = bootstrap.difference
    return (difference.addedViews, difference.modifiedViews, difference.removedViews)
  }

  /// Why views cannot be computed from the state of a pipeline that has taken records; nil when they can.
  package var obstacle: String? { bootstrap.obstacle }

  /// The state for the new program after the same steps; new and changed views in `told` are told to their sinks by
  /// the first step to come. Blocks. Errors: `evaluation` of an expression of a new view, `corrupt`, `storage`,
  /// `state`, `refused` when rows are in the error collection.
  package func state(
    after position: EnginePosition, sections: [StateSection], telling told: Set<SQLIdentifier>,
    storage: EngineStorage, clock: any PipelineClock
  ) throws(StepError) -> EngineCapture {
    let former = Lowering.circuit(for: old, observed: [], collectsErrors: true)
    do { try former.restore(position.traces) } catch { throw StepError(.state, "\(error)") }
    try checkErrors(former)
    do throws(EvaluationError) {
      let outcome = try bootstrap.run(
        position.traces,
        Bootstrap.Means(
          told: told, now: former.time ?? clock.wall().microseconds, budget: WorkBudget(stepsWith: clock),
          prepare: { storage.attach(to: $0) }))
      return EngineCapture(
        steps: position.steps, end: position.end, traces: outcome.traces + outcome.fills, sections: sections,
        storage: storage)
    } catch { throw StepError(evaluation: error) }
  }

  /// Which of the rows that fail would fail in the new program too is not known.
  private func checkErrors(_ former: Circuit) throws(StepError) {
    var count = 0
    do {
      try former.snapshot(of: ErrorView.name)?.trace.forEachBatch(rowsMax: 8192) { rows in
        count += rows.weights.count { $0 != 0 }
        return true
      }
    } catch { throw StepError(evaluation: error) }
    guard count == 0 || !ErrorView.isPart(of: old) else {
      throw StepError(
        .refused,
        "\(count) rows fail in views of the former program (relation error_view): restore it and correct or delete "
          + "them, or clear the storage")
    }
  }
}

package import DataModel
import Dataflow
package import PipelineModel
package import Platform
package import SQLFrontend
import SQLLowering
package import StorageAPI

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

  /// What differs, by name: cheap beside a change itself.
  package static func names(from old: Program, to new: Program) -> (tables: Names, views: Names) {
    let difference = ProgramDifference(from: old, to: new)
    return (
      (difference.addedTables, difference.modifiedTables, difference.removedTables),
      (difference.addedViews, difference.modifiedViews, difference.removedViews)
    )
  }

  /// Why views cannot be computed from the state of a pipeline that has taken records; nil when they can. `lacking`:
  /// why the log does not give all records that a table's rows come from; nil when it does.
  package func obstacle(lacking: (SQLIdentifier) -> String?) -> String? { bootstrap.obstacle(lacking: lacking) }

  /// Tables whose rows begin with this change.
  package var begunTables: [SQLIdentifier] { bootstrap.difference.addedTables + bootstrap.difference.modifiedTables }

  /// What the new state is made of.
  package struct Means {
    let storage: EngineStorage
    let store: any OrderedStore
    let clock: any PipelineClock
    let control: BootstrapControl
    let onRowError: RowErrorPolicy
    /// First record of a table that its rows come from.
    package var origin: (SQLIdentifier) -> Offset = { _ in .zero }
    /// As for `obstacle`.
    package var lacking: (SQLIdentifier) -> String? = { _ in nil }

    package init(
      storage: EngineStorage, store: any OrderedStore, clock: any PipelineClock, control: BootstrapControl,
      onRowError: RowErrorPolicy
    ) {
      self.storage = storage
      self.store = store
      self.clock = clock
      self.control = control
      self.onRowError = onRowError
    }
  }

  /// The state for the new program after the same steps; new and changed views in `told` are told to their sinks by
  /// the first step to come. Blocks. Errors: `evaluation` of an expression of a new view, `corrupt`, `storage`,
  /// `state`, `refused` when rows are in the error collection whose place in the new one cannot be known.
  package func state(
    after position: EnginePosition, sections: [StateSection], telling told: Set<SQLIdentifier>, _ means: Means
  ) throws(StepError) -> EngineCapture {
    let former = Lowering.circuit(for: old, observed: [], collectsErrors: true)
    do { try former.restore(position.traces) } catch { throw StepError(.state, "\(error)") }
    let bootstrap = try bootstrap(former, means)
    // A circuit without NOW() does not know when its last step was, and the wall clock may have gone back since.
    let newest: Int64 = try Journal(store: means.store).newestNow()?.microseconds ?? Int64.min
    let now = max(former.time ?? means.clock.wall().microseconds, newest)
    do throws(EvaluationError) {
      var own = Bootstrap.Means(
        told: told, now: now, budget: means.control.budget, prepare: { means.storage.attach(to: $0) })
      own.progress = { means.control.note($0) }
      own.toleratesErrors = means.onRowError == .deadLetter
      let tables = bootstrap.recordTables
      if !tables.isEmpty, position.end > .zero {
        let origins = Dictionary(tables.map { ($0, means.origin($0)) }) { first, _ in first }
        let log = TakenRecords(
          store: means.store, origins: origins, end: position.end, bySteps: bootstrap.origin == .steps)
        own.records = Bootstrap.Records(count: log.count) { take throws(EvaluationError) in try log.give(take) }
      } else {
        own.records = Bootstrap.Records(count: 0) { _ in }
      }
      let outcome = try bootstrap.run(position.traces, own)
      return EngineCapture(
        steps: position.steps, end: position.end, traces: outcome.traces + outcome.fills, sections: sections,
        storage: means.storage)
    } catch { throw StepError(evaluation: error) }
  }

  /// With rows in the error collection more views may have to be computed.
  private func bootstrap(_ former: Circuit, _ means: Means) throws(StepError) -> Bootstrap {
    var holdsErrors = false
    do {
      try former.snapshot(of: ErrorView.name)?.trace.forEachBatch(rowsMax: 8192) { rows in
        holdsErrors = rows.weights.contains { $0 != 0 }
        return !holdsErrors
      }
    } catch { throw StepError(evaluation: error) }
    guard holdsErrors, ErrorView.isPart(of: old) else { return bootstrap }
    let whole = Bootstrap(from: old, to: new, holdsErrors: true)
    if let obstacle = whole.obstacle(lacking: means.lacking) {
      throw StepError(
        .refused,
        "rows fail in views of the former program (relation error_view), and which of them would fail in the new one "
          + "is not known: \(obstacle); restore the former program and correct or delete these rows")
    }
    return whole
  }
}

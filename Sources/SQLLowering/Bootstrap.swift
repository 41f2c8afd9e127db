package import DataModel
package import Dataflow
package import SQLFrontend

/// State for a changed program from that of the former one: what means the same is kept, new and changed views are
/// computed from the stored contents of the tables that they read, or from their records (see `Origin`). Changed tables
/// begin empty.
package struct Bootstrap: Sendable {
  /// State for the new program, and the contents of views to be told to their sinks.
  package struct Outcome: Sendable {
    package let traces: [TraceState]
    /// Ids are `fillPrefix` and the canonical name; rows are those of the view.
    package let fills: [TraceState]
  }

  package let difference: ProgramDifference
  let new: Program
  private let oldKeys: StateKeys
  let newKeys: StateKeys
  /// Ids of the new circuit.
  private let ids: [String]
  /// Views without all of their state.
  let views: Set<SQLIdentifier>
  /// Relations that these read, on all ways.
  let sources: Set<SQLIdentifier>
  /// Tables that are to be materialized, and were not.
  let unknownTables: Set<SQLIdentifier>
  let errors: KeptErrors

  /// `holdsErrors`: whether rows are in the error collection of the old program.
  package init(from old: Program, to new: Program, holdsErrors: Bool = false) {
    self.new = new
    oldKeys = StateKeys(old)
    newKeys = StateKeys(new)
    difference = ProgramDifference(from: old, oldKeys.digests, to: new, newKeys.digests)
    let after = Lowering.circuit(for: new, observed: [], collectsErrors: true)
    let before = Lowering.circuit(for: old, observed: [], collectsErrors: true)
    ids = after.stateIDs
    let (oldKeys, newKeys) = (oldKeys, newKeys)
    let known = Set(before.stateIDs.map { oldKeys.key(of: $0) })
    let missing = ids.filter { !known.contains(newKeys.key(of: $0)) }.compactMap { newKeys.relation(of: $0) }
    let names = Set(new.views.map(\.name))
    let changed = Set(difference.addedViews + difference.modifiedViews)
    errors = KeptErrors(
      from: before.errorSources, to: after.errorSources, changed: changed,
      holdsErrors: holdsErrors && ErrorView.isPart(of: old))
    views = names.intersection(missing).union(changed).union(names.filter(errors.isMissing))
    var reached: Set<SQLIdentifier> = []
    var waiting = Array(views)
    let definitions = Dictionary(new.views.map { ($0.name, $0) }) { first, _ in first }
    while let name = waiting.popLast() {
      guard reached.insert(name).inserted, let view = definitions[name] else { continue }
      waiting += view.plan.scanned
    }
    sources = reached
    let empty = Set(difference.addedTables + difference.modifiedTables)
    unknownTables = Set(missing).subtracting(names).subtracting(empty)
  }

  package var origin: Origin { obscured == nil ? .contents : .steps }

  /// Tables whose records are needed.
  package var recordTables: Set<SQLIdentifier> {
    switch origin {
    case .contents: Set(unstored.map(\.table))
    case .steps: Set(filledTables.map(\.name)).union(unknownTables)
    }
  }

  /// A relation of which only the steps tell what rows were late: its query is to be computed anew, or it stores
  /// nothing.
  private var obscured: SQLIdentifier? {
    let stored = Set(new.tables.map(\.name)).subtracting(unstored.map(\.table))
    return new.lateness.first {
      $0.drops && (sources.contains($0.relation) || unknownTables.contains($0.relation))
        && !stored.contains($0.relation)
    }?.relation
  }

  /// Why it cannot be done, for a pipeline that has taken records; nil when it can. `lacking`: why the log does not
  /// give all records that a table's rows come from; nil when it does.
  package func obstacle(lacking: (SQLIdentifier) -> String?) -> String? {
    if let relation = obscured {
      if let view = new.views.first(where: { sources.contains($0.name) && $0.plan.readsClock }) {
        return "'\(relation)' has lateness, and view '\(view.name)' reads NOW(): which rows were late then is not known"
      }
      for table in recordTables.sorted() {
        guard let reason = lacking(table) else { continue }
        return "'\(relation)' has lateness, and views that read it are to be computed: which rows were late is known "
          + "only from all records of table '\(table)', and \(reason)"
      }
      return nil
    }
    for (table, message) in unstored {
      if let reason = lacking(table) { return "\(message), and \(reason)" }
    }
    return nil
  }

  /// Tables whose rows so far are needed and not stored, each with a sentence why: they must come as records.
  package var unstored: [(table: SQLIdentifier, message: String)] {
    let filled = Set(filledTables.map(\.name))
    return new.tables.compactMap { table in
      if unknownTables.contains(table.name) {
        return (
          table.name, "table '\(table.name)' is to be materialized, but the rows that it got so far are not stored"
        )
      }
      guard filled.contains(table.name), table.schema.primaryKey == nil, !table.materialized else { return nil }
      let reader = new.views.first { views.contains($0.name) && reads($0.name, table.name) }?.name
      return (
        table.name,
        "view '\(reader ?? table.name)' reads table '\(table.name)', which is not materialized: its rows so far are "
          + "not stored"
      )
    }
  }

  private func reads(_ view: SQLIdentifier, _ table: SQLIdentifier) -> Bool {
    var seen: Set<SQLIdentifier> = []
    var waiting = [view]
    while let name = waiting.popLast() {
      if name == table { return true }
      guard seen.insert(name).inserted, let next = new.views.first(where: { $0.name == name }) else { continue }
      waiting += next.plan.scanned
    }
    return false
  }

  /// Tables whose rows are needed.
  var filledTables: [TableDefinition] {
    let empty = Set(difference.addedTables + difference.modifiedTables)
    return new.tables.filter { sources.contains($0.name) && !empty.contains($0.name) }
  }

  /// Errors: of expressions over the rows, and of files that are read or written; `cancelled` by the budget.
  package func run(_ saved: [TraceState], _ means: Means) throws(EvaluationError) -> Outcome {
    var kept: [String: [TraceState]] = [:]
    for state in saved { kept[oldKeys.key(of: state.wholeID), default: []].append(state) }
    let told = means.told.intersection(difference.addedViews + difference.modifiedViews)
    let computed = views.isEmpty && unknownTables.isEmpty ? [] : try compute(kept, told, means)
    var made: [String: [TraceState]] = [:]
    for state in computed { made[newKeys.key(of: state.wholeID), default: []].append(state) }
    var traces: [TraceState] = []
    let isNew = views.union(unknownTables)
    for id in ids {
      let key = newKeys.key(of: id)
      if id == KeptErrors.stateID, ErrorView.isPart(of: new) {
        traces += try errors.state(kept[key] ?? [], made[key] ?? [], prepare: means.prepare)
        continue
      }
      guard let states = kept[key] ?? made[key] else {
        if let relation = newKeys.relation(of: id), isNew.contains(relation) {
          throw EvaluationError(.corrupt, "nothing was computed for the state \(id)")
        }
        continue
      }
      for state in states { traces.append(state.moved(to: id)) }
    }
    let fills = computed.filter { state in told.contains { state.id == Self.contentsID(of: $0) } }.map { state in
      TraceState(id: Self.fillPrefix + state.id.dropFirst("view/".count), layout: state.layout, runs: state.runs)
    }
    return Outcome(traces: traces, fills: fills)
  }

  /// Of the ids of contents to be told.
  package static let fillPrefix = "fill/"

  private static func contentsID(of view: SQLIdentifier) -> String { "view/\(view.canonical)" }
}

extension Plan {
  /// Relations that it reads.
  fileprivate var scanned: [SQLIdentifier] {
    if case .scan(let relation, _) = self { return [relation] }
    return inputs.flatMap(\.scanned)
  }
}

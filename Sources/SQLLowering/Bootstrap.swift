package import DataModel
package import Dataflow
package import SQLFrontend

/// State for a changed program from that of the former one: what means the same is kept, new and changed views are
/// computed from the stored contents of the tables that they read. Changed tables begin empty.
///
/// Views that read a table without stored contents, or one with LATENESS, cannot be computed: see `obstacle`.
package struct Bootstrap: Sendable {
  /// State for the new program, and the contents of views to be told to their sinks.
  package struct Outcome: Sendable {
    package let traces: [TraceState]
    /// Ids are `fillPrefix` and the canonical name; rows are those of the view.
    package let fills: [TraceState]
  }

  package let difference: ProgramDifference
  private let new: Program
  private let oldKeys: StateKeys
  private let newKeys: StateKeys
  /// Ids of the new circuit.
  private let ids: [String]
  /// Views without all of their state.
  private let views: Set<SQLIdentifier>
  /// Relations that these read, on all ways.
  private let sources: Set<SQLIdentifier>
  private let unknownTables: Set<SQLIdentifier>

  package init(from old: Program, to new: Program) {
    difference = ProgramDifference(from: old, to: new)
    self.new = new
    oldKeys = StateKeys(old)
    newKeys = StateKeys(new)
    ids = Lowering.circuit(for: new, observed: []).stateIDs
    let (oldKeys, newKeys) = (oldKeys, newKeys)
    let known = Set(Lowering.circuit(for: old, observed: []).stateIDs.map { oldKeys.key(of: $0) })
    let missing = ids.filter { !known.contains(newKeys.key(of: $0)) }.compactMap { newKeys.relation(of: $0) }
    let names = Set(new.views.map(\.name))
    views = names.intersection(missing).union(difference.addedViews).union(difference.modifiedViews)
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

  /// Why it cannot be done, for a pipeline that has taken records; nil when it can.
  package var obstacle: String? {
    if let table = unknownTables.min() {
      return "table '\(table)' is to be materialized, but the rows that it got so far are not stored"
    }
    if let rule = new.lateness.first(where: { sources.contains($0.relation) }) {
      return "'\(rule.relation)' has lateness: views that read it cannot be computed from stored rows"
    }
    for table in filledTables where table.schema.primaryKey == nil && !table.materialized {
      let reader = new.views.first { views.contains($0.name) && reads($0.name, table.name) }?.name
      return "view '\(reader ?? table.name)' reads table '\(table.name)', which is not materialized: its rows so far "
        + "are not stored"
    }
    return nil
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

  /// Tables whose stored rows are needed.
  private var filledTables: [TableDefinition] {
    let empty = Set(difference.addedTables + difference.modifiedTables)
    return new.tables.filter { sources.contains($0.name) && !empty.contains($0.name) }
  }

  /// What a part of the program makes of stored rows.
  package struct Means {
    /// Views whose contents are told to sinks when they are new or changed.
    let told: Set<SQLIdentifier>
    /// NOW() of the last step.
    let now: Int64
    let budget: WorkBudget?
    /// Called with the circuit that computes, before it does.
    let prepare: (Circuit) -> Void

    package init(
      told: Set<SQLIdentifier>, now: Int64, budget: WorkBudget?, prepare: @escaping (Circuit) -> Void
    ) {
      self.told = told
      self.now = now
      self.budget = budget
      self.prepare = prepare
    }
  }

  /// Errors: of expressions over the stored rows, and of files that are read or written.
  package func run(_ saved: [TraceState], _ means: Means) throws(EvaluationError) -> Outcome {
    var kept: [String: [TraceState]] = [:]
    for state in saved { kept[oldKeys.key(of: state.wholeID), default: []].append(state) }
    let told = means.told.intersection(difference.addedViews + difference.modifiedViews)
    let computed = views.isEmpty ? [] : try compute(kept, told, means)
    var made: [String: [TraceState]] = [:]
    for state in computed { made[newKeys.key(of: state.wholeID), default: []].append(state) }
    var traces: [TraceState] = []
    for id in ids {
      let key = newKeys.key(of: id)
      for state in kept[key] ?? made[key] ?? [] { traces.append(state.moved(to: id)) }
    }
    let fills = computed.filter { state in told.contains { state.id == Self.contentsID(of: $0) } }.map { state in
      TraceState(id: Self.fillPrefix + state.id.dropFirst("view/".count), layout: state.layout, runs: state.runs)
    }
    return Outcome(traces: traces, fills: fills)
  }

  /// Of the ids of contents to be told.
  package static let fillPrefix = "fill/"

  private static func contentsID(of view: SQLIdentifier) -> String { "view/\(view.canonical)" }

  /// The state of a circuit of just the views that are needed, over all stored rows.
  private func compute(
    _ kept: [String: [TraceState]], _ told: Set<SQLIdentifier>, _ means: Means
  ) throws(EvaluationError) -> [TraceState] {
    let circuit = Lowering.circuit(
      for: part(told), observed: [], workers: CircuitWorkers(1, budget: means.budget))
    circuit.reportsEveryView = false
    means.prepare(circuit)
    _ = try circuit.step([], now: means.now)
    for table in filledTables {
      for state in kept[newKeys.key(of: "table/\(table.name.canonical)")] ?? [] {
        try state.snapshot.forEachBatch(rowsMax: Self.sliceRows) { rows throws(EvaluationError) -> Bool in
          for changes in Self.changes(rows) {
            _ = try circuit.step([TableInput(table: table.name, changes: [changes])], now: means.now)
            _ = try circuit.upkeep()
          }
          return true
        }
      }
    }
    return try circuit.state()
  }

  private static let sliceRows = 65_536

  /// Tables as mere sources: what they keep is at hand already.
  private func part(_ told: Set<SQLIdentifier>) -> Program {
    let tables = new.tables.filter { sources.contains($0.name) }.map { table in
      TableDefinition(
        name: table.name, schema: Schema(fields: table.schema.fields), materialized: false,
        isAppendOnly: table.isAppendOnly && table.schema.primaryKey == nil, properties: [], connectors: nil)
    }
    let needed = new.views.filter { sources.contains($0.name) }.map { view in
      var copy = ViewDefinition(
        name: view.name, kind: told.contains(view.name) ? .materialized : view.kind, plan: view.plan,
        properties: [], connectors: nil)
      copy.recursion = view.recursion
      copy.final = view.final
      return copy
    }
    return Program(tables: tables, views: needed, warnings: [])
  }

  /// Rows as often as their weights say.
  private static func changes(_ rows: ColumnBatch) -> [ChangeBatch] {
    var result: [ChangeBatch] = []
    var indices: [Int32] = []
    var kinds: [UInt8] = []
    func take() {
      guard !indices.isEmpty else { return }
      result.append(ChangeBatch(columns: rows.columns.map { $0.gather(indices) }, kinds: kinds))
      indices.removeAll(keepingCapacity: true)
      kinds.removeAll(keepingCapacity: true)
    }
    for row in 0..<rows.count {
      let kind = rows.weights[row] > 0 ? ChangeKind.insert : ChangeKind.delete
      for _ in 0..<rows.weights[row].magnitude {
        indices.append(Int32(row))
        kinds.append(kind.rawValue)
        if indices.count == sliceRows { take() }
      }
    }
    take()
    return result
  }
}

extension Plan {
  /// Relations that it reads.
  fileprivate var scanned: [SQLIdentifier] {
    if case .scan(let relation, _) = self { return [relation] }
    return inputs.flatMap(\.scanned)
  }
}

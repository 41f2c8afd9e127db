import DataModel
import Dataflow
import PipelineModel
import SQLFrontend

/// The state of a circuit of just the views that are needed.
extension Bootstrap {
  func compute(
    _ kept: [String: [TraceState]], _ told: Set<SQLIdentifier>, _ means: Means
  ) throws(EvaluationError) -> [TraceState] {
    let part = part(told)
    let circuit = Lowering.circuit(
      for: part, observed: [], workers: CircuitWorkers(1, budget: means.budget),
      collectsErrors: ErrorView.isPart(of: new))
    circuit.reportsEveryView = false
    means.prepare(circuit)
    circuit.treatErrors { errors.rule(of: $0) }
    var computation = Computation(
      circuit: circuit, means: means, errors: means.toleratesErrors ? nil : errors)
    switch origin {
    case .contents:
      do throws(CircuitError) { try circuit.restore(waterlines(kept)) } catch {
        throw EvaluationError(.corrupt, error.message)
      }
      // All of it is one step: no row makes another one late, and no state is forgotten before the last one.
      circuit.beginSlices()
      try computation.begin(contents(kept))
      try computation.takeRecords(of: recordTables)
      circuit.endSlices()
    case .steps:
      try computation.begin([])
      try computation.takeSteps(of: recordTables)
    }
    let state = try circuit.state()
    if !means.toleratesErrors { try errors.judge(state) }
    return state
  }

  private func contents(_ kept: [String: [TraceState]]) -> [(table: SQLIdentifier, rows: TraceSnapshot)] {
    let unstored = Set(self.unstored.map(\.table))
    return filledTables.filter { !unstored.contains($0.name) }.flatMap { table in
      (kept[newKeys.key(of: "table/\(table.name.canonical)")] ?? []).map { (table.name, $0.snapshot) }
    }
  }

  /// How far the tables with LATENESS have come: their stored rows are not late.
  private func waterlines(_ kept: [String: [TraceState]]) -> [TraceState] {
    let filled = Set(filledTables.map(\.name))
    return new.lateness.filter { filled.contains($0.relation) }.flatMap { rule in
      let id = "\(rule.drops ? "lateness" : "watermark")/\(rule.relation.canonical)#\(rule.column)"
      return (kept[newKeys.key(of: id)] ?? []).map { $0.moved(to: id) }
    }
  }

  /// For stored contents tables are mere sources, but for those that are to be materialized: what the others keep is at
  /// hand already.
  private func part(_ told: Set<SQLIdentifier>) -> Program {
    let tables = new.tables.filter { sources.union(unknownTables).contains($0.name) }.map { table in
      let isWhole = origin == .steps
      return TableDefinition(
        name: table.name, schema: isWhole ? table.schema : Schema(fields: table.schema.fields),
        materialized: unknownTables.contains(table.name),
        isAppendOnly: table.isAppendOnly && (isWhole || table.schema.primaryKey == nil), properties: [],
        connectors: nil)
    }
    let needed = new.views.filter { sources.contains($0.name) }.map { view in
      var copy = ViewDefinition(
        name: view.name, kind: told.contains(view.name) ? .materialized : view.kind, plan: view.plan,
        properties: [], connectors: nil)
      copy.recursion = view.recursion
      copy.final = view.final
      return copy
    }
    var part = Program(tables: tables, views: needed, warnings: [])
    // Waterlines go by the place of a rule in the list.
    part.lateness = new.lateness
    return part
  }
}

/// Takes rows through the circuit, and tells how far it is.
private struct Computation {
  let circuit: Circuit
  let means: Bootstrap.Means
  /// Nil where errors are tolerated.
  private let errors: KeptErrors?
  private var rowsUnjudged = 0
  private var failingRowsJudged = 0
  private var progress = BootstrapProgress()
  private static let sliceRows = 65_536

  init(circuit: Circuit, means: Bootstrap.Means, errors: KeptErrors?) {
    self.circuit = circuit
    self.means = means
    self.errors = errors
  }

  /// The first step, and stored rows.
  mutating func begin(_ contents: [(table: SQLIdentifier, rows: TraceSnapshot)]) throws(EvaluationError) {
    progress.rowsTotal = contents.reduce(0) { $0 + UInt64(clamping: $1.rows.rowCountHint) }
    progress.recordsTotal = means.records?.count ?? 0
    means.progress(progress)
    try take([])
    for (table, rows) in contents {
      try rows.forEachBatch(rowsMax: Self.sliceRows) { rows throws(EvaluationError) -> Bool in
        try take([TableInput(table: table, rows: [rows])])
        progress.rowsDone += UInt64(clamping: rows.count)
        means.progress(progress)
        return true
      }
    }
    progress.rowsDone = progress.rowsTotal
    means.progress(progress)
  }

  mutating func takeRecords(of tables: Set<SQLIdentifier>) throws(EvaluationError) {
    try give(tables) { computation, taken throws(EvaluationError) in try computation.take(taken.inputs) }
  }

  /// Each record in the step in which it was taken.
  mutating func takeSteps(of tables: Set<SQLIdentifier>) throws(EvaluationError) {
    try give(tables) { computation, taken throws(EvaluationError) in
      if taken.beginsStep, !taken.endsStep { computation.circuit.beginSlices() }
      try computation.take(taken.inputs)
      if taken.endsStep, computation.circuit.isSliced { computation.circuit.endSlices() }
    }
  }

  private mutating func give(
    _ tables: Set<SQLIdentifier>, _ each: (inout Computation, Bootstrap.Taken) throws(EvaluationError) -> Void
  ) throws(EvaluationError) {
    guard !tables.isEmpty else { return }
    guard let records = means.records else {
      throw EvaluationError(.invalidArgument, "nobody has the records of table \(tables.min()?.canonical ?? "")")
    }
    try records.give { taken throws(EvaluationError) in
      var own = taken
      own.inputs = taken.inputs.filter { tables.contains($0.table) }
      try each(&self, own)
      progress.recordsDone += taken.recordCount
      means.progress(progress)
    }
    progress.recordsDone = progress.recordsTotal
    means.progress(progress)
  }

  private mutating func take(_ inputs: [TableInput]) throws(EvaluationError) {
    try means.budget?.spend(bytes: 0)
    _ = try circuit.step(inputs, now: means.now)
    _ = try circuit.upkeep()
    for input in inputs {
      rowsUnjudged += input.rows.reduce(0) { $0 + $1.count } + input.changes.reduce(0) { $0 + $1.kinds.count }
    }
    if rowsUnjudged > means.failingRowsMax { try judge() }
  }

  /// Where so many rows fail that the rest need not be looked at.
  private mutating func judge() throws(EvaluationError) {
    rowsUnjudged = 0
    guard let errors, let failing = circuit.snapshot(of: ErrorView.name)?.trace else { return }
    let count = failing.rowCountHint
    guard count > means.failingRowsMax, count / 2 >= failingRowsJudged else { return }
    failingRowsJudged = count
    try errors.judge(failing, beyond: means.failingRowsMax)
  }
}

package import DataModel

/// The incremental program: operators in topological order, run once a step. Owned by the step thread.
package final class Circuit {
  let operators: [any Operator]
  /// Set by `attach`.
  var storage: TraceStorage?
  private let tables: [SQLIdentifier: Int]
  private var observed: Set<SQLIdentifier>
  /// Whether steps report the deltas of all views, also of those that nobody observes.
  package var reportsEveryView = true
  /// Whether rows change as NOW() goes on: steps without input have an effect.
  package let usesNow: Bool
  private let clock: ClockOperator?
  /// Place of the error collection; its output stands behind it.
  private let errorsIndex: Int?
  private var limits: [StateLimit]
  /// Between `beginSlices` and `endSlices`.
  var takesSlices = false
  private let truncationRowsMin: Int
  let schedule: StepSchedule

  init(
    _ operators: [any Operator], guards: [Int: RowGuard] = [:], observed: Set<SQLIdentifier>, limits: [StateLimit],
    truncationRowsMin: Int, workers: CircuitWorkers = CircuitWorkers()
  ) {
    schedule = StepSchedule(operators, guards, workers)
    self.limits = limits
    self.truncationRowsMin = truncationRowsMin
    self.operators = operators
    self.observed = observed
    var tables: [SQLIdentifier: Int] = [:]
    for (index, node) in operators.enumerated() {
      if let table = node as? TableOperator { tables[table.name] = index }
    }
    self.tables = tables
    usesNow = operators.contains { $0.usesNow }
    clock = operators.lazy.compactMap { $0 as? ClockOperator }.first
    errorsIndex = operators.firstIndex { $0 is ErrorCollectionOperator }
    let ids = operators.flatMap(\.state.ids)
    precondition(Set(ids).count == ids.count, "state ids are unique")
  }

  /// Reports the deltas of this relation from the next step on.
  package func observe(_ relation: SQLIdentifier) { observed.insert(relation) }

  /// Constants or aggregates without groups have not said their first row yet.
  package var needsInitialStep: Bool { operators.contains { $0.needsInitialStep } }

  /// NOW() of the last step, also one before a restore; nil before the first and where no row depends on it.
  package var time: Int64? { clock?.time }

  /// Which rows go to the error collection, if there is one. What no row by itself is to blame for is the step's error.
  package var tolerance = RowErrorTolerance.none {
    didSet { if tolerance != oldValue { errors?.tolerate(tolerance) } }
  }

  /// Operators whose failing rows an error collection may take; none without one.
  package var errorSources: Set<ErrorSource> { errors?.places ?? [] }

  /// Says of each of them what becomes of its failing rows, until `tolerance` is set.
  package func treatErrors(_ rule: (ErrorSource) -> ErrorRule) { errors?.apply(rule) }

  /// Whether the error collection has rows, or had some.
  package var holdsErrors: Bool {
    guard let errorsIndex, let output = operators[errorsIndex + 1] as? OutputOperator else { return false }
    return !output.state.traces.allSatisfy(\.isEmpty) || !output.state.pending.isEmpty
  }

  /// Rows that the last step added to the error collection.
  package var addedErrors: UInt64 { errors?.added ?? 0 }

  private var errors: ErrorCollectionOperator? { errorsIndex.flatMap { operators[$0] as? ErrorCollectionOperator } }

  /// Takes one step: deltas that are not empty, in the order of the relations' definition. NOW() never goes
  /// back: a lesser one than the last step's counts as that.
  ///
  /// All or nothing: when it throws, the circuit is as it was before.
  package func step(_ inputs: [TableInput], now: Int64) throws(EvaluationError) -> [RelationDelta] {
    for node in operators where node.wantsFlush { try node.flush() }
    let before = operators.map(\.state)
    do {
      let deltas = try run(inputs, max(now, time ?? .min))
      for node in operators { node.commit() }
      if !takesSlices { forget() }
      return deltas
    } catch {
      for (node, state) in zip(operators, before) {
        node.state = state
        node.rollBack()
      }
      throw error
    }
  }

  /// Lets go of state that no change to come needs.
  func forget() {
    for index in limits.indices { limits[index].apply(rowsMin: truncationRowsMin) }
  }

  private func run(_ inputs: [TableInput], _ now: Int64) throws(EvaluationError) -> [RelationDelta] {
    for index in tables.values { (operators[index] as? TableOperator)?.dropPending() }
    for input in inputs {
      guard let index = tables[input.table], let table = operators[index] as? TableOperator else {
        throw EvaluationError(.invalidArgument, "unknown table \(input.table)")
      }
      table.pending += input.changes
      table.pendingRows += input.rows
    }
    for case let output as OutputOperator in operators {
      output.isReported = reportsEveryView || observed.contains(output.relation)
    }
    let kept = operators.indices.filter { index in
      if let output = operators[index] as? OutputOperator { return output.isReported }
      return relation(ofTableAt: index).map { observed.contains($0) } ?? false
    }
    let deltas = try schedule.run(operators, now, keeping: Set(kept))
    var result: [RelationDelta] = []
    var next = kept.startIndex
    while next < kept.endIndex {
      guard let relation = relation(at: kept[next]) else { break }
      var parts: [ColumnBatch] = []
      while next < kept.endIndex, self.relation(at: kept[next]) == relation {
        parts += deltas[kept[next]]
        next += 1
      }
      guard let delta = try ColumnGather.concatenate(parts) else { continue }
      let rows = try Consolidation.consolidate(delta).0
      if !rows.isEmpty { result.append(RelationDelta(relation: relation, rows: rows)) }
    }
    return result
  }

  func relation(at index: Int) -> SQLIdentifier? {
    (operators[index] as? OutputOperator)?.relation ?? relation(ofTableAt: index)
  }

  /// A table whose rows the node gives, all or a share.
  private func relation(ofTableAt index: Int) -> SQLIdentifier? {
    if let share = operators[index] as? TableShare { return share.relation }
    guard let table = operators[index] as? TableOperator, !table.isShared else { return nil }
    return table.name
  }

  /// Contents of a materialized relation after the last step; nil for any other. O(1), free to read on any
  /// thread.
  package func snapshot(of relation: SQLIdentifier) -> RelationSnapshot? {
    for node in operators {
      if let found = Self.snapshot(node), found.0 == relation { return found.1 }
    }
    return nil
  }

  /// Rows that reached views since the circuit was built, of either sign and not consolidated.
  package var rowsSeen: UInt64 {
    operators.reduce(0) { $0 + (($1 as? OutputOperator)?.rowsSeen ?? 0) }
  }

  package func snapshots() -> [SQLIdentifier: RelationSnapshot] {
    var result: [SQLIdentifier: RelationSnapshot] = [:]
    for case let (name, snapshot)? in operators.map(Self.snapshot) { result[name] = snapshot }
    return result
  }

  private static func snapshot(_ node: any Operator) -> (SQLIdentifier, RelationSnapshot)? {
    guard let trace = node.state.traces.first else { return nil }
    if let table = node as? TableOperator, table.materialized {
      return (
        table.name, RelationSnapshot(schema: table.schema, trace: trace.snapshot(), pending: node.state.pending)
      )
    }
    if let output = node as? OutputOperator {
      return (
        output.relation, RelationSnapshot(schema: output.schema, trace: trace.snapshot(), pending: node.state.pending)
      )
    }
    return nil
  }

  /// Rows of all traces, after a flush those of the whole state.
  package var stateRows: Int {
    operators.reduce(0) { sum, node in sum + node.state.traces.reduce(0) { $0 + $1.rowCount } }
  }

  /// Changes dropped as late since the circuit was built.
  package var lateRows: UInt64 {
    operators.reduce(0) { $0 + (($1 as? any LatenessSource)?.gates.lateRows ?? 0) }
  }

  /// Memory of all state, in bytes.
  package var stateBytes: Int {
    operators.reduce(0) { sum, node in
      sum + node.hotBytes + node.state.traces.reduce(0) { $0 + $1.sizeBytes }
    }
  }
}

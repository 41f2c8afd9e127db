import DataModel
import Dataflow
import SQLFrontend

/// The error collection of a changed program: rows of views that mean the same, and whose operators are counted as
/// theirs as before, are kept; those of others are found anew when the views are computed.
///
/// An operator that views share counts as the first one's: another order of views, or one less, moves its rows.
struct KeptErrors: Sendable {
  static let stateID = "view/\(ErrorView.name.canonical)"

  /// Whether the old collection has rows.
  let holdsErrors: Bool
  private let after: Set<ErrorSource>
  /// Canonical names of views that are new or mean something else.
  private let changed: Set<String>
  /// Of views whose operators are not those of before.
  private let moved: Set<String>

  init(
    from before: Set<ErrorSource>, to after: Set<ErrorSource>, changed: Set<SQLIdentifier>, holdsErrors: Bool
  ) {
    self.after = after
    self.holdsErrors = holdsErrors
    self.changed = Set(changed.map(\.canonical))
    moved = Set(before.symmetricDifference(after).map(\.view))
  }

  /// Whether rows of a view that means the same are to be found anew.
  func isMissing(_ view: SQLIdentifier) -> Bool {
    holdsErrors && moved.contains(view.canonical) && after.contains { $0.view == view.canonical }
  }

  private func isKept(_ view: String) -> Bool { !changed.contains(view) && !moved.contains(view) }

  /// What becomes of rows that fail in a circuit of some of the views, of which an operator may count as another one's
  /// than in the whole.
  func rule(of source: ErrorSource) -> ErrorRule {
    after.contains(source) && !isKept(source.view) ? .noted : .passes
  }

  /// Where nobody tolerates errors: a row is the error of a new or changed view that fails on it when it is still there
  /// after all others; one that came and went is none. Errors: that row.
  func judge(_ made: [TraceState]) throws(EvaluationError) {
    for state in made where state.wholeID == KeptErrors.stateID { try judge(state.snapshot, beyond: 0) }
  }

  /// The same before all rows are through, where more than so many fail.
  func judge(_ failing: TraceSnapshot, beyond countMax: Int) throws(EvaluationError) {
    var count = 0
    try failing.forEachBatch(rowsMax: 8192) { rows throws(EvaluationError) -> Bool in
      for row in rows.weights.indices where rows.weights[row] != 0 {
        guard changed.contains(KeptErrors.text(rows.columns[0], row)) else { continue }
        count += 1
        guard count > countMax else { continue }
        let texts = rows.columns.map { KeptErrors.text($0, row) }
        throw EvaluationError(
          .invalidArgument, "view '\(texts[0])' fails on a row: \(texts[3]) (\(texts[1]) of \(texts[2]))")
      }
      return true
    }
  }

  private static func text(_ column: ColumnVector, _ row: Int) -> String {
    guard case .bytes(let bytes) = column.value(at: row) else { return "" }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The state of the new collection; none when it is empty.
  func state(
    _ kept: [TraceState], _ made: [TraceState], prepare: (Circuit) -> Void
  ) throws(EvaluationError) -> [TraceState] {
    guard (kept + made).contains(where: { !$0.runs.isEmpty }) else { return [] }
    var builder = CircuitBuilder()
    let table = builder.table(ErrorView.name, schema: ErrorView.schema, materialized: false)
    builder.output(ErrorView.name, table, schema: ErrorView.schema, materialized: true)
    let circuit = builder.build()
    prepare(circuit)
    func add(_ rows: ColumnBatch) throws(EvaluationError) {
      _ = try circuit.step([TableInput(table: ErrorView.name, rows: [rows])], now: 0)
      _ = try circuit.upkeep()
    }
    for state in kept {
      try state.snapshot.forEachBatch(rowsMax: 8192) { rows throws(EvaluationError) -> Bool in
        let own = rows.weights.indices.filter { row in
          isKept(KeptErrors.text(rows.columns[0], row))
        }
        try add(rows.gather(own.map { Int32(truncatingIfNeeded: $0) }))
        return true
      }
    }
    for state in made {
      try state.snapshot.forEachBatch(rowsMax: 8192) { rows throws(EvaluationError) -> Bool in
        try add(rows)
        return true
      }
    }
    return try circuit.state().filter { $0.id == Self.stateID && !$0.runs.isEmpty }
  }
}

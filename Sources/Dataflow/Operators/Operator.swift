import DataModel

/// What an operator keeps between steps: traces, each under a stable id. Some operators keep the hot part of it in
/// records (`KeyedRecords`, `KeyedRows`) that the traces follow at each flush.
struct OperatorState {
  private(set) var ids: [String] = []
  var traces: [Trace] = []

  mutating func add(_ id: String, _ layout: TraceLayout) {
    ids.append(id)
    traces.append(Trace(layout: layout))
  }
}

/// One node of the circuit, run on the step thread: input deltas in, output delta out. Nil is an empty delta.
///
/// An operator that throws may leave its state half changed: the circuit puts `state` back and calls `rollBack` on
/// every operator of the step, otherwise `commit`.
protocol Operator: AnyObject {
  var inputs: [NodeID] { get }
  var state: OperatorState { get set }
  var usesNow: Bool { get }
  /// Wants a step also without input, because its first output is still due.
  var needsInitialStep: Bool { get }
  /// Whether inputs without deletions give an output without deletions.
  var keepsInserts: Bool { get }
  /// Memory of records outside the traces, in bytes.
  var hotBytes: Int { get }
  func step(_ deltas: [ColumnBatch?], now: Int64) throws(EvaluationError) -> ColumnBatch?
  /// Keeps what the step did to records.
  func commit()
  /// Takes back what the step did to records.
  func rollBack()
  /// Brings the traces up to date; between steps.
  func flush() throws(EvaluationError)
  /// Forgets the records: after a flush, or when `state` was replaced.
  func evict()
}

extension Operator {
  var keepsInserts: Bool { false }
  var hotBytes: Int { 0 }
  func commit() {}
  func rollBack() {}
  func flush() throws(EvaluationError) {}
  func evict() {}
}

/// Place of an operator in its circuit.
package struct NodeID: Hashable, Sendable {
  let index: Int
}

import DataModel

/// What an operator keeps between steps: traces, each under a stable id. Some operators keep the hot part of it in
/// records (`KeyedRecords`, `KeyedRows`) that the traces follow at each flush.
struct OperatorState {
  private(set) var ids: [String] = []
  var traces: [Trace] = []
  /// Rows that trace 0 does not have yet.
  var pending = PendingRows()

  mutating func add(_ id: String, _ layout: TraceLayout) {
    ids.append(id)
    traces.append(Trace(layout: layout))
  }

  mutating func add(_ id: String, holding trace: Trace) {
    ids.append(id)
    traces.append(trace)
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
  /// Memory of records and of rows outside the traces, in bytes.
  var hotBytes: Int { get }
  /// Whether a flush would give much memory back.
  var wantsFlush: Bool { get }
  func step(_ deltas: [ColumnBatch?], now: Int64) throws(EvaluationError) -> ColumnBatch?
  /// Whether `parts` takes the parts of a delta one by one, so that nobody need put them together.
  var takesParts: Bool { get }
  /// As `step`, with deltas in parts whose sum they are; none is an empty delta.
  func parts(_ deltas: [[ColumnBatch]], now: Int64) throws(EvaluationError) -> [ColumnBatch]
  /// Keeps what the step did to records.
  func commit()
  /// Takes back what the step did to records.
  func rollBack()
  /// Brings the traces up to date; between steps.
  func flush() throws(EvaluationError)
  /// Rows of a trace, or of the records in front of it if they are more.
  func rowCount(ofTrace trace: Int) -> Int
  /// Drops the state rows of which a column, an int64 counted over key and value, is present and less. Called
  /// between steps, for columns and bounds of which the lowering knows that no change to come needs such
  /// rows; not calling it is as right.
  func truncate(trace: Int, column: Int, below bound: Int64)
  /// Forgets the records, since `state` was replaced.
  func evict()
  /// After a flush: forgets at least about half of the records, preferably those that steps are done with.
  func shrink() throws(EvaluationError)
}

extension Operator {
  var keepsInserts: Bool { false }
  var takesParts: Bool { false }

  func parts(_ deltas: [[ColumnBatch]], now: Int64) throws(EvaluationError) -> [ColumnBatch] {
    var whole: [ColumnBatch?] = []
    for delta in deltas { whole.append(try ColumnGather.concatenate(delta)) }
    guard let result = try step(whole, now: now), !result.isEmpty else { return [] }
    return [result]
  }

  var hotBytes: Int { 0 }
  var wantsFlush: Bool { false }
  func commit() {}
  func rollBack() {}
  func flush() throws(EvaluationError) {}
  func evict() {}
  func shrink() throws(EvaluationError) { evict() }
}

/// Place of an operator in its circuit.
package struct NodeID: Hashable, Sendable {
  let index: Int
}

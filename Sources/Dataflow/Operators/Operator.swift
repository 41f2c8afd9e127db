import DataModel

/// What an operator keeps between steps: nothing but traces, each under a stable id.
struct OperatorState {
  private(set) var ids: [String] = []
  var traces: [Trace] = []

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
/// All state is in `state`; an operator that throws may leave it half changed, and the circuit puts it back.
protocol Operator: AnyObject {
  var inputs: [NodeID] { get }
  var state: OperatorState { get set }
  var usesNow: Bool { get }
  /// Wants a step also without input, because its first output is still due.
  var needsInitialStep: Bool { get }
  func step(_ deltas: [ColumnBatch?], now: Int64) throws(EvaluationError) -> ColumnBatch?
}

/// Place of an operator in its circuit.
package struct NodeID: Hashable, Sendable {
  let index: Int
}

package import PipelineModel

/// How far records must have come.
package enum LedgerGate: Hashable, Sendable {
  /// Through the circuit: visible to queries.
  case processed
  /// Acknowledged by every output too.
  case complete
  /// Acknowledged by the output of this name.
  case output(String)
}

/// What a wait is for: a range that has passed a gate; a range over zero records passes with the step count of
/// its issue.
package struct WaitCondition: Hashable, Sendable {
  package let gate: LedgerGate
  package let range: OffsetRange
  package let stepsAtIssue: StepCount

  package init(_ gate: LedgerGate, _ range: OffsetRange, stepsAtIssue: StepCount) {
    self.gate = gate
    self.range = range
    self.stepsAtIssue = stepsAtIssue
  }

  /// Where the queue of waiters has its place for it.
  var key: UInt64 { range.isEmpty ? stepsAtIssue.rawValue : range.end.rawValue }
}

/// How far everything is at one gate.
package struct GatePosition: Hashable, Sendable {
  package let end: Offset
  package let steps: StepCount

  package init(end: Offset, steps: StepCount) {
    self.end = end
    self.steps = steps
  }

  package func meets(_ condition: WaitCondition) -> Bool {
    condition.range.isEmpty ? steps >= condition.stepsAtIssue : condition.range.end <= end
  }
}

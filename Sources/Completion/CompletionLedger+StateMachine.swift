package import PipelineModel

/// What the ledger says of a range.
package enum LedgerStatus: Hashable, Sendable {
  /// Complete since total_completed_steps reached this count.
  case complete(step: StepCount)
  /// Complete when total_completed_steps reaches the count; nil while the range is not in a finished step.
  case inProgress(step: StepCount?)
}

package struct LedgerTotals: Hashable, Sendable {
  package var initiatedSteps: StepCount
  package var completedSteps: StepCount
  /// Every record below is through the circuit.
  package var processedEnd: Offset
  /// Every record below is through the circuit and acknowledged by every output.
  package var completedEnd: Offset
}

/// Pure: positions in, statuses out. Completion is computed from committed positions, never from counters.
///
/// Steps are contiguous offset ranges in order, so a range is complete exactly when its end is at most
/// `completedEnd`.
package struct LedgerState: Sendable {
  private struct TakenStep: Sendable {
    let step: StepIndex
    let end: Offset
  }

  package private(set) var totals: LedgerTotals
  private struct Output: Sendable {
    let name: String
    var delivered: StepCount
    /// Every record below is delivered; may be behind what `delivered` says while that lies before this life.
    var end: Offset
  }

  private var processedSteps: StepCount
  /// Sorted by name.
  private var outputs: [Output] = []
  /// Recent steps with records, oldest first; the first `completedCount` of them are complete.
  private var recent: [TakenStep] = []
  private var completedCount = 0

  /// Complete steps remembered in memory; older ones are in the store.
  package static let recentMax = 16_384

  package init(steps: StepCount, processedEnd: Offset) {
    processedSteps = steps
    totals = LedgerTotals(
      initiatedSteps: steps, completedSteps: steps, processedEnd: processedEnd, completedEnd: processedEnd)
  }

  /// An output that may be behind from a former life: completion begins where it stands. Only before the
  /// first step.
  package mutating func restoreOutput(_ name: String, delivered: StepCount, completedEnd: Offset) {
    add(name, at: delivered, end: completedEnd)
    totals.completedSteps = min(totals.completedSteps, delivered)
    totals.completedEnd = min(totals.completedEnd, completedEnd)
  }

  package mutating func initiated(_ step: StepIndex) {
    totals.initiatedSteps = max(totals.initiatedSteps, step.completedCount)
  }

  package mutating func processed(_ step: StepIndex, range: OffsetRange) {
    initiated(step)
    processedSteps = max(processedSteps, step.completedCount)
    totals.processedEnd = max(totals.processedEnd, range.end)
    if !range.isEmpty { recent.append(TakenStep(step: step, end: range.end)) }
    advance()
  }

  package mutating func delivered(_ name: String, through steps: StepCount) {
    guard let index = outputs.firstIndex(where: { $0.name == name }) else { return }
    outputs[index].delivered = max(outputs[index].delivered, steps)
    advance()
  }

  /// End of the records of the first `steps` steps as far as memory knows, but at least `known`.
  private func end(of steps: StepCount, atLeast known: Offset) -> Offset {
    if steps >= processedSteps { return totals.processedEnd }
    var (low, high) = (0, recent.count)
    while low < high {
      let middle = (low + high) / 2
      if steps.includes(recent[middle].step) { low = middle + 1 } else { high = middle }
    }
    return low == 0 ? known : max(known, recent[low - 1].end)
  }

  /// An output that begins now, after `steps` steps.
  package mutating func add(_ name: String, at steps: StepCount) {
    add(name, at: steps, end: end(of: steps, atLeast: .zero))
  }

  private mutating func add(_ name: String, at steps: StepCount, end: Offset) {
    outputs.removeAll { $0.name == name }
    outputs.append(Output(name: name, delivered: steps, end: end))
    outputs.sort { $0.name < $1.name }
  }

  package mutating func remove(_ name: String) {
    outputs.removeAll { $0.name == name }
    advance()
  }

  private mutating func advance() {
    let reached = outputs.reduce(processedSteps) { min($0, $1.delivered) }
    totals.completedSteps = max(totals.completedSteps, reached)
    while completedCount < recent.count, totals.completedSteps.includes(recent[completedCount].step) {
      totals.completedEnd = max(totals.completedEnd, recent[completedCount].end)
      completedCount += 1
    }
    if totals.completedSteps >= processedSteps { totals.completedEnd = totals.processedEnd }
    for index in outputs.indices {
      outputs[index].end = end(of: outputs[index].delivered, atLeast: outputs[index].end)
    }
    if completedCount > 2 * LedgerState.recentMax {
      recent.removeFirst(LedgerState.recentMax)
      completedCount -= LedgerState.recentMax
    }
  }

  /// Nil for an output that is not there.
  package func position(at gate: LedgerGate) -> GatePosition? {
    switch gate {
    case .processed: GatePosition(end: totals.processedEnd, steps: processedSteps)
    case .complete: GatePosition(end: totals.completedEnd, steps: totals.completedSteps)
    case .output(let name):
      outputs.first { $0.name == name }.map { GatePosition(end: $0.end, steps: $0.delivered) }
    }
  }

  /// Whether everything of a range is complete.
  package func isComplete(_ range: OffsetRange, stepsAtIssue: StepCount) -> Bool {
    range.isEmpty ? totals.completedSteps >= stepsAtIssue : range.end <= totals.completedEnd
  }

  /// Nil when the step of a range is not in memory: then the store knows it.
  package func status(of range: OffsetRange, stepsAtIssue: StepCount) -> LedgerStatus? {
    let complete = isComplete(range, stepsAtIssue: stepsAtIssue)
    if range.isEmpty { return complete ? .complete(step: stepsAtIssue) : .inProgress(step: stepsAtIssue) }
    if range.end > totals.processedEnd { return .inProgress(step: nil) }
    // What the oldest remembered step holds beside its last record is not known: the step before it is
    // forgotten.
    guard let first = recent.first, first.end <= range.end else { return nil }
    let count = recent[position(of: range.end)].step.completedCount
    return complete ? .complete(step: count) : .inProgress(step: count)
  }

  /// Position of the step that holds the record before `end`; `end` lies in the remembered part.
  private func position(of end: Offset) -> Int {
    var (low, high) = (0, recent.count - 1)
    while low < high {
      let middle = (low + high) / 2
      if recent[middle].end < end { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// Outputs that hold a stepped range back, and by how many steps.
  package func blockers() -> [(name: String, lagSteps: UInt64)] {
    outputs.filter { $0.delivered < processedSteps }.map {
      ($0.name, processedSteps.rawValue - $0.delivered.rawValue)
    }
  }
}

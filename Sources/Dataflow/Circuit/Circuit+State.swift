package import DataModel
import Platform

extension Circuit {
  /// Large runs of all traces go to this storage and merge there, from now on.
  package func attach(_ storage: TraceStorage) {
    for node in operators {
      for index in node.state.traces.indices { node.state.traces[index].storage = storage }
    }
    self.storage = storage
  }

  /// Between steps: takes over what the background has merged and written, begins what is due, and keeps the memory of
  /// traces within the storage's budget. True when published snapshots hold runs that were replaced. Never changes
  /// what the circuit answers.
  ///
  /// Errors: `corrupt` and `storage` of a merge that failed.
  package func upkeep() throws(EvaluationError) -> Bool {
    guard let storage else { return false }
    // Records and traces share one budget.
    try evict(storage.recordBytesMax)
    let hot = operators.reduce(0) { $0 + $1.hotBytes }
    let budget = storage.traceBytesMax
    let limit = max(budget - hot, budget / 8 * 3)
    var changed = try settleAll()
    var bytes = traceBytes
    if bytes > limit {
      changed = try spill(storage, excess: bytes - limit * 3 / 4) || changed
      bytes = traceBytes
      // Far over the budget the step thread waits for the disk.
      while bytes > limit / 2 * 3, let busy = busyNode {
        for trace in busy.state.traces { trace.waitForJob() }
        changed = try settleAll() || changed
        bytes = traceBytes
        if bytes > limit {
          changed = try spill(storage, excess: bytes - limit * 3 / 4) || changed
          bytes = traceBytes
        }
      }
    }
    storage.noteTraceBytes(bytes)
    return changed
  }

  /// Keeps the records in front of the traces within a budget: the largest go to their traces, and come back key by key
  /// as they are asked for.
  private func evict(_ budget: Int) throws(EvaluationError) {
    let sizes = operators.map(\.hotBytes)
    var total = sizes.reduce(0, +)
    guard total > budget else { return }
    for index in sizes.indices.sorted(by: { (sizes[$1], $0) < (sizes[$0], $1) }) where total > budget / 4 * 3 {
      try operators[index].flush()
      try operators[index].shrink()
      total -= sizes[index] - operators[index].hotBytes
    }
  }

  private var busyNode: (any Operator)? { operators.first { $0.state.traces.contains { $0.isBusy } } }

  private func settleAll() throws(EvaluationError) -> Bool {
    var changed = false
    for node in operators {
      for index in node.state.traces.indices {
        guard try node.state.traces[index].settle() else { continue }
        changed = true
        node.state.traces[index].startMerge()
      }
    }
    return changed
  }

  /// Largest batches first.
  private func spill(_ storage: TraceStorage, excess: Int) throws(EvaluationError) -> Bool {
    var candidates: [(bytes: Int, node: Int, trace: Int, run: Int)] = []
    for (node, subject) in operators.enumerated() {
      for (trace, state) in subject.state.traces.enumerated() {
        for (run, content) in state.runs.enumerated()
        where !content.isStored && content.memoryBytes >= storage.settings.spilledBatchBytesMin {
          candidates.append((content.memoryBytes, node, trace, run))
        }
      }
    }
    candidates.sort { ($1.bytes, $0.node, $0.trace, $0.run) < ($0.bytes, $1.node, $1.trace, $1.run) }
    var left = excess
    var changed = false
    for candidate in candidates where left > 0 {
      changed = operators[candidate.node].state.traces[candidate.trace].spill(candidate.run) || changed
      left -= candidate.bytes
    }
    return changed
  }

  private var traceBytes: Int {
    operators.reduce(0) { sum, node in sum + node.state.traces.reduce(0) { $0 + $1.sizeBytes } }
  }

  /// Ids of the state, in the order of `state`.
  package var stateIDs: [String] { operators.flatMap(\.state.ids) }

  /// Waking other threads does not pay for a few rows.
  private func flush(_ nodes: [any Operator]) throws(EvaluationError) {
    guard nodes.reduce(0, { $0 + $1.hotBytes }) < Limits.parallelFlushBytesMin else {
      return try schedule.flush(nodes)
    }
    for node in nodes { try node.flush() }
  }

  /// Everything the circuit remembers, in a fixed order; also empty traces. Between steps.
  package func state() throws(EvaluationError) -> [TraceState] {
    try flush(operators)
    return operators.flatMap { node in
      zip(node.state.ids, node.state.traces).map { TraceState(id: $0, layout: $1.layout, runs: $1.runs) }
    }
  }

  /// Replaces all state; traces that are not named become empty. State of a circuit with another number of workers is
  /// read whole and shared out anew.
  ///
  /// Throws, without a change, when an id is unknown or rows are not of the trace's types.
  package func restore(_ saved: [TraceState]) throws(CircuitError) {
    let states: [TraceState]
    do { states = try StateShare.shared(saved, for: operators.flatMap(\.state.ids)) } catch {
      throw CircuitError(message: error.message)
    }
    var stored: [String: [TraceRun]] = [:]
    for state in states where stored.updateValue(state.runs, forKey: state.id) != nil {
      throw CircuitError(message: "state \(state.id) is there twice")
    }
    var restored: [OperatorState] = []
    for node in operators {
      var state = node.state
      for index in state.ids.indices {
        do throws(CodecError) {
          try state.traces[index].replace(stored.removeValue(forKey: state.ids[index]) ?? [])
          if NumberCell.mayBe(state.traces[index]) { try state.traces[index].load() }
        } catch {
          throw CircuitError(message: "state \(state.ids[index]): \(error.message)")
        }
      }
      restored.append(state)
    }
    if let unknown = stored.keys.min() { throw CircuitError(message: "no operator has the state \(unknown)") }
    for (node, state) in zip(operators, restored) {
      node.state = state
      node.evict()
    }
  }
}

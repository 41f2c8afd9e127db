import PipelineModel
import Platform
import WireTypes

/// Takes one run from where its events are to its end: every decision of its machine is an event before it is acted on.
struct RunPilot: Sendable {
  enum Signal: Sendable {
    case answer(NodeAnswer, to: Int)
    case cancel
    case wake
  }

  let service: WorkService
  let calls: RunCalls
  let graphs: GraphLibrary
  /// Taken while the run decides and calls, given back while it only waits for a time.
  let slots: TurnSlots

  /// Returns at the end of the run, or when the signals end.
  func drive(
    _ id: String, _ signals: AsyncStream<Signal>, _ teller: AsyncStream<Signal>.Continuation
  ) async throws(WorkError) {
    guard let item = try await service.item(id), !item.status.isWorked else { return }
    var group: WorkGroup?
    if let name = item.group { group = try await service.group(name) }
    guard let graph = try await graphs.origin(of: item, group).known?.graph else {
      return try await end(id, RunEnd(status: .error, errorMessage: "the graph is not valid", output: .null))
    }
    let isCancelling = item.status == .cancelling || group?.status == .cancelling
    var machine = RunMachine(
      RunSetup(uuid: id, graph: graph, data: RunRecord.data(of: item)), replaying: RunRecord.executions(of: item),
      isCancelling: isCancelling)
    var underway = Tasks()
    defer { underway.cancel() }
    for call in machine.openCalls { underway.start { await self.make(call, id, teller) } }
    let token = item.events.isEmpty ? service.token(of: id) : nil
    try await turn(&machine, id, token, &underway, teller)
    if machine.end != nil { return }
    await slots.leave()
    var holdsSlot = false
    for await signal in signals {
      if !holdsSlot {
        await slots.enter()
        holdsSlot = true
      }
      switch signal {
      case .wake: break
      case .cancel: machine.cancel()
      case .answer(let answer, let index):
        guard let change = machine.apply(answer, to: index, now: service.clock.wall()) else { continue }
        try await write([change], id, nil)
      }
      try await turn(&machine, id, nil, &underway, teller)
      if machine.end != nil { break }
      await slots.leave()
      holdsSlot = false
    }
    if !holdsSlot { await slots.enter() }
  }

  private func turn(
    _ machine: inout RunMachine, _ id: String, _ token: String?, _ underway: inout Tasks,
    _ teller: AsyncStream<Signal>.Continuation
  ) async throws(WorkError) {
    var token = token
    while true {
      let now = service.clock.wall()
      let turn = machine.advance(now: now)
      try await write(turn.changes, id, token)
      if !turn.changes.isEmpty { token = nil }
      for call in turn.calls { underway.start { await self.make(call, id, teller) } }
      if let end = turn.end { return try await self.end(id, end) }
      if turn.isUnfinished { continue }
      if let wakeAt = turn.wakeAt {
        let pause = max(0, wakeAt.microseconds - now.microseconds)
        underway.wake {
          do { try await Task.sleep(for: .microseconds(pause)) } catch { return }
          teller.yield(.wake)
        }
      }
      return
    }
  }

  private func make(_ call: NodeCall, _ id: String, _ teller: AsyncStream<Signal>.Continuation) async {
    let answer = await calls.answer(call, run: id)
    if !Task.isCancelled { teller.yield(.answer(answer, to: call.executionIndex)) }
  }

  private func write(_ changes: [NodeExecution], _ id: String, _ token: String?) async throws(WorkError) {
    guard !changes.isEmpty else { return }
    let details = changes.enumerated().map { RunRecord.event($0.element, token: $0.offset == 0 ? token : nil) }
    try await service.update(item: id) { item in
      let status: WorkStatus = item.status == .cancelling ? .cancelling : .processing
      return details.map { .init(status, detail: $0) }
    }
  }

  private func end(_ id: String, _ end: RunEnd) async throws(WorkError) {
    let error: JSONValue = [
      "error": ["message": .string(end.errorMessage ?? "the run failed"), "code": "processing_error"]
    ]
    let success: JSONValue = ["success": true, "response": end.output]
    let (failed, succeeded) = (error.encoded, success.encoded)
    try await service.update(item: id) { item in
      // Whoever has asked for a cancellation gets it, whatever came of the last call.
      if item.status == .cancelling { return [.init(.cancelled)] }
      switch end.status {
      case .cancelled: return [.init(.cancelled)]
      case .error: return [.init(.failed, detail: failed)]
      case .success:
        let begun: [WorkService.Change] = item.status == .pending ? [.init(.processing)] : []
        return begun + [.init(.completed, detail: succeeded)]
      }
    }
  }
}

/// Calls and the timer of one run.
private struct Tasks {
  private var calls: [Task<Void, Never>] = []
  private var timer: Task<Void, Never>?

  mutating func start(_ work: @escaping @Sendable () async -> Void) {
    if calls.count > 64 { calls.removeFirst(32) }
    calls.append(Task { await work() })
  }

  mutating func wake(_ work: @escaping @Sendable () async -> Void) {
    timer?.cancel()
    timer = Task { await work() }
  }

  func cancel() {
    for call in calls { call.cancel() }
    timer?.cancel()
  }
}

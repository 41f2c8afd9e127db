import PipelineModel
import Platform
import WireTypes

/// One way through one graph: the run's own, or an item's through a group.
///
/// `fold` alone changes where the walk stands, from executions only; so replay and live run agree.
struct NodeWalk: Sendable {
  indirect enum Phase: Sendable {
    /// A node is next; after a failure not before a time.
    case ready(node: String, attempt: Int, notBefore: WallTime?)
    /// The pause before another attempt is written down as an execution.
    case pausing(execution: Int, node: String, attempt: Int, until: WallTime)
    case calling(execution: Int)
    case delaying(execution: Int, until: WallTime)
    case inGroup(GroupWalk)
    case ended(RunEnd)
  }

  let graph: WorkflowGraph
  let scope: [NodeExecution.Scope]
  let data: JSONValue
  let parentNodes: JSONValue?
  /// By slug, in order; a repeated slug's last one counts.
  private(set) var outputs: [JSONMember] = []
  private(set) var phase: Phase

  init(graph: WorkflowGraph, scope: [NodeExecution.Scope], data: JSONValue, parentNodes: JSONValue?) {
    self.graph = graph
    self.scope = scope
    self.data = data
    self.parentNodes = parentNodes
    if let start = graph.start {
      phase = .ready(node: start.uuid, attempt: 1, notBefore: nil)
    } else {
      phase = .ended(RunEnd(status: .error, errorMessage: "the graph has no start node", output: .null))
    }
  }

  var context: ExpressionContext { ExpressionContext(nodes: .object(outputs), parentNodes: parentNodes) }

  var end: RunEnd? {
    if case .ended(let end) = phase { return end }
    return nil
  }

  // MARK: Folding

  /// Takes one version of an execution of this walk or of a group within.
  mutating func fold(_ execution: NodeExecution) {
    if execution.scope.count == scope.count { return foldHere(execution) }
    guard case .inGroup(var group) = phase else { return }
    phase = .calling(execution: group.execution)
    group.fold(execution, depth: scope.count)
    phase = .inGroup(group)
  }

  private mutating func foldHere(_ execution: NodeExecution) {
    guard let node = graph[execution.nodeUuid] else { return }
    switch execution.status {
    case .pending:
      guard case .ready(_, _, let time?) = phase else { return }
      phase = .pausing(execution: execution.index, node: node.uuid, attempt: execution.attempt, until: time)
    case .running:
      if node.callKind != nil {
        phase = .calling(execution: execution.index)
      } else if node.native == .delay {
        let until = NativeStep.delayEnd(from: execution.startedAt, config: execution.computedConfig)
        phase = .delaying(execution: execution.index, until: until)
      } else if let group = node.group {
        phase = .inGroup(
          GroupWalk(
            execution: execution, graph: group, scope: scope, parentNodes: .object(outputs)))
      }
    case .success:
      outputs.append(JSONMember(node.slug, execution.output))
      if let next = execution.nextNodeUuid {
        phase = .ready(node: next, attempt: 1, notBefore: nil)
      } else {
        let output = node.native == .end ? execution.output : .null
        close(RunEnd(status: .success, errorMessage: nil, output: output))
      }
    case .error:
      if let retry = node.retry, execution.attempt < retry.maximumAttempts {
        let failedAt = execution.finishedAt ?? execution.updatedAt
        let time = failedAt.adding(microseconds: retry.pauseMicroseconds(after: execution.attempt))
        phase = .ready(node: node.uuid, attempt: execution.attempt + 1, notBefore: time)
      } else if let next = execution.nextNodeUuid {
        phase = .ready(node: next, attempt: 1, notBefore: nil)
      } else {
        let message = "\(node.slug): \(execution.errorMessage ?? "failed")"
        close(RunEnd(status: .error, errorMessage: message, output: .null))
      }
    case .cancelled: close(RunEnd(status: .cancelled, errorMessage: nil, output: .null))
    }
  }

  private mutating func close(_ end: RunEnd) {
    outputs = []
    phase = .ended(end)
  }

  // MARK: Advancing

  /// Goes on until something outside is needed.
  mutating func advance(_ desk: inout RunDesk, isStopping: Bool) {
    var goesOn = true
    while goesOn {
      switch phase {
      case .ended, .calling: goesOn = false
      case .ready(let uuid, let attempt, let time):
        goesOn = leave(&desk, node: uuid, attempt: attempt, notBefore: time, isStopping: isStopping)
      case .pausing(let index, let uuid, let attempt, let until):
        if isStopping {
          finish(desk.executions[index], with: .cancelled, &desk)
        } else if until > desk.now {
          desk.wake(at: until)
          goesOn = false
        } else {
          goesOn = start(&desk, node: uuid, attempt: attempt, execution: index)
        }
      case .delaying(let index, let until):
        if isStopping {
          finish(desk.executions[index], with: .cancelled, &desk)
        } else if until > desk.now {
          desk.wake(at: until)
          goesOn = false
        } else {
          finish(
            desk.executions[index], with: .passed(desk.executions[index].computedConfig, child: 0), &desk)
        }
      case .inGroup(var group):
        phase = .calling(execution: group.execution)
        let outcome = group.advance(&desk, isStopping: isStopping)
        phase = .inGroup(group)
        if let outcome {
          finish(desk.executions[group.execution], with: outcome, &desk)
        } else {
          goesOn = false
        }
      }
    }
  }

  /// Answers false when the walk cannot go on now.
  private mutating func leave(
    _ desk: inout RunDesk, node uuid: String, attempt: Int, notBefore: WallTime?, isStopping: Bool
  ) -> Bool {
    if isStopping {
      close(RunEnd(status: .cancelled, errorMessage: nil, output: .null))
      return true
    }
    guard let notBefore, notBefore > desk.now, let node = graph[uuid] else {
      return start(&desk, node: uuid, attempt: attempt, execution: nil)
    }
    guard hasRoom(desk) else { return true }
    record(
      NodeExecution(
        index: desk.executions.count, node: node, scope: scope, attempt: attempt, status: .pending,
        at: desk.now), &desk)
    return true
  }

  private mutating func hasRoom(_ desk: RunDesk) -> Bool {
    guard desk.executions.count >= Limits.runStepsMax else { return true }
    let message = "the run has more than \(Limits.runStepsMax) executions"
    close(RunEnd(status: .error, errorMessage: message, output: .null))
    return false
  }

  private mutating func start(_ desk: inout RunDesk, node uuid: String, attempt: Int, execution index: Int?)
    -> Bool
  {
    guard let node = graph[uuid] else {
      close(RunEnd(status: .error, errorMessage: "no node has the uuid \(uuid)", output: .null))
      return true
    }
    guard index != nil || hasRoom(desk) else { return true }
    guard desk.takeStep() else { return false }
    var execution = NodeExecution(
      index: index ?? desk.executions.count, node: node, scope: scope, attempt: attempt, status: .running,
      at: desk.now)
    switch NativeStep.config(of: node, in: context, desk) {
    case .failure(let fault): finish(execution, with: .failed(fault.message), &desk)
    case .success(let config):
      execution.computedConfig = config
      if node.callKind != nil {
        record(execution, &desk)
        if let call = call(of: execution, desk) { desk.calls.append(call) }
        return true
      }
      let step = NativeStep(node: node, config: config, data: data, draw: draw(node, desk))
      if let outcome = step.outcome(room: Limits.runStepsMax - desk.executions.count) {
        finish(execution, with: outcome, &desk)
      } else {
        record(execution, &desk)
      }
    }
    return true
  }

  private mutating func record(_ execution: NodeExecution, _ desk: inout RunDesk) {
    desk.record(execution)
    fold(execution)
  }

  private mutating func finish(_ execution: NodeExecution, with outcome: NodeOutcome, _ desk: inout RunDesk) {
    guard let node = graph[execution.nodeUuid] else { return }
    var execution = execution
    execution.end(with: outcome, of: node, desk)
    record(execution, &desk)
  }

  /// Uniform over all numbers, the same whenever this node of this run is asked.
  private func draw(_ node: WorkflowNode, _ desk: RunDesk) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    let path = scope.map { "\($0.groupUuid):\($0.item)" }.joined(separator: "/")
    for byte in "\(desk.runUuid)/\(path)/\(node.uuid)".utf8 {
      hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
    }
    hash = (hash ^ (hash >> 30)) &* 0xBF58_476D_1CE4_E5B9
    hash = (hash ^ (hash >> 27)) &* 0x94D0_49BB_1331_11EB
    return hash ^ (hash >> 31)
  }

  // MARK: Calls

  private func call(of execution: NodeExecution, _ desk: RunDesk) -> NodeCall? {
    guard let node = graph[execution.nodeUuid], let kind = node.callKind else { return nil }
    var input = [JSONMember("nodes", .object(outputs))]
    if let parentNodes { input.append(JSONMember("parentNodes", parentNodes)) }
    return NodeCall(
      executionIndex: execution.index, kind: kind, node: node, attempt: execution.attempt,
      config: execution.computedConfig, input: .object(input), key: "\(desk.runUuid)-\(execution.index)")
  }

  func collectCalls(_ desk: RunDesk, into calls: inout [NodeCall]) {
    switch phase {
    case .calling(let index):
      if let call = call(of: desk.executions[index], desk) { calls.append(call) }
    case .inGroup(let group): group.collectCalls(desk, into: &calls)
    case .ready, .pausing, .delaying, .ended: break
    }
  }

  /// The node of an execution of this walk or of a group within.
  func node(of execution: NodeExecution) -> WorkflowNode? {
    var graph = self.graph
    for scope in execution.scope {
      guard let group = graph[scope.groupUuid]?.group else { return nil }
      graph = group
    }
    return graph[execution.nodeUuid]
  }
}

package import PipelineModel
import Platform
package import WireTypes

/// What one turn of a run decided: changes to write down first, then calls to make, then when to come back.
package struct RunTurn: Sendable {
  /// New versions of executions, in order; each is one event of the run.
  package fileprivate(set) var changes: [NodeExecution] = []
  /// Calls to make once the changes are durable.
  package fileprivate(set) var calls: [NodeCall] = []
  /// Take the next turn at this time, if no answer comes before.
  package fileprivate(set) var wakeAt: WallTime?
  /// The run has ended, for good.
  package fileprivate(set) var end: RunEnd?
  /// There is more to do at once: take another turn.
  package fileprivate(set) var isUnfinished = false
}

/// Decides one run: no clock, no I/O. The same setup, executions and times give the same decisions, so a run
/// that was cut anywhere goes on from its list of executions.
///
/// Life: `advance` until the turn has an end; between turns, `apply` each answer to a call, or `cancel`.
package struct RunMachine: Sendable {
  package let setup: RunSetup
  /// Cancellation was asked for; the run ends when no call is out.
  package private(set) var isCancelling: Bool
  private var desk: RunDesk
  private var walk: NodeWalk

  /// A new run, or one that goes on: `executions` in their last versions, in order of `index`. A list with a gap
  /// counts up to the gap.
  package init(_ setup: RunSetup, replaying executions: [NodeExecution] = [], isCancelling: Bool = false) {
    self.setup = setup
    self.isCancelling = isCancelling
    let dense = executions.enumerated().prefix { $0.offset == $0.element.index }.map(\.element)
    desk = RunDesk(runUuid: setup.uuid, executions: dense)
    walk = NodeWalk(graph: setup.graph, scope: [], data: setup.data, parentNodes: nil)
    for execution in dense { walk.fold(execution) }
  }

  package var executions: [NodeExecution] { desk.executions }

  /// Nil while the run goes on.
  package var end: RunEnd? {
    guard case .ended(let end) = walk.phase else { return nil }
    return end
  }

  /// Calls without an answer: to be made again after a restart.
  package var openCalls: [NodeCall] {
    var calls: [NodeCall] = []
    walk.collectCalls(desk, into: &calls)
    return calls
  }

  /// No further node begins. Takes effect in the next turn.
  package mutating func cancel() { isCancelling = true }

  /// Goes on as far as possible.
  package mutating func advance(now: WallTime) -> RunTurn {
    desk.begin(now: now)
    walk.advance(&desk, isStopping: isCancelling)
    var turn = RunTurn()
    turn.changes = desk.changes
    turn.calls = desk.calls
    turn.wakeAt = desk.wakeAt
    turn.isUnfinished = desk.isUnfinished
    turn.end = end
    desk.finish()
    return turn
  }

  /// Takes the answer to a call: the changed execution, nil for one that is not waited for any more.
  package mutating func apply(_ answer: NodeAnswer, to executionIndex: Int, now: WallTime) -> NodeExecution? {
    guard desk.executions.indices.contains(executionIndex) else { return nil }
    let execution = desk.executions[executionIndex]
    guard execution.status == .running, let node = walk.node(of: execution), let kind = node.callKind else {
      return nil
    }
    desk.begin(now: now)
    var change = execution
    switch answer {
    case .success(let output, let credits):
      change.creditsUsedCount = max(0, credits)
      change.end(with: .passed(kind.wrapped(output), child: 0), of: node, desk)
    case .failure(let message, let credits):
      change.creditsUsedCount = max(0, credits)
      change.end(with: .failed(message), of: node, desk)
    }
    desk.record(change)
    walk.fold(change)
    desk.finish()
    return change
  }
}

extension Sequence<NodeExecution> {
  /// `runContext`: outputs by slug, of the run's own nodes.
  package var runContext: JSONValue { lastBySlug(where: { $0.status == .success }, \.output) }

  /// `runComputedConfigs`: configs after expressions by slug.
  package var runComputedConfigs: JSONValue {
    lastBySlug(where: { !$0.computedConfig.isNull }, \.computedConfig)
  }

  private func lastBySlug(
    where isShown: (NodeExecution) -> Bool, _ member: KeyPath<NodeExecution, JSONValue>
  ) -> JSONValue {
    var members: [JSONMember] = []
    var places: [String: Int] = [:]
    for execution in self where execution.scope.isEmpty && isShown(execution) {
      let value = execution[keyPath: member]
      if let place = places[execution.nodeSlug] {
        members[place].value = value
      } else {
        places[execution.nodeSlug] = members.count
        members.append(JSONMember(execution.nodeSlug, value))
      }
    }
    return .object(members)
  }
}

package import WireTypes

/// What a run is given; with its executions it is all that decisions depend on.
package struct RunSetup: Sendable {
  package let uuid: String
  package let graph: WorkflowGraph
  /// The record, or the data of a tool's run; becomes the output of `start`.
  package let data: JSONValue

  package init(uuid: String, graph: WorkflowGraph, data: JSONValue) {
    self.uuid = uuid
    self.graph = graph
    self.data = data
  }
}

/// What must be called outside the machine.
package enum NodeCallKind: String, Hashable, Sendable, CaseIterable {
  case agent
  case python
  case script
  case connector
  case tool
}

/// A call to make now, or again after a crash: at least once, always under the same key.
package struct NodeCall: Hashable, Sendable {
  /// Of the execution that waits for the answer.
  package let executionIndex: Int
  package let kind: NodeCallKind
  package let node: WorkflowNode
  package let attempt: Int
  /// The config after expressions.
  package let config: JSONValue
  /// `{"nodes": …, "parentNodes": …}`, the latter in groups only.
  package let input: JSONValue
  /// Run, execution: the same after a restart, another for another attempt.
  package let key: String
}

/// Answer to a call.
package enum NodeAnswer: Hashable, Sendable {
  /// The bare answer: of a script it becomes `{"result": …}`, of an agent `{"answer": …}`, unless it already
  /// is an object with that member.
  case success(output: JSONValue, creditsUsedCount: Int64 = 0)
  case failure(message: String, creditsUsedCount: Int64 = 0)
}

/// How a run ended.
package struct RunEnd: Hashable, Sendable {
  package enum Status: String, Hashable, Sendable {
    case success
    case error
    case cancelled
  }
  package let status: Status
  package let errorMessage: String?
  /// Output of the end node; null where the run stopped before one.
  package let output: JSONValue
}

extension WorkflowNode {
  /// Nil for nodes that the machine computes itself.
  package var callKind: NodeCallKind? {
    switch kind {
    case .connector: .connector
    case .tool: .tool
    case .agent: .agent
    case .native:
      switch native {
      case .agent: .agent
      case .python: .python
      case .script: .script
      case .start, .end, .filter, .branch, .switch, .split, .variables, .delay, .group, nil: nil
      }
    }
  }

  /// Place of the child that follows a failure without a fallback child: the next step, the "no" of a branch.
  /// Nil where no child can be told to be it.
  var failureChild: Int? {
    switch native {
    case .branch: childrenUuids.count > 1 ? 1 : nil
    case .switch, .split: nil
    default: childrenUuids.isEmpty ? nil : 0
    }
  }
}

package import WireTypes

/// Reason codes of validation, as the wire names them.
package enum GraphReason: String, Hashable, Sendable, CaseIterable {
  case startNodeNotFound
  /// The graph or a node cannot be read, breaks a limit, or repeats a uuid; also a call that names both a
  /// release and nodes.
  case invalidReleaseOrCustomNodes
  /// A child or fallback child that is not in the graph.
  case nodesNotFound
  /// Too few or too many children for the action, or a way back to an earlier node.
  case childrenUuidsInvalid
  /// The sub-graph of a group is not valid.
  case subNodesInvalid
  case connectorNotFound
  /// Unknown native action, or a config that the action cannot run.
  case nativeInvalid
  /// A tool or agent node that names nothing, or nothing known.
  case toolInvalid
  case slugInvalid
}

/// One finding of validation.
package struct InvalidNode: Hashable, Sendable {
  package let node: NodeReference
  package let reason: GraphReason
  /// For people; the wire form has the code only.
  package let message: String
  /// Findings within a group.
  package let invalidNodes: [InvalidNode]

  package init(_ node: NodeReference, _ reason: GraphReason, _ message: String, within: [InvalidNode] = []) {
    self.node = node
    self.reason = reason
    self.message = message
    invalidNodes = within
  }

  package var json: JSONValue {
    var members = [JSONMember("node", node.json), JSONMember("reason", .string(reason.rawValue))]
    if !invalidNodes.isEmpty { members.append(JSONMember("invalidNodes", .array(invalidNodes.map(\.json)))) }
    return .object(members)
  }
}

/// Answer of validation.
package enum GraphVerdict: Hashable, Sendable {
  case valid(WorkflowGraph)
  case notValid([InvalidNode])

  package var graph: WorkflowGraph? {
    if case .valid(let graph) = self { return graph }
    return nil
  }

  package var invalidNodes: [InvalidNode] {
    if case .notValid(let nodes) = self { return nodes }
    return []
  }

  /// `{"outcome":"valid"}` or `{"outcome":"notValid","invalidNodes":[…]}`.
  package var json: JSONValue {
    switch self {
    case .valid: ["outcome": "valid"]
    case .notValid(let nodes): ["outcome": "notValid", "invalidNodes": .array(nodes.map(\.json))]
    }
  }
}

/// What validation asks about things outside the graph. All answers are yes where nothing else is said.
package struct GraphReferences: Sendable {
  /// By `integrationSlug` and `connectorUuid` of the node.
  package var connectorExists: @Sendable (_ node: WorkflowNode) -> Bool = { _ in true }
  /// By `toolUuid`, `templateSlug`, `releaseUuid` or `agentUuid` of the node.
  package var toolExists: @Sendable (_ node: WorkflowNode) -> Bool = { _ in true }
  /// Releases of the reference product repeat slugs; a later output then hides the earlier one.
  package var allowsRepeatedSlugs = false

  package init() {}
}

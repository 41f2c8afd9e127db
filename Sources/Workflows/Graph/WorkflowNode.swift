package import WireTypes

/// Kind of a node, as the wire names it.
package enum NodeKind: String, Hashable, Sendable, CaseIterable {
  case native
  case connector
  case tool
  case agent
}

/// Actions of native nodes, as the wire names them.
package enum NativeAction: String, Hashable, Sendable, CaseIterable {
  case start
  case end
  case filter
  case branch
  case `switch`
  case split
  case variables
  case delay
  case group
  case agent
  case python
  case script
}

/// When a failed node is tried again.
package struct NodeRetry: Hashable, Sendable {
  /// Tries in total, the first included.
  package let maximumAttempts: Int
  package let initialIntervalMilliseconds: Int64
  package let backoffCoefficient: Double
}

/// One node of a graph: the fields that the runtime needs, beside the JSON it came as.
package struct WorkflowNode: Hashable, Sendable {
  package let uuid: String
  package let slug: String
  package let kind: NodeKind
  /// Of native and connector nodes.
  package let actionSlug: String?
  package let config: JSONValue
  /// Ordered; how many and what each place means depends on the action.
  package let childrenUuids: [String]
  package let fallbackOnFailure: Bool
  package let fallbackChildUuid: String?
  package let retry: NodeRetry?
  /// The sub-graph of a group; nil for all else.
  package let group: WorkflowGraph?
  /// The node as given, unknown members included.
  package let json: JSONValue

  /// Nil for nodes of other kinds and for unknown actions.
  package var native: NativeAction? { kind == .native ? actionSlug.flatMap(NativeAction.init) : nil }

  package var name: String? { json["name"]?.stringValue }
}

/// An ordered list of nodes. Holds whatever was parsed; only `GraphValidation` says whether it can run.
package struct WorkflowGraph: Hashable, Sendable {
  package let nodes: [WorkflowNode]
  private let places: [String: Int]

  package init(nodes: [WorkflowNode]) {
    self.nodes = nodes
    places = Dictionary(nodes.enumerated().map { ($1.uuid, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// Parses nodes that were stored by us; `GraphValidation` is the way for a client's.
  package init(parsing json: JSONValue) throws(GraphFault) { self = try GraphParser.graph(json) }

  /// The nodes exactly as given.
  package var json: JSONValue { .array(nodes.map(\.json)) }

  package subscript(_ uuid: String) -> WorkflowNode? { places[uuid].map { nodes[$0] } }

  /// The node where runs begin.
  package var start: WorkflowNode? { nodes.first { $0.slug == "start" && $0.native == .start } }

  /// Nodes in all, those of groups included.
  package var totalCount: Int { nodes.reduce(nodes.count) { $0 + ($1.group?.totalCount ?? 0) } }
}

/// What keeps a text from being a node graph at all.
package struct GraphFault: Error, Hashable, Sendable {
  /// The node where it can be told.
  package let node: NodeReference
  package let message: String
}

/// A node as verdicts name it.
package struct NodeReference: Hashable, Sendable {
  package let uuid: String?
  package let slug: String?

  package init(uuid: String?, slug: String?) {
    self.uuid = uuid
    self.slug = slug
  }

  package init(_ node: WorkflowNode) { self.init(uuid: node.uuid, slug: node.slug) }

  /// Null when nothing is known of the node.
  package var json: JSONValue {
    uuid == nil && slug == nil ? .null : ["uuid": .text(uuid), "slug": .text(slug)]
  }
}

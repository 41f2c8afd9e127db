package import WireTypes

/// Says whether a graph can run; every finding is told, in the order of the nodes.
package struct GraphValidation {
  private let graph: WorkflowGraph
  private let references: GraphReferences
  private var findings: [InvalidNode] = []

  package static func validate(_ nodes: JSONValue, references: GraphReferences = GraphReferences())
    -> GraphVerdict
  {
    do {
      let graph = try WorkflowGraph(parsing: nodes)
      let findings = check(graph, references)
      return findings.isEmpty ? .valid(graph) : .notValid(findings)
    } catch {
      return .notValid([InvalidNode(error.node, .invalidReleaseOrCustomNodes, error.message)])
    }
  }

  /// The answer to a call that names both a release and nodes.
  package static let releaseAndNodes = GraphVerdict.notValid([
    InvalidNode(
      NodeReference(uuid: nil, slug: nil), .invalidReleaseOrCustomNodes,
      "releaseUuid and nodes exclude each other")
  ])

  private static func check(_ graph: WorkflowGraph, _ references: GraphReferences) -> [InvalidNode] {
    var validation = GraphValidation(graph: graph, references: references)
    validation.checkNodes()
    validation.checkCycles()
    return validation.findings
  }

  private init(graph: WorkflowGraph, references: GraphReferences) {
    self.graph = graph
    self.references = references
  }

  private mutating func report(_ node: WorkflowNode, _ reason: GraphReason, _ message: String) {
    findings.append(InvalidNode(NodeReference(node), reason, message))
  }

  private mutating func checkNodes() {
    if graph.start == nil {
      findings.append(
        InvalidNode(
          NodeReference(uuid: nil, slug: nil), .startNodeNotFound,
          "no native node with slug and action 'start'"))
    }
    var uuids: Set<String> = []
    var slugs: Set<String> = []
    for node in graph.nodes {
      if !uuids.insert(node.uuid).inserted {
        report(node, .invalidReleaseOrCustomNodes, "another node has the same uuid")
      }
      if !slugs.insert(node.slug).inserted, !references.allowsRepeatedSlugs || node.native == .start {
        report(node, .slugInvalid, "another node has the same slug")
      }
      checkSlug(node)
      checkKind(node)
      checkChildren(node)
    }
  }

  private mutating func checkSlug(_ node: WorkflowNode) {
    let isWord = node.slug.utf8.allSatisfy {
      (0x30...0x39).contains($0) || (0x61...0x7A).contains($0 | 0x20) && $0 < 0x80 || $0 == UInt8(ascii: "_")
    }
    if !isWord || node.slug.utf8.count > 255 {
      report(node, .slugInvalid, "a slug has letters, digits and '_' only")
    } else if (node.slug == "start") != (node.native == .start) {
      report(node, .slugInvalid, "the slug 'start' belongs to the start node, and only it has that slug")
    } else if node.slug == "end", node.native != .end {
      report(node, .slugInvalid, "the slug 'end' belongs to end nodes")
    }
  }

  private mutating func checkKind(_ node: WorkflowNode) {
    switch node.kind {
    case .native: checkNative(node)
    case .connector:
      if node.json["connectorUuid"]?.stringValue == nil || node.json["integrationSlug"]?.stringValue == nil
        || node.actionSlug == nil
      {
        report(
          node, .connectorNotFound, "a connector node needs integrationSlug, actionSlug and connectorUuid")
      } else if !references.connectorExists(node) {
        report(node, .connectorNotFound, "no such connector")
      }
    case .tool, .agent:
      let names =
        node.kind == .tool ? ["toolUuid", "templateSlug", "releaseUuid"] : ["agentUuid", "templateSlug"]
      if !names.contains(where: { node.json[$0]?.stringValue != nil }) {
        report(node, .toolInvalid, "the node needs one of \(names.joined(separator: ", "))")
      } else if !references.toolExists(node) {
        report(node, .toolInvalid, "no such \(node.kind.rawValue)")
      }
    }
  }

  private mutating func checkNative(_ node: WorkflowNode) {
    guard let action = node.native else {
      report(node, .nativeInvalid, "unknown action \(node.actionSlug ?? "(none)")")
      return
    }
    if let message = NativeConfig.fault(of: node.config, for: action) {
      report(node, .nativeInvalid, message)
    }
    guard let group = node.group else { return }
    let within = GraphValidation.check(group, references)
    if !within.isEmpty {
      findings.append(
        InvalidNode(NodeReference(node), .subNodesInvalid, "the group's _nodes are not valid", within: within)
      )
    }
  }

  private mutating func checkChildren(_ node: WorkflowNode) {
    if let count = node.childrenCount, count != node.childrenUuids.count {
      report(node, .childrenUuidsInvalid, "needs \(count) childrenUuids, has \(node.childrenUuids.count)")
    }
    for child in node.childrenUuids + [node.fallbackChildUuid].compactMap({ $0 }) where graph[child] == nil {
      report(node, .nodesNotFound, "no node has the uuid '\(child)'")
      return
    }
  }

  /// Depth first over children and fallbacks, without recursion; the node whose edge leads back is reported.
  private mutating func checkCycles() {
    enum Mark { case open, closed }
    var marks: [String: Mark] = [:]
    for root in graph.nodes where marks[root.uuid] == nil {
      var path: [(node: WorkflowNode, next: Int)] = [(root, 0)]
      marks[root.uuid] = .open
      while let (node, next) = path.last {
        let targets = node.targets
        guard next < targets.count else {
          marks[node.uuid] = .closed
          path.removeLast()
          continue
        }
        path[path.count - 1].next += 1
        guard let target = graph[targets[next]] else { continue }
        switch marks[target.uuid] {
        case .open: report(node, .childrenUuidsInvalid, "leads back to the node '\(target.slug)'")
        case .closed: break
        case nil:
          marks[target.uuid] = .open
          path.append((target, 0))
        }
      }
    }
  }
}

extension WorkflowNode {
  /// Children that the action demands; nil for unknown actions.
  var childrenCount: Int? {
    guard kind == .native else { return 1 }
    switch native {
    case .end: return 0
    case .branch, .split: return 2
    case .switch: return config["routes"]?.elements?.count
    case .start, .filter, .variables, .delay, .group, .agent, .python, .script: return 1
    case nil: return nil
    }
  }

  /// All nodes that may follow.
  var targets: [String] { childrenUuids + (fallbackChildUuid.map { [$0] } ?? []) }
}

package import WireTypes

/// A graph as a Mermaid flow chart. Nodes are keyed by their place, because slugs may repeat.
package struct GraphDiagram: Sendable {
  package enum Direction: String, Sendable {
    case down = "TD"
    case right = "LR"
  }

  package struct Options: Sendable {
    package var title: String?
    package var direction = Direction.down
    /// Slugs or uuids to mark red, and those that bill credits.
    package var highlighted: Set<String> = []
    package var paid: Set<String> = []
    package init() {}
  }

  private let options: Options
  private var lines: [String] = []
  private var marked: [String] = []
  /// What the drawing would hide: unreachable nodes, edges to nowhere.
  package private(set) var warnings: [String] = []

  package init(_ graph: WorkflowGraph, options: Options = Options()) {
    self.options = options
    if let title = options.title { lines += ["---", "title: \(Self.line(title))", "---"] }
    lines.append("flowchart \(options.direction.rawValue)")
    draw(graph, prefix: "n", indent: "    ")
    if !marked.isEmpty {
      lines.append("    classDef highlighted fill:#fdd,stroke:#c00")
      lines.append("    class \(marked.joined(separator: ",")) highlighted")
    }
  }

  package var text: String { lines.joined(separator: "\n") }

  package var json: JSONValue {
    ["diagram": .string(text), "format": "mermaid", "warnings": .array(warnings.map { .string($0) })]
  }

  private mutating func draw(_ graph: WorkflowGraph, prefix: String, indent: String) {
    let names = Dictionary(
      graph.nodes.enumerated().map { ($1.uuid, "\(prefix)\($0)") }, uniquingKeysWith: { first, _ in first })
    for (place, node) in graph.nodes.enumerated() {
      let name = "\(prefix)\(place)"
      lines.append(indent + name + shape(node))
      if !options.highlighted.isDisjoint(with: [node.slug, node.uuid]) { marked.append(name) }
      if let group = node.group, !group.nodes.isEmpty {
        lines.append("\(indent)subgraph \(name)_items[\"\(Self.quoted(node.slug)): each item\"]")
        draw(group, prefix: "\(name)_", indent: indent + "    ")
        lines.append("\(indent)end")
        lines.append("\(indent)\(name) -.- \(name)_items")
      }
    }
    for (place, node) in graph.nodes.enumerated() {
      edges(of: node, name: "\(prefix)\(place)", names, indent)
    }
    warnOfUnreachable(graph)
  }

  private mutating func edges(
    of node: WorkflowNode, name: String, _ names: [String: String], _ indent: String
  ) {
    let failsToNext =
      node.fallbackOnFailure && node.fallbackChildUuid.map { node.childrenUuids.contains($0) } ?? true
    for (place, child) in node.childrenUuids.enumerated() {
      guard let target = names[child] else {
        warnings.append("node '\(node.slug)': child \(place) is not in the graph")
        continue
      }
      var label = Self.edgeLabel(node, place)
      if failsToNext, node.fallbackChildUuid.map({ $0 == child }) ?? (place == node.failureChild) {
        label = label.isEmpty ? "↷" : label + " ↷"
      }
      lines.append(
        label.isEmpty
          ? "\(indent)\(name) --> \(target)" : "\(indent)\(name) -->|\(Self.quoted(label))| \(target)")
    }
    guard node.fallbackOnFailure, let fallback = node.fallbackChildUuid,
      !node.childrenUuids.contains(fallback)
    else {
      return
    }
    guard let target = names[fallback] else {
      warnings.append("node '\(node.slug)': the fallback is not in the graph")
      return
    }
    lines.append("\(indent)\(name) -. on failure .-> \(target)")
  }

  private mutating func warnOfUnreachable(_ graph: WorkflowGraph) {
    var seen: Set<String> = []
    var open = graph.start.map { [$0] } ?? []
    while let node = open.popLast() {
      guard seen.insert(node.uuid).inserted else { continue }
      open += node.targets.compactMap { graph[$0] }
    }
    for node in graph.nodes where !seen.contains(node.uuid) {
      warnings.append("node '\(node.slug)' cannot be reached from start")
    }
  }

  private func shape(_ node: WorkflowNode) -> String {
    let isPaid = !options.paid.isDisjoint(with: [node.slug, node.uuid])
    let label = (isPaid ? "💳 " : "") + Self.quoted(node.name ?? node.slug)
    let detail: String
    switch node.kind {
    case .native: detail = node.actionSlug ?? ""
    case .connector: detail = "\(node.json["integrationSlug"]?.stringValue ?? "").\(node.actionSlug ?? "")"
    case .tool: detail = "tool \(node.json["toolUuid"]?.stringValue?.prefix(8) ?? "")"
    case .agent: detail = "agent \(node.json["agentUuid"]?.stringValue?.prefix(8) ?? "")"
    }
    let text = detail == node.slug || detail.isEmpty ? label : "\(label)<br/>\(Self.quoted(detail))"
    switch (node.kind, node.native) {
    case (.native, .start), (.native, .end): return "([\"\(label)\"])"
    case (.native, .branch), (.native, .filter), (.native, .switch), (.native, .split): return "{\"\(text)\"}"
    case (.native, .agent), (.agent, _): return "{{\"\(text)\"}}"
    case (.native, .python), (.native, .script): return "[/\"\(text)\"/]"
    case (.tool, _): return "[[\"\(text)\"]]"
    case (.connector, _), (.native, .group): return "[\"\(text)\"]"
    case (.native, _): return "(\"\(text)\")"
    }
  }

  private static func edgeLabel(_ node: WorkflowNode, _ place: Int) -> String {
    switch node.native {
    case .branch: return place == 0 ? "yes" : "no"
    case .filter: return "if true"
    case .switch:
      let routes = node.config["routes"]?.elements ?? []
      return (routes.indices.contains(place) ? routes[place]["name"]?.stringValue : nil) ?? "route \(place)"
    case .split:
      guard let percentage = node.config["percentage"]?.doubleValue else { return place == 0 ? "A" : "B" }
      let share = place == 0 ? percentage : 100 - percentage
      return (place == 0 ? "A " : "B ") + JSONValue.double(share).encoded + "%"
    default: return ""
    }
  }

  private static func line(_ text: String) -> String {
    String(text.map { $0.isNewline ? " " : $0 })
  }

  /// Mermaid reads entity codes in labels.
  private static func quoted(_ text: String) -> String {
    var out = ""
    for character in line(text) {
      switch character {
      case "\"": out += "#quot;"
      case "|": out += "#124;"
      case "<": out += "#lt;"
      case ">": out += "#gt;"
      case "#": out += "#35;"
      default: out.append(character)
      }
    }
    return out
  }
}

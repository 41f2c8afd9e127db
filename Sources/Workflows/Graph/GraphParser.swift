import Platform
import WireTypes

/// JSON to nodes: types and ranges only; what the nodes mean together is `GraphValidation`'s.
struct GraphParser {
  static func graph(_ json: JSONValue, depth: Int = 0) throws(GraphFault) -> WorkflowGraph {
    let nobody = NodeReference(uuid: nil, slug: nil)
    guard let elements = json.elements else {
      throw GraphFault(node: nobody, message: "nodes must be a list, not \(json.kind)")
    }
    guard elements.count <= Limits.graphNodesMax else {
      throw GraphFault(node: nobody, message: "more than \(Limits.graphNodesMax) nodes")
    }
    guard depth > 0 || json.encodedBytes.count <= Limits.graphBytesMax else {
      throw GraphFault(node: nobody, message: "the graph is larger than \(Limits.graphBytesMax) bytes")
    }
    var nodes: [WorkflowNode] = []
    for element in elements { nodes.append(try GraphParser(json: element).node(depth: depth)) }
    let graph = WorkflowGraph(nodes: nodes)
    guard graph.totalCount <= Limits.graphNodesMax else {
      throw GraphFault(node: nobody, message: "more than \(Limits.graphNodesMax) nodes, groups included")
    }
    return graph
  }

  let json: JSONValue

  private func fault(_ message: String) -> GraphFault {
    GraphFault(
      node: NodeReference(uuid: json["uuid"]?.stringValue, slug: json["slug"]?.stringValue), message: message)
  }

  private func node(depth: Int) throws(GraphFault) -> WorkflowNode {
    guard json.members != nil else { throw fault("a node must be an object, not \(json.kind)") }
    let uuid = try text("uuid")
    guard Self.isVersion4(uuid) else { throw fault("uuid must be a UUID of version 4") }
    let kindText = try text("kind")
    guard let kind = NodeKind(rawValue: kindText) else {
      throw fault("kind must be native, connector, tool or agent")
    }
    let config = json["config"] ?? .emptyObject
    guard config.members != nil || config.isNull else {
      throw fault("config must be an object, not \(config.kind)")
    }
    let action = try optionalText("actionSlug")
    if action != NativeAction.group.rawValue || kind != .native { try checkSize(config) }
    let isGroup = kind == .native && action == NativeAction.group.rawValue
    return WorkflowNode(
      uuid: uuid, slug: try text("slug"), kind: kind, actionSlug: action,
      config: config.isNull ? .emptyObject : config, childrenUuids: try children(),
      fallbackOnFailure: try flag("fallbackOnFailure"),
      fallbackChildUuid: try optionalText("fallbackChildUuid"),
      retry: try retry(), group: isGroup ? try group(config, depth: depth) : nil, json: json)
  }

  private func group(_ config: JSONValue, depth: Int) throws(GraphFault) -> WorkflowGraph {
    try checkSize(.object(config.members?.filter { $0.name != "_nodes" } ?? []))
    guard depth < Limits.groupNestingMax else {
      throw fault("groups nest deeper than \(Limits.groupNestingMax)")
    }
    guard let nodes = config["_nodes"] else { return WorkflowGraph(nodes: []) }
    return try GraphParser.graph(nodes, depth: depth + 1)
  }

  private func checkSize(_ config: JSONValue) throws(GraphFault) {
    guard config.encodedBytes.count <= Limits.nodeConfigBytesMax else {
      throw fault("config is larger than \(Limits.nodeConfigBytesMax) bytes")
    }
  }

  // MARK: Members

  private func text(_ name: String) throws(GraphFault) -> String {
    guard let text = json[name]?.stringValue, !text.isEmpty else { throw fault("\(name) must be a text") }
    return text
  }

  private func optionalText(_ name: String) throws(GraphFault) -> String? {
    guard let value = json[name], !value.isNull else { return nil }
    guard let text = value.stringValue else { throw fault("\(name) must be a text, not \(value.kind)") }
    return text
  }

  private func flag(_ name: String) throws(GraphFault) -> Bool {
    guard let value = json[name], !value.isNull else { return false }
    guard let flag = value.boolValue else { throw fault("\(name) must be a boolean, not \(value.kind)") }
    return flag
  }

  /// Entries that are no texts become empty ones, which no node has.
  private func children() throws(GraphFault) -> [String] {
    guard let value = json["childrenUuids"], !value.isNull else { return [] }
    guard let elements = value.elements else {
      throw fault("childrenUuids must be a list, not \(value.kind)")
    }
    guard elements.count <= Limits.graphNodesMax else { throw fault("too many childrenUuids") }
    return elements.map { $0.stringValue ?? "" }
  }

  private func retry() throws(GraphFault) -> NodeRetry? {
    guard let value = json["retry"], !value.isNull else { return nil }
    let attempts = value["maximumAttempts"]?.doubleValue ?? 1
    let interval = value["initialInterval"]?.doubleValue ?? 0
    let coefficient = value["backoffCoefficient"]?.doubleValue ?? 1
    guard value.members != nil, attempts == attempts.rounded(),
      (1...Double(Limits.nodeAttemptsMax)).contains(attempts)
    else { throw fault("retry.maximumAttempts must be a whole number from 1 to \(Limits.nodeAttemptsMax)") }
    guard (0...Double(Limits.nodeRetryMillisecondsMax)).contains(interval) else {
      throw fault("retry.initialInterval must be from 0 to \(Limits.nodeRetryMillisecondsMax) milliseconds")
    }
    guard (1...100).contains(coefficient) else {
      throw fault("retry.backoffCoefficient must be from 1 to 100")
    }
    return NodeRetry(
      maximumAttempts: Int(attempts), initialIntervalMilliseconds: Int64(interval),
      backoffCoefficient: coefficient)
  }

  /// 8-4-4-4-12 hexadecimal digits, version 4, variant 8 to b.
  static func isVersion4(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    guard bytes.count == 36, bytes[14] == UInt8(ascii: "4"), Array("89abAB".utf8).contains(bytes[19]) else {
      return false
    }
    return bytes.indices.allSatisfy { index in
      let byte = bytes[index]
      if [8, 13, 18, 23].contains(index) { return byte == UInt8(ascii: "-") }
      return (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte | 0x20)
    }
  }
}

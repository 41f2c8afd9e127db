package import WireTypes

extension WorkflowNode {
  /// Parses one node alone, for dry runs. The node's own children need not exist.
  package init(parsing json: JSONValue) throws(GraphFault) {
    let graph = try WorkflowGraph(parsing: .array([json]))
    self = graph.nodes[0]
  }

  /// The config after expressions; a group's sub-graph is left out, program texts stay as they are.
  package func computedConfig(in context: ExpressionContext) throws(ConfigFault) -> JSONValue {
    var config = self.config
    if native == .group { config = .object(config.members?.filter { $0.name != "_nodes" } ?? []) }
    var resolver = ConfigResolver(context: context)
    return try resolver.resolve(config, keeping: native == .python || native == .script ? ["script"] : [])
  }
}

/// What one node does alone, outside of any run. Delays do not wait; groups are refused.
package enum NodeTrial: Hashable, Sendable {
  case output(JSONValue)
  /// To be called; its answer, wrapped by `NodeCallKind.wrapped`, is the output.
  case call(NodeCall)
  case failed(String)

  /// Without `computedConfig` the expressions are evaluated first. `key` names the call.
  package static func execute(
    _ node: WorkflowNode, computedConfig: JSONValue?, in context: ExpressionContext, key: String
  ) -> NodeTrial {
    do throws(ConfigFault) {
      let config = if let computedConfig { computedConfig } else { try node.computedConfig(in: context) }
      if let kind = node.callKind {
        var input = [JSONMember("nodes", context.nodes)]
        if let parent = context.parentNodes { input.append(JSONMember("parentNodes", parent)) }
        return .call(
          NodeCall(
            executionIndex: 0, kind: kind, node: node, attempt: 1, config: config, input: .object(input),
            key: key))
      }
      if node.native == .group { return .failed("a group cannot be executed alone") }
      let data = context.nodes["start"] ?? .emptyObject
      let step = NativeStep(node: node, config: config, data: data, draw: 0)
      switch step.outcome(room: 1) {
      case .passed(let output, _): return .output(output)
      case .failed(let message): return .failed(message)
      case .cancelled, nil: return .output(config)
      }
    } catch {
      return .failed(error.message)
    }
  }
}

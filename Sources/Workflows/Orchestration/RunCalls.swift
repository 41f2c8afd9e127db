import WireTypes

/// Makes the calls of nodes by the providers of the server.
struct RunCalls: Sendable {
  let providers: ProviderRegistry

  func answer(_ call: NodeCall, run: String) async -> NodeAnswer {
    let name = providerName(call)
    guard let provider = providers.entry(name)?.provider else {
      return .failure(message: "no provider '\(name)' is configured for nodes of kind \(call.kind.rawValue)")
    }
    let input: JSONValue = [
      "kind": .string(call.kind.rawValue), "node": .string(call.node.slug), "action": .text(call.node.actionSlug),
      "attempt": .integer(call.attempt), "config": call.config, "input": call.input,
    ]
    let request = CallOutRequest(key: call.key, items: [.init(id: run, input: input.encoded)])
    switch await provider.call(request) {
    case .failed(let message, _, _, _): return .failure(message: message)
    case .answered(let results):
      switch results[run] {
      case nil: return .failure(message: "the provider '\(name)' gave no answer")
      case .error(let message, _): return .failure(message: message)
      case .output(let text):
        let output = RunRecord.json(text)
        return .success(output: output, creditsUsedCount: output["creditsUsedCount"]?.integerValue ?? 0)
      }
    }
  }

  /// The one that the node names, or that its integration has; code and agents have providers of their kind's name.
  private func providerName(_ call: NodeCall) -> String {
    if let name = call.config["provider"]?.stringValue { return name }
    switch call.kind {
    case .python, .script, .agent: return call.kind.rawValue
    case .connector, .tool:
      let slug = call.node.json["integrationSlug"]?.stringValue
      return slug.flatMap { providers.entry($0)?.configuration.name } ?? providers.defaultName
    }
  }
}

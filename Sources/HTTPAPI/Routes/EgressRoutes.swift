import Hummingbird
import HummingbirdCore
import PipelineModel
import PipelineRuntime
import WireTypes

/// Changes of a table or view as a stream.
enum EgressRoutes {
  private static let parameters: Set<String> = ["format", "array", "backpressure", "send_snapshot"]

  static let subscribe: Route.Handler = { call in
    let body = try await call.json()
    let options = try options(call.query, body)
    let pipeline = try call.deployed()
    try await AfterTokens.pass(call, pipeline)
    let stream = try await pipeline.subscribe(call.identifier("relation"), options: options)
    return Answer.stream(
      type: "application/json", EgressChunks(stream: stream, interruption: await call.interruption()))
  }

  /// From the query string, or from a connector configuration in the body; never from both.
  private static func options(_ query: QueryParameters, _ body: JSONValue) throws(PipelineError)
    -> EgressOptions
  {
    var options = EgressOptions()
    guard let members = body.members ?? (body.isNull ? [] : nil) else {
      throw PipelineError(.invalidBody, "the body must be a connector configuration, not \(body.kind)")
    }
    if members.isEmpty {
      options.format = query["format"]
      options.array = try query.flag("array", default: false)
      options.backpressure = try query.flag("backpressure", default: true)
      options.sendSnapshot = try query.flag("send_snapshot", default: false)
      return options
    }
    guard query.names.isDisjoint(with: parameters) else {
      throw PipelineError(
        .invalidParam, "a connector configuration in the body excludes query parameters")
    }
    options.format = body["format"]?["name"]?.stringValue
    options.array = body["format"]?["config"]?["array"]?.boolValue ?? false
    options.sendSnapshot = body["send_snapshot"]?.boolValue ?? false
    if options.format == "json", !options.array {
      throw PipelineError(
        .invalidParam, "the json format of an egress configuration must set 'array' to true")
    }
    return options
  }
}

private final class EgressChunks: ChunkSource {
  private let stream: any EgressStream
  private let interruption: Interruption

  init(stream: any EgressStream, interruption: Interruption) {
    self.stream = stream
    self.interruption = interruption
  }

  func next() async throws -> [UInt8]? {
    let stream = stream
    let chunk = try await interruption.observing({ stream.close() }) { await stream.next() }
    return interruption.isRaised ? nil : chunk
  }

  func end() { stream.close() }
}

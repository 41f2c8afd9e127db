import HTTPTypes
import Hummingbird
import HummingbirdCore
import PipelineModel
import PipelineRuntime
import Platform
import Synchronization
import WireTypes

/// Server-sent events of tokens: `GET …/completion_events?token=T[,T…]`.
///
/// Events are `durable`, `processed`, `complete` and `gone`, each once a token. The id of an event is one digit a
/// token: the level that was told of it. So a client that comes back with Last-Event-ID gets what it has missed,
/// also from a later life of the pipeline, and nothing twice.
enum CompletionEventRoutes {
  static let events: Route.Handler = { call in
    let tokens = try call.query.required("token").split(separator: ",").map(String.init)
    guard (1...Limits.eventTokensMax).contains(tokens.count) else {
      throw PipelineError(.invalidParam, "'token' must have 1 to \(Limits.eventTokensMax) tokens")
    }
    let levels = try told(call, count: tokens.count)
    // An EventSource stops coming back when there is nothing more to tell.
    if levels.allSatisfy(\.isFinal) { return Answer.empty(.noContent) }
    let pipeline = try call.deployed()
    _ = try await pipeline.watch(tokens.map { ($0, .unknown) }, seconds: 0)
    let source = CompletionEvents(
      pipeline: pipeline, tokens: tokens, levels: levels, interruption: await call.interruption())
    var response = Answer.stream(type: "text/event-stream", source)
    response.headers[.cacheControl] = "no-cache"
    return response
  }

  private static func told(_ call: APICall, count: Int) throws(PipelineError) -> [TokenLevel] {
    let header = HTTPField.Name("last-event-id").flatMap { call.request.headers[$0] }
    guard let text = header ?? call.query["last_event_id"], !text.isEmpty else {
      return Array(repeating: .unknown, count: count)
    }
    let levels = text.compactMap { $0.wholeNumberValue.flatMap { TokenLevel(rawValue: $0) } }
    guard levels.count == count, text.count == count else {
      throw PipelineError(.invalidParam, "'Last-Event-ID' does not belong to these tokens")
    }
    return levels
  }
}

private final class CompletionEvents: ChunkSource {
  /// A comment goes out when nothing happens for so long, so that nobody takes the connection for dead.
  private static let idleSeconds = 15.0

  private let pipeline: any DeployedPipeline
  private let tokens: [String]
  private let levels: Mutex<[TokenLevel]>
  private let interruption: Interruption

  init(pipeline: any DeployedPipeline, tokens: [String], levels: [TokenLevel], interruption: Interruption) {
    self.pipeline = pipeline
    self.tokens = tokens
    self.levels = Mutex(levels)
    self.interruption = interruption
  }

  func next() async throws -> [UInt8]? {
    let known = levels.withLock { $0 }
    if interruption.isRaised || known.allSatisfy(\.isFinal) { return nil }
    let watched = Array(zip(tokens, known)).map { (token: $0.0, level: $0.1) }
    let standings: [TokenStanding]
    do {
      let pipeline = pipeline
      standings = try await interruption.cancelling {
        try await pipeline.watch(watched, seconds: CompletionEvents.idleSeconds)
      }
    } catch {
      // The pipeline stops or the client left: the stream ends, and the client comes back with its last id.
      return nil
    }
    var text = ""
    for (index, standing) in standings.enumerated() { text += events(index, standing) }
    if interruption.isRaised, text.isEmpty { return nil }
    return Array((text.isEmpty ? ": nothing new\n\n" : text).utf8)
  }

  /// The events that bring a token to where it stands.
  private func events(_ index: Int, _ standing: TokenStanding) -> String {
    var text = ""
    while true {
      let step: (level: TokenLevel, id: String)? = levels.withLock { levels in
        guard levels[index] < standing.level, !levels[index].isFinal else { return nil }
        let next = TokenLevel(rawValue: levels[index].rawValue + 1) ?? standing.level
        levels[index] = standing.level == .gone ? .gone : next
        return (levels[index], levels.map { String($0.rawValue) }.joined())
      }
      guard let step else { return text }
      let data = String(decoding: data(index, step.level, standing).encodedBytes, as: UTF8.self)
      text += "id: \(step.id)\nevent: \(step.level)\ndata: \(data)\n\n"
    }
  }

  private func data(_ index: Int, _ level: TokenLevel, _ standing: TokenStanding) -> JSONValue {
    var members = [
      JSONMember("index", .integer(index)), JSONMember("token", .string(tokens[index])),
      JSONMember("level", .string("\(level)")),
    ]
    switch standing.report {
    case .success(let report):
      members.append(JSONMember("step", .count(report.step?.rawValue)))
      members.append(JSONMember("accepted", .integer(report.accepted)))
      members.append(JSONMember("rejected", .integer(report.rejected)))
      if let successor = report.followedToken { members.append(JSONMember("successor", .string(successor))) }
    case .failure(let error):
      members.append(JSONMember("error_code", .string(error.code.rawValue)))
      members.append(JSONMember("message", .string(error.message)))
      members.append(JSONMember("details", (try? JSONValue(parsing: error.details)) ?? .emptyObject))
    }
    return .object(members)
  }

  func end() {}
}

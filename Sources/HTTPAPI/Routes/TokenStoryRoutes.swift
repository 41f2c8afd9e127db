import HTTPTypes
import Hummingbird
import HummingbirdCore
import PipelineModel
import PipelineRuntime
import WireTypes
import Workflows

/// Why a token is not complete, and what happened to its records.
enum TokenStoryRoutes {
  /// Ids of work that may stand in the place of a token.
  private static let workNames = ["subject", "cargo", "run", "job", "batch"]

  /// The work that is asked for; nil when a token is.
  private static func work(_ call: APICall) async throws -> (story: WorkStory, token: String?)? {
    guard call.query["token"] == nil, let name = workNames.first(where: { call.query[$0] != nil }),
      let id = call.query[name]
    else { return nil }
    guard call.pipelineName == WorkProgram.name else {
      throw PipelineError(.invalidParam, "'\(name)' is asked of the pipeline '\(WorkProgram.name)'")
    }
    do throws(WorkError) {
      let service = try await call.work().service
      guard let story = try await WorkStory.find(id, in: service) else {
        throw WorkError(.conflict, "there is no work '\(id)'")
      }
      return (story, service.token(of: story.subject))
    } catch {
      if error.code == .conflict { throw PipelineError(.notFound, error.message) }
      throw PipelineError(.pipelineUnavailable, error.message, retryAfterSeconds: 1)
    }
  }

  static let why: Route.Handler = { call in
    if let (story, token) = try await work(call) {
      return Answer.json([
        "status": .string(story.isComplete ? "complete" : "inprogress"), "step": nil,
        "reasons": .array(story.reasons), "backlog": nil, "token": .text(token), "work": story.summary,
      ])
    }
    let token = try call.query.required("token")
    let found = Result { () throws(PipelineError) in try call.deployed() }
    if case .failure(let error) = found, error.code == .pipelineInteractionNotDeployed {
      return Answer.json(stopped(try await call.directory.descriptor(call.pipelineName).deployment))
    }
    let report = try await found.get().why(token: token)
    let body = CompletionRoutes.body(report.completion)
    return Answer.json([
      "status": .string(report.completion.complete ? "complete" : "inprogress"),
      "step": .count(report.completion.step?.rawValue),
      "reasons": .array(report.reasons.map(reason)),
      "backlog": [
        "records": .integer(report.backlogRecords),
        "records_per_second": .double(report.recordsPerSecond.rounded()),
        "eta_ms": report.completion.complete ? .integer(0) : .count(report.completion.etaMilliseconds),
      ],
      "token": .text(body.token),
    ])
  }

  /// The token cannot be judged, but what holds it is clear.
  private static func stopped(_ deployment: DeploymentState) -> JSONValue {
    var reason = WhyReason(
      kind: "stopped", name: "pipeline", message: "the pipeline is \(deployment.resources.rawValue)",
      advice: "start the pipeline: POST …/start; then ask for the token again, with follow=true")
    if let error = deployment.error {
      reason = WhyReason(
        kind: "failed", name: "pipeline", message: "the pipeline stopped with \(error.code.rawValue)",
        advice: "mend what last_error names, then POST …/start")
      reason.lastError = error.message
      reason.isFatal = true
    }
    return [
      "status": "unknown", "step": nil, "reasons": .array([self.reason(reason)]), "backlog": nil, "token": nil,
    ]
  }

  private static func reason(_ reason: WhyReason) -> JSONValue {
    [
      "kind": .string(reason.kind), "name": .string(reason.name), "message": .string(reason.message),
      "lag_steps": .integer(reason.lagSteps), "last_error": .text(reason.lastError),
      "fatal": .bool(reason.isFatal), "advice": .string(reason.advice),
    ]
  }

  static let explain: Route.Handler = { call in
    if let (work, token) = try await work(call) {
      var members: [JSONMember] = []
      var timeline: [JSONValue] = []
      // The way of its records through the log, when the token is known and still of this log.
      if let token, let story = try? await call.deployed().explain(token: token) {
        members = (explained(story).members ?? []).filter { !["status", "timeline", "token"].contains($0.name) }
        timeline = story.events.map(event)
      }
      let status: JSONValue = work.isComplete ? "complete" : "inprogress"
      return Answer.json(
        .object(
          [JSONMember("status", status)] + members + [
            JSONMember("token", .text(token)), JSONMember("timeline", .array(timeline + work.timeline)),
            JSONMember("work", work.summary),
          ]))
    }
    let token = try call.query.required("token")
    return Answer.json(explained(try await call.deployed().explain(token: token)))
  }

  private static func explained(_ story: TokenStory) -> JSONValue {
    [
      "status": .string(story.completion.complete ? "complete" : "inprogress"),
      "step": .count(story.completion.step?.rawValue), "accepted": .integer(story.completion.accepted),
      "rejected": .integer(story.completion.rejected),
      "records": [.integer(story.range.first.rawValue), .integer(story.range.end.rawValue)],
      "table": .text(story.table), "endpoint": .text(story.endpoint),
      "incarnation": .string(story.incarnation.description), "token": .text(story.completion.followedToken),
      "timeline": .array(story.events.map(event)),
    ]
  }

  private static func event(_ event: TokenStory.Event) -> JSONValue {
    var members = [
      JSONMember("event", .string(event.kind)), JSONMember("done", .bool(event.isDone)),
      JSONMember("at", .text(event.at.map { $0.rfc3339 })),
    ]
    if let sink = event.sink { members.append(JSONMember("sink", .string(sink))) }
    if event.step != nil || event.kind == "step" { members.append(JSONMember("step", .count(event.step))) }
    if let range = event.range {
      let bounds: JSONValue = [.integer(range.first.rawValue), .integer(range.end.rawValue)]
      members.append(JSONMember("records", bounds))
    }
    if let count = event.count { members.append(JSONMember("count", .integer(count))) }
    if let error = event.lastError { members.append(JSONMember("last_error", .string(error))) }
    return .object(members)
  }
}

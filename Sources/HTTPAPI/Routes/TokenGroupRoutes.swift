import HTTPTypes
import Hummingbird
import HummingbirdCore
import PipelineModel
import PipelineRuntime
import Platform
import WireTypes

/// Many tokens as one: `POST …/completion_status {"tokens": […], "mode": "all" | "any"}`.
enum TokenGroupRoutes {
  static let status: Route.Handler = { call in
    let group = try group(try await call.json(), follow: try call.query.flag("follow", default: false))
    let seconds = try WaitTime.read(call) ?? 0
    let report = try await report(call, group, seconds)
    return Answer.whole(answer(report, group.mode))
  }

  private static func group(_ body: JSONValue, follow: Bool) throws(PipelineError) -> TokenGroup {
    guard let elements = body["tokens"]?.elements else {
      throw PipelineError(.invalidBody, "the body must be an object with the list 'tokens'")
    }
    guard (1...Limits.groupTokensMax).contains(elements.count) else {
      throw PipelineError(
        .invalidParam, "'tokens' must have 1 to \(Limits.groupTokensMax) tokens, not \(elements.count)")
    }
    var tokens: [String] = []
    for element in elements {
      guard let token = element.stringValue else {
        throw PipelineError(.invalidBody, "'tokens' must be a list of strings, not \(element.kind)")
      }
      tokens.append(token)
    }
    let text = body["mode"].flatMap { $0.isNull ? nil : $0 } ?? "all"
    guard let mode = text.stringValue.flatMap({ TokenGroup.Mode(rawValue: $0) }) else {
      throw PipelineError(.invalidParam, "'mode' must be all or any")
    }
    return TokenGroup(tokens: tokens, mode: mode, follow: follow)
  }

  private static func report(
    _ call: APICall, _ group: TokenGroup, _ seconds: Double
  ) async throws -> GroupReport {
    let pipeline = try call.deployed()
    if seconds == 0 { return try await pipeline.status(of: group, seconds: 0) }
    do {
      return try await call.interruption().cancelling {
        try await pipeline.status(of: group, seconds: seconds)
      }
    } catch is CancellationError {
      return try await pipeline.status(of: group, seconds: 0)
    }
  }

  private static func answer(_ report: GroupReport, _ mode: TokenGroup.Mode) -> WholeAnswer {
    let known = report.members.compactMap { try? $0.get() }
    let pending = known.filter { !$0.complete }
    let times = pending.compactMap(\.etaMilliseconds)
    let eta = mode == .any ? times.min() : times.count == pending.count ? times.max() : nil
    var blockers: [Blocker] = []
    for blocker in pending.flatMap(\.blockedBy) where !blockers.contains(blocker) { blockers.append(blocker) }
    let body: JSONValue = [
      "status": .string(report.complete ? "complete" : "inprogress"), "mode": .string(mode.rawValue),
      "step": .count(report.step?.rawValue), "total": .integer(report.members.count),
      "completed": .integer(known.count - pending.count),
      "accepted": .integer(known.reduce(0) { $0 + $1.accepted }),
      "rejected": .integer(known.reduce(0) { $0 + $1.rejected }),
      "blocked_by": .array(blockers.map { CompletionRoutes.body($0).json }),
      "eta_ms": report.complete ? .integer(0) : .count(eta),
      "tokens": .array(report.members.map(member)),
    ]
    var answer = WholeAnswer(body, status: report.complete ? .ok : .accepted)
    if !report.complete {
      var slowest = CompletionReport(complete: false, step: nil, accepted: 0)
      slowest.etaMilliseconds = eta
      answer.retryAfterSeconds = CompletionRoutes.retryAfterSeconds(slowest)
    }
    return answer
  }

  private static func member(_ result: Result<CompletionReport, PipelineError>) -> JSONValue {
    switch result {
    case .success(let report): CompletionRoutes.body(report).json
    case .failure(let error):
      [
        "status": "gone", "error_code": .string(error.code.rawValue), "message": .string(error.message),
        "details": (try? JSONValue(parsing: error.details)) ?? .emptyObject,
      ]
    }
  }
}

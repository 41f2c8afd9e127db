import HTTPTypes
import Hummingbird
import HummingbirdCore
import PipelineModel
import PipelineRuntime
import WireTypes

/// What became of a token's records.
enum CompletionRoutes {
  static let status: Route.Handler = { call in
    let token = try call.query.required("token")
    let follow = try call.query.flag("follow", default: false)
    let seconds = try WaitTime.read(call) ?? 0
    let report = try await wait(call, for: token, follow: follow, seconds: seconds)
    return Answer.whole(WholeAnswer(report))
  }

  /// Waits no longer than the client stays and the server runs.
  static func wait(
    _ call: APICall, for token: String, follow: Bool, seconds: Double
  ) async throws -> CompletionReport {
    let pipeline = try call.deployed()
    if seconds == 0 { return try await pipeline.waitForCompletion(token: token, follow: follow, seconds: 0) }
    do {
      return try await call.interruption().cancelling {
        try await pipeline.waitForCompletion(token: token, follow: follow, seconds: seconds)
      }
    } catch is CancellationError {
      return try await pipeline.waitForCompletion(token: token, follow: follow, seconds: 0)
    }
  }

  static func body(_ report: CompletionReport) -> CompletionBody {
    var body = CompletionBody(
      complete: report.complete, step: report.step?.rawValue, accepted: report.accepted)
    body.rejected = report.rejected
    body.dead = report.dead
    body.viewErrors = report.viewErrors
    body.replayed = report.replayed
    body.blockedBy = report.blockedBy.map { self.body($0) }
    body.etaMilliseconds = report.etaMilliseconds
    body.token = report.followedToken
    return body
  }

  static func body(_ blocker: Blocker) -> CompletionBody.Blocker {
    CompletionBody.Blocker(
      kind: blocker.kind, name: blocker.name, lagSteps: blocker.lagSteps, lastError: blocker.lastError)
  }

  /// Whole seconds, at least one.
  static func retryAfterSeconds(_ report: CompletionReport) -> Int {
    Int(max(1, min(60, (min(report.etaMilliseconds ?? 1000, 60_000) + 999) / 1000)))
  }
}

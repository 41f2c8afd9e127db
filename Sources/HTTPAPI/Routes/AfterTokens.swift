import Hummingbird
import HummingbirdCore
import PipelineModel
import PipelineRuntime
import Platform

/// Read your writes: `?after=<token>[,<token>…]` lets a query or a subscription begin when it shows the tokens'
/// records; `wait` bounds how long (30 s unless given).
enum AfterTokens {
  private static let secondsDefault = 30.0

  static func pass(_ call: APICall, _ pipeline: any DeployedPipeline) async throws {
    guard let text = call.query["after"] else { return }
    let tokens = text.split(separator: ",").map(String.init)
    guard !tokens.isEmpty else { throw PipelineError(.invalidParam, "'after' must be a token") }
    let start = call.environment.clock.monotonic()
    let seconds = try WaitTime.read(call) ?? secondsDefault
    for token in tokens {
      let left = seconds - Double(call.environment.clock.monotonic().since(start)) / 1e9
      let report = try await call.interruption().cancelling {
        try await pipeline.wait(for: token, until: .processed, follow: true, seconds: max(0, left))
      }
      guard report.reached else {
        throw PipelineError(
          .notYetVisible,
          "the records of the token given as 'after' are not visible after \(seconds) s: see /why",
          retryAfterSeconds: CompletionRoutes.retryAfterSeconds(report.completion))
      }
    }
  }
}

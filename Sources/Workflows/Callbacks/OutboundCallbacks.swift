package import ConnectorKit
import PipelineModel
package import Platform

/// Callbacks over the server's client; without one every callback is refused.
package struct OutboundCallbacks: CallbackTransport {
  /// Of an answer, which does not matter: so much is read, that the connection can be kept.
  private static let answerBytesMax = 16 << 10

  private let client: (any OutboundClient)?
  private let clock: any PipelineClock

  package init(client: (any OutboundClient)?, clock: any PipelineClock) {
    self.client = client
    self.clock = clock
  }

  package func post(_ request: CallbackRequest) async -> CallbackOutcome {
    guard let client else { return .refused("this server makes no calls") }
    var outbound = OutboundRequest(
      url: request.url, headers: request.headers, body: request.body, timeoutSeconds: request.timeoutSeconds)
    outbound.answerBytesMax = OutboundCallbacks.answerBytesMax
    let answer = await client.send(outbound)
    switch answer {
    case .answered(let status, _, _, _):
      let wish = answer.header("retry-after").flatMap { RetryAfter.seconds($0, now: clock.wall()) }
      return .answered(status: status, retryAfterSeconds: wish)
    case .failed(let message): return .failed(message)
    case .refused(let message): return .refused(message)
    }
  }
}

import AccessControl
import ConnectorKit
import Deliveries
import HTTPAPI
import PipelineModel
import Platform

/// Sends webhooks, signed as Standard Webhooks has it.
struct WebhookClient: WebhookSender {
  /// Of an answer to a webhook, which does not matter: a little more than the usual, so that connections are kept.
  private static let answerBytesMax = 16 << 10

  let client: any OutboundClient

  func send(_ webhook: Webhook, at now: WallTime) async -> SendOutcome {
    let (id, seconds) = (webhook.id.description, now.microseconds / 1_000_000)
    let code = WebhookSignature.code(
      secret: webhook.secret, id: id, timestamp: seconds, body: webhook.payload)
    var request = OutboundRequest(
      url: webhook.url,
      headers: [
        ("content-type", "application/json"), ("webhook-id", id), ("webhook-timestamp", "\(seconds)"),
        ("webhook-signature", "v1,\(Base64.text(code))"),
      ],
      body: webhook.payload, timeoutSeconds: Double(Limits.webhookTimeoutSeconds))
    request.answerBytesMax = WebhookClient.answerBytesMax
    let answer = await client.send(request)
    switch answer {
    case .answered(let status, _, _, _):
      return .answered(
        status: status, retryAfterSeconds: answer.header("retry-after").flatMap { Int($0) })
    case .failed(let message): return .failed(message)
    case .refused(let message): return .refused(message)
    }
  }
}

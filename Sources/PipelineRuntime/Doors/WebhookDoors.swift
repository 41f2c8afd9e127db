package import Deliveries

/// Call-backs when tokens are complete.
package protocol WebhookDoors: AnyObject, Sendable {
  /// Durable on return. Errors: those of the tokens, `invalidParam`, `forbiddenTarget`, `tooManyWaiters`.
  func createWebhook(_ request: WebhookRequest) async throws(PipelineError) -> Webhook
  /// Newest first.
  func webhooks() throws(PipelineError) -> [Webhook]
  func webhook(_ id: String) throws(PipelineError) -> Webhook
  /// Sends a finished one again, under the same id.
  func replayWebhook(_ id: String) async throws(PipelineError) -> Webhook
  func deleteWebhook(_ id: String) async throws(PipelineError)
}

package struct WebhookRequest: Sendable {
  package let url: String
  package let tokens: [String]
  /// Signs the call-back; nil for a random one.
  package let secret: [UInt8]?

  package init(url: String, tokens: [String], secret: [UInt8]?) {
    self.url = url
    self.tokens = tokens
    self.secret = secret
  }
}

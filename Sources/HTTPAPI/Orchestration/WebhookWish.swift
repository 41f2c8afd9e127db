import AccessControl
import ConnectorKit
import Platform
import WireTypes
import Workflows

/// Whom a new batch shall tell of its end.
struct WebhookWish {
  private let url: String?
  private let secret: Secret?

  init(_ json: JSONValue) throws(OrchestrationFailure) {
    func text(_ name: String) throws(OrchestrationFailure) -> String? {
      guard let value = json[name], !value.isNull else { return nil }
      guard let text = value.stringValue, !text.isEmpty else { throw .invalid("'\(name)' must be a text") }
      return text
    }
    url = try text("webhookUrl")
    let secret = try text("webhookSecret")
    guard (secret?.utf8.count ?? 0) <= WebhookWish.secretBytesMax else {
      throw .invalid("'webhookSecret' has more than \(WebhookWish.secretBytesMax) bytes")
    }
    self.secret = secret.map { Secret($0) }
    if self.secret != nil, url == nil { throw .invalid("'webhookSecret' needs a 'webhookUrl'") }
  }

  private static let secretBytesMax = 1024

  /// As the record of the batch keeps it. A literal address that must not be called is refused now; names are
  /// looked up when the call is made.
  func kept(_ call: APICall) throws(OrchestrationFailure) -> BatchWebhook? {
    guard let url else { return nil }
    let settings = call.environment.work.settings
    let target: OutboundTarget
    do throws(OutboundTarget.Fault) { target = try OutboundTarget(url) } catch {
      throw .invalid("'webhookUrl': \(error.message)")
    }
    if let address = IPText.parse(target.host), !settings.callbacks.addresses.allows(address) {
      throw .invalid("'webhookUrl': the address is not allowed")
    }
    var sealed: String?
    if let secret {
      sealed = settings.keys?.seal(secret)
      if sealed == nil { throw OrchestrationFailure(500, "internalError", "the secret cannot be kept") }
    }
    return BatchWebhook(url: url, sealedSecret: sealed, workspace: OrchestrationRoutes.workspace(call))
  }
}

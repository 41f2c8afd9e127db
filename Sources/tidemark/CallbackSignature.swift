import AccessControl
import HTTPAPI
import Workflows

/// Signs callbacks as Standard Webhooks asks for it.
enum CallbackSignature {
  /// With the webhook secret of a project.
  static func signer(of project: Project) -> CallbackSigner { signer(secret: project.webhookSecret.revealed) }

  static func signer(secret: [UInt8]) -> CallbackSigner {
    { id, seconds, body in
      "v1," + Base64.text(WebhookSignature.code(secret: secret, id: id, timestamp: seconds, body: body))
    }
  }
}

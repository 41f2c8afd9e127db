import Deliveries
import HTTPTypes
import Hummingbird
import HummingbirdCore
import PipelineModel
import PipelineRuntime
import Platform
import WireTypes

/// Call-backs when tokens are complete: create, list, look at, send again, remove.
enum WebhookRoutes {
  static let create: Route.Handler = { call in
    let body = try await call.json()
    guard let url = body["url"]?.stringValue else {
      throw PipelineError(.invalidBody, "the body must be an object with 'url' and 'tokens'")
    }
    let elements = body["tokens"]?.elements ?? body["token"].map { [$0] } ?? []
    let tokens = elements.compactMap(\.stringValue)
    guard (1...Limits.groupTokensMax).contains(tokens.count), tokens.count == elements.count else {
      throw PipelineError(.invalidBody, "'tokens' must be a list of 1 to \(Limits.groupTokensMax) tokens")
    }
    let request = WebhookRequest(url: url, tokens: tokens, secret: try secret(body["secret"]))
    let webhook = try await call.deployed().createWebhook(request)
    var members = json(webhook).members ?? []
    // Told this once.
    members.append(JSONMember("secret", .string("whsec_" + Base64.text(webhook.secret))))
    return Answer.json(.object(members), status: .created)
  }

  /// `whsec_` and base64 of 24 to 64 bytes.
  private static func secret(_ value: JSONValue?) throws(PipelineError) -> [UInt8]? {
    guard let value, !value.isNull else { return nil }
    guard let text = value.stringValue, text.hasPrefix("whsec_"), let bytes = Base64.bytes(String(text.dropFirst(6))),
      (24...64).contains(bytes.count)
    else {
      throw PipelineError(.invalidParam, "'secret' must be whsec_ and the base64 of 24 to 64 bytes")
    }
    return bytes
  }

  static let list: Route.Handler = { call in
    let wanted = call.query["state"]
    let webhooks = try call.deployed().webhooks().filter { wanted == nil || "\($0.state)" == wanted }
    return Answer.json(["webhooks": .array(webhooks.map(json))])
  }

  static let get: Route.Handler = { call in
    Answer.json(json(try call.deployed().webhook(call.path("webhook"))))
  }

  static let replay: Route.Handler = { call in
    Answer.json(json(try await call.deployed().replayWebhook(call.path("webhook"))), status: .accepted)
  }

  static let remove: Route.Handler = { call in
    try await call.deployed().deleteWebhook(call.path("webhook"))
    return Answer.empty(.noContent)
  }

  private static func json(_ webhook: Webhook) -> JSONValue {
    [
      "id": .string(webhook.id.description), "url": .string(webhook.url), "state": .string("\(webhook.state)"),
      "tokens": .array(webhook.tokens.map { .string($0) }), "created_at": .string(webhook.createdAt.rfc3339),
      "next_attempt_at": webhook.state == .pending ? .string(webhook.notBefore.rfc3339) : .null,
      "attempts": .array(
        webhook.attempts.map { attempt in
          [
            "at": .string(attempt.at.rfc3339), "status": attempt.status == 0 ? .null : .integer(attempt.status),
            "error": attempt.error.isEmpty ? .null : .string(attempt.error),
          ]
        }),
    ]
  }
}

import HTTPTypes
import PipelineModel
import Platform
import WireTypes

extension PrimaryOperations {
  private static let one = "\(pipeline)/completion_webhooks/{webhook}"

  static let webhooks = APIChapter(
    "Webhooks", "Signed call-backs when tokens are complete (Standard Webhooks).",
    [
      APIOperation(.get, "\(pipeline)/completion_webhooks", "listWebhooks", "The webhooks of the pipeline.")
        .query("state", .choice("waiting", "pending", "delivered", "dead"), "Only in this state.")
        .answers(200, "The webhooks.", .object(["webhooks": .list(.ref("Webhook"))]))
        .fails(PrimaryErrors.running),
      APIOperation(
        .post, "\(pipeline)/completion_webhooks", "createWebhook",
        "Calls a URL when all of the tokens are complete."
      )
      .takes(
        .object(
          ["url": JSONSchema.text(1...Limits.webhookURLBytesMax).with("format", "uri")],
          optional: [
            "tokens": .list(.text, 1...Limits.groupTokensMax),
            "token": .text.said("Instead of a list of one."),
            "secret": .text(pattern: "^whsec_[A-Za-z0-9+/]+=*$").orNull.said(
              "Base64 of 24 to 64 bytes; made when absent."),
          ], isOpen: true)
      )
      .answers(201, "The webhook; its secret is told this once.", .ref("NewWebhook"))
      .fails(PrimaryErrors.token)
      .fails(.forbiddenTarget, .tooManyWaiters),
      APIOperation(.get, one, "getWebhook", "One webhook with its attempts.")
        .answers(200, "The webhook.", .ref("Webhook"))
        .fails(PrimaryErrors.running)
        .fails(.unknownWebhook),
      APIOperation(.delete, one, "deleteWebhook", "Removes a webhook; nothing is sent any more.")
        .answers(204, "It is gone.")
        .fails(PrimaryErrors.running)
        .fails(.unknownWebhook),
      APIOperation(.post, "\(one)/replay", "replayWebhook", "Sends a delivered or dead webhook again.")
        .answers(202, "It waits for its next attempt.", .ref("Webhook"))
        .fails(PrimaryErrors.running)
        .fails(.unknownWebhook),
    ])
}

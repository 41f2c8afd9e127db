import ConnectorKit
import Deliveries
import PipelineModel
import Platform
import StorageAPI

extension RunningPipeline {
  private static let secretBytes = 32

  package func createWebhook(_ request: WebhookRequest) async throws(PipelineError) -> Webhook {
    try gate.checkReady()
    let target: OutboundTarget
    do { target = try OutboundTarget(request.url) } catch { throw PipelineError(.invalidParam, error.message) }
    if let address = IPText.parse(target.host), !environment.webhookGuard.allows(address) {
      throw PipelineError(.forbiddenTarget, "webhooks to '\(target.host)' are not allowed: see --callback-allow")
    }
    for token in request.tokens { _ = try resolve(token, follow: true) }
    let webhook = Webhook(
      id: environment.newID(), url: request.url,
      secret: request.secret ?? environment.random.bytes(RunningPipeline.secretBytes), tokens: request.tokens,
      at: environment.clock.wall())
    do {
      guard try await stages.outbox.add(webhook) else {
        throw PipelineError(
          .tooManyWaiters, "the pipeline has \(Limits.openWebhooksMax) open webhooks", retryAfterSeconds: 10)
      }
    } catch let error as PipelineError {
      throw error
    } catch {
      throw RunningPipeline.unwritten("\(error)")
    }
    return webhook
  }

  package func webhooks() throws(PipelineError) -> [Webhook] {
    try gate.checkReady()
    return stages.outbox.all
  }

  package func webhook(_ id: String) throws(PipelineError) -> Webhook {
    try gate.checkReady()
    guard let webhook = UniqueID(id).flatMap({ stages.outbox.webhook($0) }) else {
      throw PipelineError(.unknownWebhook, "there is no webhook '\(id.prefix(64))'")
    }
    return webhook
  }

  package func replayWebhook(_ id: String) async throws(PipelineError) -> Webhook {
    let known = try webhook(id)
    let isDone: Bool?
    do { isDone = try await stages.outbox.replay(known.id) } catch {
      throw RunningPipeline.unwritten("\(error)")
    }
    guard isDone == true else {
      throw PipelineError(.invalidParam, "the webhook is \(known.state): only delivered and dead ones are replayed")
    }
    return try webhook(id)
  }

  package func deleteWebhook(_ id: String) async throws(PipelineError) {
    let known = try webhook(id)
    do { _ = try await stages.outbox.remove(known.id) } catch { throw RunningPipeline.unwritten("\(error)") }
  }

  private static func unwritten(_ reason: String) -> PipelineError {
    PipelineError(.pipelineUnavailable, "the outbox cannot be written: \(reason)", retryAfterSeconds: 5)
  }

  // MARK: Payload

  func startWebhooks() {
    stages.outbox.start { [weak self] webhook in await self?.payload(of: webhook) }
  }

  /// Waits until all tokens are complete, or never will be; nil when this life ends before.
  private func payload(of webhook: Webhook) async -> [UInt8]? {
    let group = TokenGroup(tokens: webhook.tokens, mode: .all, follow: true)
    while !Task.isCancelled, !gate.isClosed {
      do throws(PipelineError) {
        let report = try await status(of: group, seconds: Double(Limits.waitNanosecondsMax) / 1e9)
        guard report.complete else { continue }
        let members = report.members.compactMap { try? $0.get() }
        return body(
          webhook, "completion.complete",
          "\"status\":\"complete\",\"step\":\(report.step.map { "\($0)" } ?? "null"),"
            + "\"accepted\":\(members.reduce(0) { $0 + $1.accepted }),"
            + "\"rejected\":\(members.reduce(0) { $0 + $1.rejected })")
      } catch {
        guard error.code == .pipelineRestarted || error.code == .unknownEndpointInCompletionToken else { return nil }
        return body(webhook, "completion.gone", "\"status\":\"gone\",\"details\":\(error.details)")
      }
    }
    return nil
  }

  private func body(_ webhook: Webhook, _ type: String, _ facts: String) -> [UInt8] {
    // Tokens were opened before, so they are base64url text.
    let tokens = webhook.tokens.map { "\"\($0)\"" }.joined(separator: ",")
    let seconds = environment.clock.wall().microseconds / 1_000_000
    return Array(
      ("{\"type\":\"\(type)\",\"timestamp\":\(seconds),\"data\":{\"pipeline_id\":\"\(identity.pipeline)\","
        + "\"tokens\":[\(tokens)],\(facts)}}").utf8)
  }
}

import PipelineModel
package import WireTypes

/// Whom a batch tells of its end, as its record keeps it: `{"url", "secret", "workspace"}`, the secret sealed.
package struct BatchWebhook: Sendable, Equatable {
  package let url: String
  /// Nil when the project's own signs.
  package let sealedSecret: String?
  package let workspace: String

  package init(url: String, sealedSecret: String?, workspace: String) {
    self.url = url
    self.sealedSecret = sealedSecret
    self.workspace = workspace
  }

  /// Nil for a batch without one.
  package init?(_ settings: JSONValue) {
    guard let json = settings["webhook"], let url = json["url"]?.stringValue,
      let workspace = json["workspace"]?.stringValue
    else { return nil }
    self.init(url: url, sealedSecret: json["secret"]?.stringValue, workspace: workspace)
  }

  package var member: JSONMember {
    JSONMember(
      "webhook",
      ["url": .string(url), "secret": .text(sealedSecret), "workspace": .string(workspace)])
  }

  /// The callback that an ended batch owes; nil when it owes none any more.
  package func delivery(of group: WorkGroup) -> CallbackDelivery? {
    guard group.callback == .owed else { return nil }
    let attempts = group.callbackAttempts
    var notBefore = group.events.last?.at ?? group.createdAt
    if attempts > 0, let last = group.events.last, let next = CallbackEvents.nextAt(last.detail) { notBefore = next }
    return CallbackDelivery(
      id: group.id, url: url, round: group.callbackRound, attempts: attempts, notBefore: notBefore)
  }
}

/// How batches tell of their end.
package struct BatchNotices: Sendable {
  package let transport: any CallbackTransport
  package let schedule: CallbackSchedule
  /// With the project's secret; nil signs nothing.
  package let sign: CallbackSigner?
  /// With a batch's own secret; nil when it cannot be read any more.
  package let signer: @Sendable (_ sealedSecret: String) -> CallbackSigner?
  /// What is sent: the batch as its dialect shows it.
  package let body: @Sendable (_ group: WorkGroup, [WorkItem], RunOrigin, BatchWebhook) -> [UInt8]

  package init(
    transport: any CallbackTransport, schedule: CallbackSchedule, sign: CallbackSigner?,
    signer: @escaping @Sendable (_ sealedSecret: String) -> CallbackSigner?,
    body: @escaping @Sendable (_ group: WorkGroup, [WorkItem], RunOrigin, BatchWebhook) -> [UInt8]
  ) {
    self.transport = transport
    self.schedule = schedule
    self.sign = sign
    self.signer = signer
    self.body = body
  }
}

/// What messages about ended batches say, and where their attempts are kept.
struct BatchCallbacks: CallbackSource {
  let service: WorkService
  let graphs: GraphLibrary
  let notices: BatchNotices

  /// Nil when it is not owed any more; waits while the store cannot be read.
  func message(of delivery: CallbackDelivery) async -> CallbackMessage? {
    var milliseconds = 100
    while !Task.isCancelled {
      do throws(WorkError) { return try await madeMessage(of: delivery) } catch {
        try? await Task.sleep(for: .milliseconds(milliseconds))
        milliseconds = min(milliseconds * 2, 5000)
      }
    }
    return nil
  }

  private func madeMessage(of delivery: CallbackDelivery) async throws(WorkError) -> CallbackMessage? {
    guard let group = try await service.group(delivery.id), group.callback == .owed else { return nil }
    let origin = try await graphs.origin(of: group)
    guard let webhook = BatchWebhook(origin.settings) else { return nil }
    let items = try await service.items(of: group.id)
    var message = CallbackMessage(body: notices.body(group, items, origin, webhook))
    message.sign = webhook.sealedSecret.flatMap(notices.signer)
    return message
  }

  func record(_ reports: [CallbackReport]) async -> Bool {
    do throws(WorkError) {
      for report in reports {
        try await service.update(group: report.id) { CallbackEvents.changes($0, report) }
      }
      return true
    } catch { return false }
  }
}

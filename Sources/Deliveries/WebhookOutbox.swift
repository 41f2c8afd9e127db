import ConnectorKit
package import PipelineModel
package import Platform
package import StorageAPI
import Synchronization

/// Makes one attempt; the program brings the HTTP client.
package protocol WebhookSender: Sendable {
  /// Never longer than `Limits.webhookTimeoutSeconds`; redirects are not followed.
  func send(_ webhook: Webhook, at now: WallTime) async -> SendOutcome
}

/// The durable outbox of one pipeline in one life: every open webhook is waited for and sent in a task of its own.
/// Thread-safe.
package final class WebhookOutbox: Sendable {
  /// The payload of a webhook whose tokens have an outcome; nil when the life ends first.
  package typealias Judge = @Sendable (Webhook) async -> [UInt8]?

  private struct State {
    private(set) var webhooks: [UniqueID: Webhook] = [:]
    private(set) var openCount = 0
    var lastForgotten = Int64.min
    var tasks: [UniqueID: Task<Void, Never>] = [:]
    var judge: Judge?
    var isClosed = false

    /// Nil removes it; answers what was there.
    @discardableResult
    mutating func set(_ id: UniqueID, _ webhook: Webhook?) -> Webhook? {
      let old = webhooks[id]
      openCount += (webhook?.isOpen == true ? 1 : 0) - (old?.isOpen == true ? 1 : 0)
      webhooks[id] = webhook
      return old
    }
  }

  /// Seconds between two looks for webhooks to forget, each of which reads all.
  private static let forgetPeriodSeconds: Int64 = 60

  private let store: any OrderedStore
  private let clock: any PipelineClock
  private let pool: BlockingPool
  private let sender: any WebhookSender
  private let slots = TurnSlots(Limits.webhookSendsMax, perLine: Limits.webhookSendsPerServerMax)
  private let state = Mutex(State())
  /// Held by the one write to the store under way.
  private let writing = Mutex(())

  /// Reads the rows and forgets finished ones that are old. Blocks.
  package init(
    store: any OrderedStore, clock: any PipelineClock, pool: BlockingPool, sender: any WebhookSender
  ) throws(StorageError) {
    self.store = store
    self.clock = clock
    self.pool = pool
    self.sender = sender
    let oldest = clock.wall().microseconds - Limits.webhookRetentionSeconds * 1_000_000
    var found: [UniqueID: Webhook] = [:]
    var old = WriteBatch()
    try store.scan(.base, from: KeySpace.webhook.key(), to: KeySpace.webhook.end) { key, value in
      guard let webhook = Webhook(key: key, value: value) else { return true }
      if webhook.isOpen || webhook.createdAt.microseconds >= oldest {
        found[webhook.id] = webhook
      } else {
        old.delete(key)
      }
      return true
    }
    if !old.isEmpty { try store.write(old, .buffered) }
    let webhooks = found
    state.withLock { state in
      for (id, webhook) in webhooks { state.set(id, webhook) }
    }
  }

  /// Begins to wait and send. Once.
  package func start(_ judge: @escaping Judge) {
    let open = state.withLock { state in
      state.judge = judge
      return state.webhooks.values.filter(\.isOpen).map(\.id)
    }
    for id in open { drive(id) }
  }

  /// Ends the tasks; the rows stay. Idempotent.
  package func close() {
    let tasks = state.withLock { state in
      state.isClosed = true
      state.judge = nil
      defer { state.tasks = [:] }
      return Array(state.tasks.values)
    }
    for task in tasks { task.cancel() }
  }

  /// Newest first.
  package var all: [Webhook] {
    state.withLock { Array($0.webhooks.values) }.sorted {
      ($1.createdAt.microseconds, $1.id) < ($0.createdAt.microseconds, $0.id)
    }
  }

  package func webhook(_ id: UniqueID) -> Webhook? { state.withLock { $0.webhooks[id] } }

  /// False when too many are open. Durable on return.
  package func add(_ webhook: Webhook) async throws(StorageError) -> Bool {
    let hasRoom = state.withLock { state in
      guard state.openCount < Limits.openWebhooksMax else { return false }
      state.set(webhook.id, webhook)
      return true
    }
    guard hasRoom else { return false }
    await forgetOld()
    do { try await write(webhook, .synced) } catch {
      state.withLock { _ = $0.set(webhook.id, nil) }
      throw error
    }
    drive(webhook.id)
    return true
  }

  /// Sends a finished one again, under the same id. Nil when it is unknown, false when it is not finished.
  package func replay(_ id: UniqueID) async throws(StorageError) -> Bool? {
    let now = clock.wall()
    let changed: Webhook?? = state.withLock { state in
      guard var webhook = state.webhooks[id] else { return nil }
      guard webhook.replay(at: now) else { return .some(nil) }
      state.set(id, webhook)
      return webhook
    }
    guard let changed else { return nil }
    guard let changed else { return false }
    try await write(changed, .synced)
    drive(id)
    return true
  }

  /// Whether there was one.
  package func remove(_ id: UniqueID) async throws(StorageError) -> Bool {
    let (task, known) = state.withLock { state in
      (state.tasks.removeValue(forKey: id), state.set(id, nil))
    }
    task?.cancel()
    guard let known else { return false }
    try await write(known, .synced)
    return true
  }

  /// Finished ones that are old, also in a life that lasts.
  private func forgetOld() async {
    let now = clock.wall().microseconds
    let oldest = now - Limits.webhookRetentionSeconds * 1_000_000
    let old: [Webhook] = state.withLock { state in
      let next = state.lastForgotten.addingReportingOverflow(WebhookOutbox.forgetPeriodSeconds * 1_000_000)
      guard state.lastForgotten == .min || next.partialValue <= now else { return [] }
      state.lastForgotten = now
      let old = state.webhooks.values.filter { !$0.isOpen && $0.createdAt.microseconds < oldest }
      for webhook in old { state.set(webhook.id, nil) }
      return old
    }
    // What stays in the store for now goes when the next life reads it.
    for webhook in old { try? await write(webhook, .buffered) }
  }

  /// Brings the row up to date with what the webhook is by now, or is no more: of writes that pass one another on the
  /// pool's threads the last one counts, whichever it is.
  private func write(_ webhook: Webhook, _ durability: Durability) async throws(StorageError) {
    try await pool.run { [self] () throws(StorageError) in
      try writing.withLock { _ throws(StorageError) in
        var batch = WriteBatch()
        if let current = self.webhook(webhook.id) {
          batch.put(current.key, current.value)
        } else {
          batch.delete(webhook.key)
        }
        try store.write(batch, durability)
      }
    }
  }

  // MARK: One webhook

  private func drive(_ id: UniqueID) {
    state.withLock { state in
      guard !state.isClosed, let judge = state.judge else { return }
      state.tasks[id]?.cancel()
      state.tasks[id] = Task { [weak self] in
        await self?.run(id, judge)
        self?.state.withLock { if !Task.isCancelled { $0.tasks[id] = nil } }
      }
    }
  }

  private func run(_ id: UniqueID, _ judge: Judge) async {
    while !Task.isCancelled, let webhook = webhook(id), webhook.isOpen {
      if webhook.state == .waiting {
        guard let payload = await judge(webhook) else { return }
        let now = clock.wall()
        await change(id) { $0.begin(payload, at: now) }
        continue
      }
      let early = webhook.notBefore.microseconds - clock.wall().microseconds
      if early > 0 {
        do { try await Task.sleep(for: .microseconds(early)) } catch { return }
        continue
      }
      let server = (try? OutboundTarget(webhook.url))?.authority ?? ""
      await slots.enter(server)
      let outcome = await sender.send(webhook, at: clock.wall())
      await slots.leave(server)
      if Task.isCancelled { return }
      let now = clock.wall()
      await change(id) { $0.attempted(outcome, at: now) }
    }
  }

  /// Not synced: what a crash forgets is sent again under the same id.
  private func change(_ id: UniqueID, _ edit: (inout Webhook) -> Void) async {
    let changed: Webhook? = state.withLock { state in
      guard var webhook = state.webhooks[id] else { return nil }
      edit(&webhook)
      state.set(id, webhook)
      return webhook
    }
    if let changed { try? await write(changed, .buffered) }
  }
}

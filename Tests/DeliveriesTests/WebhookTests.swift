// Goal: a webhook is sent until it is delivered or dead, under one id, over crashes, and only where it may go.
// Method: the pure rules by hand; the outbox with a sender and a judge of the test's.
import Deliveries
import PipelineModel
import Platform
import StorageAPI
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(15)))
struct WebhookTests {
  private static let now = WallTime(microseconds: 1_000_000_000)

  private static func pending() -> Webhook {
    var webhook = Webhook(
      id: UniqueID(high: 1, low: 2), url: "http://a/b", secret: [1, 2], tokens: ["A", "B"], at: now)
    webhook.begin([9], at: now)
    return webhook
  }

  @Test func successDelivers() {
    var webhook = Self.pending()
    webhook.attempted(.answered(status: 204, retryAfterSeconds: nil), at: Self.now)
    #expect(webhook.state == .delivered && webhook.attempts.map(\.status) == [204])
  }

  @Test func failuresFollowTheSchedule() {
    var webhook = Self.pending()
    for delay in Webhook.scheduleSeconds.dropFirst() {
      webhook.attempted(.failed("no route"), at: Self.now)
      #expect(webhook.state == .pending)
      #expect(webhook.notBefore.microseconds - Self.now.microseconds == delay * 1_000_000)
    }
    webhook.attempted(.answered(status: 500, retryAfterSeconds: nil), at: Self.now)
    #expect(webhook.state == .dead && webhook.attempts.last?.status == 500)
  }

  @Test func retryAfterIsKept() {
    var webhook = Self.pending()
    webhook.attempted(.answered(status: 429, retryAfterSeconds: 60), at: Self.now)
    #expect(webhook.notBefore.microseconds - Self.now.microseconds == 60_000_000)
    webhook.attempted(.answered(status: 503, retryAfterSeconds: 1), at: Self.now)
    #expect(webhook.notBefore.microseconds - Self.now.microseconds == 300_000_000)
  }

  @Test(arguments: [.answered(status: 410, retryAfterSeconds: nil), .refused("private")] as [SendOutcome])
  func someOutcomesKillAtOnce(outcome: SendOutcome) {
    var webhook = Self.pending()
    webhook.attempted(outcome, at: Self.now)
    #expect(webhook.state == .dead)
    let again = webhook.replay(at: Self.now)
    #expect(again && webhook.state == .pending && webhook.attemptCount == 0 && webhook.attempts.count == 1)
    let twice = webhook.replay(at: Self.now)
    #expect(!twice)
  }

  @Test func rowsAreReadBack() throws {
    var webhook = Self.pending()
    for _ in 0..<30 { webhook.attempted(.failed("é"), at: Self.now) }
    let back = try #require(Webhook(key: webhook.key, value: webhook.value))
    #expect(back == webhook && back.attempts.count <= Webhook.attemptsKept)
    for index in webhook.value.indices {
      var damaged = webhook.value
      damaged[index] ^= 1
      #expect(Webhook(key: webhook.key, value: damaged) == nil)
    }
  }

  /// Answers what it is told, and remembers what was sent.
  private final class Receiver: WebhookSender {
    let sent = Mutex<[Webhook]>([])
    let answers: Mutex<[SendOutcome]>
    init(_ answers: [SendOutcome]) { self.answers = Mutex(answers) }
    func send(_ webhook: Webhook, at now: WallTime) async -> SendOutcome {
      sent.withLock { $0.append(webhook) }
      return answers.withLock { $0.isEmpty ? .answered(status: 200, retryAfterSeconds: nil) : $0.removeFirst() }
    }
  }

  private static func until(_ isDone: () -> Bool) async {
    while !isDone() { await Task.yield() }
  }

  @Test func theOutboxOutlivesItsProcess() async throws {
    let store = MemoryStore()
    let (pool, clock) = (BlockingPool(name: "test", threads: 1), ManualClock())
    defer { pool.shutdown() }
    let id = UniqueID(high: 5, low: 6)
    let first = try WebhookOutbox(store: store, clock: clock, pool: pool, sender: Receiver([]))
    first.start { _ in nil }
    let webhook = Webhook(id: id, url: "http://a", secret: [1], tokens: ["A"], at: clock.wall())
    #expect(try await first.add(webhook))
    first.close()
    let receiver = Receiver([.answered(status: 410, retryAfterSeconds: nil)])
    let second = try WebhookOutbox(store: store, clock: clock, pool: pool, sender: receiver)
    defer { second.close() }
    #expect(second.webhook(id)?.state == .waiting)
    second.start { webhook in Array(webhook.tokens.joined().utf8) }
    await Self.until { second.webhook(id)?.state == .dead }
    #expect(try await second.replay(id) == true)
    await Self.until { second.webhook(id)?.state == .delivered }
    #expect(receiver.sent.withLock { $0.map(\.id) } == [id, id])
    #expect(receiver.sent.withLock { $0.allSatisfy { $0.payload == Array("A".utf8) } })
    #expect(try await second.replay(UniqueID(high: 0, low: 0)) == nil)
    #expect(try await second.remove(id))
    #expect(try await !second.remove(id))
    #expect(second.all.isEmpty)
    let third = try WebhookOutbox(store: store, clock: clock, pool: pool, sender: receiver)
    #expect(third.all.isEmpty)
  }

  /// A store whose buffered writes wait until they are let go.
  private final class HeldStore: OrderedStore {
    private let inner = MemoryStore()
    private let gate = Signal()
    let held = Atomic(0)

    func release() { gate.raise() }

    func write(_ batch: WriteBatch, _ durability: Durability) throws(StorageError) {
      if case .buffered = durability {
        held.add(1, ordering: .relaxed)
        _ = gate.wait(timeoutNanoseconds: nil)
      }
      try inner.write(batch, durability)
    }

    func get(_ family: StoreFamily, _ key: [UInt8]) throws(StorageError) -> [UInt8]? { try inner.get(family, key) }
    func sync() throws(StorageError) { try inner.sync() }
    func scan(
      _ family: StoreFamily, from: [UInt8], to: [UInt8]?, _ visit: (_ key: [UInt8], _ value: [UInt8]) -> Bool
    ) throws(StorageError) { try inner.scan(family, from: from, to: to, visit) }
    func last(_ family: StoreFamily, from: [UInt8], to: [UInt8]?) throws(StorageError) -> (
      key: [UInt8], value: [UInt8]
    )? { try inner.last(family, from: from, to: to) }
    func sizeBytes() -> UInt64 { inner.sizeBytes() }
    func flush(beyond bytes: UInt64) { inner.flush(beyond: bytes) }
    func close() { inner.close() }
  }

  @Test("a removed webhook does not come back by a write that was under way")
  func removalWins() async throws {
    let store = HeldStore()
    let (pool, clock) = (BlockingPool(name: "test", threads: 2), ManualClock())
    defer { pool.shutdown() }
    let outbox = try WebhookOutbox(store: store, clock: clock, pool: pool, sender: Receiver([]))
    let id = UniqueID(high: 5, low: 6)
    #expect(try await outbox.add(Webhook(id: id, url: "http://a", secret: [1], tokens: ["A"], at: clock.wall())))
    outbox.start { webhook in Array(webhook.tokens.joined().utf8) }
    await Self.until { store.held.load(ordering: .relaxed) == 1 }
    let removal = Task { try await outbox.remove(id) }
    await Self.until { outbox.webhook(id) == nil }
    for _ in 0..<20_000 { await Task.yield() }
    store.release()
    #expect(try await removal.value)
    outbox.close()
    let next = try WebhookOutbox(store: store, clock: clock, pool: pool, sender: Receiver([]))
    #expect(next.all.isEmpty)
  }

  @Test("finished webhooks are forgotten also in a long life")
  func retention() async throws {
    let (pool, clock, store) = (BlockingPool(name: "test", threads: 1), ManualClock(), MemoryStore())
    defer { pool.shutdown() }
    let outbox = try WebhookOutbox(store: store, clock: clock, pool: pool, sender: Receiver([]))
    defer { outbox.close() }
    outbox.start { webhook in Array(webhook.tokens.joined().utf8) }
    let first = Webhook(id: UniqueID(high: 1, low: 1), url: "http://a", secret: [1], tokens: ["A"], at: clock.wall())
    #expect(try await outbox.add(first))
    await Self.until { outbox.webhook(first.id)?.state == .delivered }
    clock.advance(milliseconds: (Limits.webhookRetentionSeconds + 1) * 1000)
    let second = Webhook(id: UniqueID(high: 2, low: 2), url: "http://a", secret: [1], tokens: ["A"], at: clock.wall())
    #expect(try await outbox.add(second))
    #expect(outbox.all.map(\.id) == [second.id])
  }
}

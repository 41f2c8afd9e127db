// Goal: a batch tells of its end at least once, whatever moment its server dies at, and what is through is never sent
// again; the end itself is not changed by it.
// Method: the conductor over records in memory, against a receiver that fails twice. The store dies at each append in
// turn, with and without that append, and another life goes on over the same records.
import PipelineModel
import Platform
import Synchronization
import TestSupport
import Testing
import WireTypes
import Workflows

private typealias F = GraphFixtures

private final class FailingReceiver: CallbackTransport {
  let got = Mutex<[CallbackRequest]>([])

  func post(_ request: CallbackRequest) async -> CallbackOutcome {
    let count = got.withLock { got in
      got.append(request)
      return got.count
    }
    return .answered(status: count <= 2 ? 500 : 200, retryAfterSeconds: nil)
  }
}

private struct Life {
  let service: WorkService
  let conductor: OrchestrationConductor

  static func open(_ store: any WorkStore, _ receiver: FailingReceiver) async throws -> Life {
    let service = WorkService(store: store, clock: SystemClock())
    let open = try await service.open()
    var schedule = CallbackSchedule()
    schedule.delaysSeconds = [0, 0, 0, 0, 0, 0]
    let notices = BatchNotices(
      transport: receiver, schedule: schedule, sign: { _, _, _ in "project" },
      signer: { sealed in { _, _, _ in sealed } },
      body: { group, items, _, _ in Array("\(group.status) \(items.count) \(group.updatedAt.microseconds)".utf8) })
    let conductor = OrchestrationConductor(
      service: service, providers: .echoOnly, graphs: GraphLibrary(service: service), notices: notices)
    service.observe { conductor.changed($0) }
    conductor.start(open: open)
    return Life(service: service, conductor: conductor)
  }

  func close() {
    conductor.close()
    service.close()
  }

  /// Returns when the batch is closed, or when the gate opens.
  func settled(_ id: String, or gate: Gate = Gate()) async {
    let service = service
    let look: @Sendable () async -> Void = {
      if let group = try? await service.group(id), group.isClosed, group.callback != nil { gate.open() }
    }
    service.observe { _ in Task { await look() } }
    await look()
    await gate.wait()
  }
}

struct BatchWebhookTests {
  private static let id = "00000000-0000-4000-8000-00000000000a"

  private static func records(secret: String? = nil) -> [WorkRecord] {
    let nodes: JSONValue = [F.node("start", "start", to: ["end"]), F.node("end", "end")]
    let webhook = BatchWebhook(url: "http://there/x", sealedSecret: secret, workspace: "w")
    let configuration = JSONValue.object([JSONMember("nodes", nodes), webhook.member]).encoded
    let now = SystemClock().wall()
    return [.group(id, .orchestration, configuration: configuration, at: now)]
      + (0..<2).map { number in
        .item(
          "00000000-0000-4000-8000-00000000001\(number)", .orchestration, group: id, position: Int64(number),
          input: RunRecord.input(data: .emptyObject), at: now)
      }
  }

  @Test func attemptsFollowTheEndAndChangeNothingOfIt() async throws {
    let (store, receiver) = (MemoryWorkStore(), FailingReceiver())
    let life = try await Life.open(store, receiver)
    try await life.service.create(Self.records(secret: "own"))
    await life.settled(Self.id)
    let group = try #require(try await life.service.group(Self.id))
    #expect(group.status == .completed && group.callback == .delivered)
    #expect(group.events.compactMap(\.callback) == [.owed, .owed, .owed, .delivered])
    let got = receiver.got.withLock { $0 }
    #expect(got.count == 3 && Set(got.map(\.body)).count == 1)
    for request in got {
      #expect(request.headers.contains { $0 == ("webhook-signature", "own") })
      #expect(request.headers.contains { $0 == ("webhook-id", Self.id) })
    }
    life.close()
    let next = try await Life.open(store, receiver)
    await next.settled(Self.id)
    #expect(receiver.got.withLock { $0.count } == 3)
    next.close()
  }

  @Test func anExplicitRetryIsANewRound() async throws {
    let (store, receiver) = (MemoryWorkStore(), FailingReceiver())
    let life = try await Life.open(store, receiver)
    try await life.service.create(Self.records())
    await life.settled(Self.id)
    let end = try #require(try await life.service.group(Self.id))
    #expect(try await BatchCommands.retryWebhook(Self.id, life.service) == .done)
    await life.settled(Self.id)
    let group = try #require(try await life.service.group(Self.id))
    #expect(group.callbackRound == 2 && group.callback == .delivered && group.updatedAt == end.updatedAt)
    let attempts = group.events.compactMap { event in
      (try? JSONValue(parsing: Array(event.detail.utf8)))?["attempt"]?.integerValue
    }
    #expect(attempts == [1, 2, 3, 1])
    #expect(receiver.got.withLock { $0.count } == 4)
    life.close()
    // In the next life too; and while one is owed there is no other.
    let next = try await Life.open(store, receiver)
    async let both = [
      BatchCommands.retryWebhook(Self.id, next.service), BatchCommands.retryWebhook(Self.id, next.service),
    ]
    #expect(try await both.contains(.done))
    await next.settled(Self.id)
    #expect(try await BatchCommands.retryWebhook("00000000-0000-4000-8000-0000000000ff", next.service) == .none)
    next.close()
  }

  @Test func aRetryIsRefusedWhileOneIsOwed() async throws {
    let service = WorkService(store: MemoryWorkStore(), clock: SystemClock())
    try await service.create(Self.records())
    #expect(try await BatchCommands.retryWebhook(Self.id, service) == .notEnded)
    try await service.update(group: Self.id) { _ in [.init(.cancelled), .init(callback: .owed)] }
    #expect(try await BatchCommands.retryWebhook(Self.id, service) == .underway)
    try await service.update(group: Self.id) { _ in [.init(callback: .failed)] }
    #expect(try await BatchCommands.retryWebhook(Self.id, service) == .done)
    #expect(try await BatchCommands.retryWebhook(Self.id, service) == .underway)
  }

  @Test(arguments: Array(1...12), [false, true])
  func itIsToldWhateverTheServerDiesAt(append: Int, isWritten: Bool) async throws {
    let (inner, receiver) = (MemoryWorkStore(), FailingReceiver())
    let store = DyingStore(inner, appendsLeft: append, lastIsWritten: isWritten)
    let life = try await Life.open(store, receiver)
    _ = try? await life.service.create(Self.records())
    let gate = Gate()
    async let death: Void = {
      await store.death.wait()
      gate.open()
    }()
    await life.settled(Self.id, or: gate)
    life.close()
    if !store.state.withLock({ $0.isDead }) { store.death.open() }
    await death
    let next = try await Life.open(inner, receiver)
    if try await next.service.group(Self.id) == nil { try await next.service.create(Self.records()) }
    await next.settled(Self.id)
    let group = try #require(try await next.service.group(Self.id))
    #expect(group.status == .completed && group.callback == .delivered)
    #expect(group.events.count { $0.callback == nil && $0.status == .completed } == 1)
    #expect(receiver.got.withLock { $0.count } >= 3)
    next.close()
  }
}

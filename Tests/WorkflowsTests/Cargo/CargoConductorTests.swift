import PipelineModel
import Platform
import Synchronization
import TestSupport
import Testing
import WireTypes
import Workflows

// Goal: cargo goes through every status in order, is called back, and a crash at any write changes nothing of that.
// Method: the conductor over a store in memory that dies at a random append, with a provider and a receiver of random
// moods; afterwards the records are read and the rules checked.
@Suite struct CargoConductorTests {
  private static func settings() -> CargoSettings {
    var settings = CargoSettings()
    settings.batchItemsMax = 5
    settings.batchAgeSeconds = 0
    settings.retrySeconds = 0
    settings.callbacks.delaysSeconds = [0, 0, 0]
    return settings
  }

  /// Ways through the life cycle; each is a list of statuses without repeats.
  private static let ways: Set<String> = [
    "pending batched processing completed callback_pending callback_delivered",
    "pending batched processing completed callback_pending callback_failed",
    "pending batched processing failed", "pending cancelled", "pending batched cancelled",
    "pending batched processing cancelled",
  ]

  @Test("Through all statuses to the callback; then the callback once more")
  func lifeCycle() async throws {
    let store = MemoryWorkStore()
    let life = try await CargoLife.open(store, MoodyWorld(seed: 4), Self.settings())
    defer { life.close() }
    try await life.service.create([CargoLife.cargo("crg_1", model: "echo")])
    await life.settled(["crg_1"])
    let item = try #require(try await life.service.item("crg_1"))
    #expect(item.history.map(\.status).prefix(5) == [.pending, .batched, .processing, .completed, .callbackPending])
    #expect(item.events.first?.detail.contains("token-") == true)
    #expect(CargoResult(item).success && CargoResult(item).response["id"] == "crg_1")
    let group = try #require(item.group)
    #expect(try await life.service.group(group)?.status == .completed)
    #expect(try await life.service.group(group)?.progress.completed == 1)
    guard case .done = try await CargoCommands.retryCallback("crg_1", life.service) else {
      Issue.record("no retry")
      return
    }
    await life.settled(["crg_1"])
    let again = try #require(try await life.service.item("crg_1"))
    #expect(again.callbackRound == 2 && again.isClosed)
    guard case .refused = try await CargoCommands.cancel("crg_1", life.service) else {
      Issue.record("cancelled after its end")
      return
    }
  }

  @Test("A batch whose provider fails five times fails, and so does its cargo")
  func providerFailure() async throws {
    struct Failing: CallOutProvider {
      let calls = CallCounter()
      func call(_ request: CallOutRequest) async -> CallOutAnswer {
        calls.count.withLock { $0 += 1 }
        return .failed(message: "down", code: "down", isRetryable: true, retryAfterSeconds: nil)
      }
    }
    let failing = Failing()
    let service = WorkService(store: MemoryWorkStore(), clock: SystemClock())
    let registry = try ProviderRegistry([ProviderConfiguration(name: "f", json: ["kind": "http", "url": "x"])]) { _ in
      failing
    }
    let conductor = CargoConductor(
      service: service,
      environment: CargoEnvironment(
        settings: Self.settings(), providers: registry, random: SeededRandom(seed: 1), transport: MoodyWorld(seed: 1),
        sign: nil))
    conductor.start(open: [])
    service.observe { conductor.changed($0) }
    let life = CargoLife(service: service, conductor: conductor)
    defer { life.close() }
    try await service.create([CargoLife.cargo("a", model: "f"), CargoLife.cargo("b", model: "nowhere")])
    await life.settled(["a", "b"])
    #expect(failing.calls.count.withLock { $0 } == 5)
    let item = try #require(try await service.item("a"))
    #expect(item.history.map(\.status) == [.pending, .batched, .processing, .failed])
    #expect(CargoResult(item).error == "down")
    #expect(try await service.item("b")?.status == .failed)
  }

  final class CallCounter: Sendable {
    let count = Mutex(0)
  }

  @Test("Crashes at any write: no status is skipped or taken back, every callback is made", arguments: 1...60)
  func crashes(_ seed: UInt64) async throws {
    let store = MemoryWorkStore()
    let world = MoodyWorld(seed: seed)
    let ids = (0..<23).map { "crg_\($0)" }
    var made: [String] = []
    var lives = 0
    while true {
      lives += 1
      let isLast = lives > 8
      let dying = DyingStore(
        store, appendsLeft: isLast ? .max : Int(world.random.next(below: 12)) + 1,
        lastIsWritten: world.random.next(below: 2) == 0)
      let life = try await CargoLife.open(dying, world, Self.settings())
      for id in ids[made.count..<(isLast ? ids.count : min(ids.count, made.count + 6))] {
        do throws(WorkError) { try await life.service.create([CargoLife.cargo(id)]) } catch {
          // Not told; it may be there all the same.
          if store.records.withLock({ $0.contains { $0.subject == id } }) { made.append(id) }
          break
        }
        made.append(id)
        if world.random.next(below: 5) == 0 {
          let victim = made[Int(world.random.next(below: UInt64(made.count)))]
          Task { _ = try? await CargoCommands.cancel(victim, life.service) }
        }
      }
      if isLast {
        await life.settled(ids)
        life.close()
        break
      }
      await life.settled(made, or: dying.death)
      life.close()
    }
    try check(store, world, ids)
  }

  private func check(_ store: MemoryWorkStore, _ world: MoodyWorld, _ ids: [String]) throws {
    let records = store.records.withLock { $0 }
    let seen = world.seen.withLock { $0 }
    for id in ids {
      let own = records.filter { $0.subject == id }
      #expect(own.map(\.sequence) == Array(0..<Int64(own.count)))
      #expect(own.map(\.at) == own.map(\.at).sorted())
      var way: [String] = []
      for record in own where record.status != way.last { way.append(record.status) }
      #expect(Self.ways.contains(way.joined(separator: " ")), "\(id): \(way)")
      if way.contains("callback_pending") {
        #expect(!(seen.callbacks[id] ?? []).isEmpty, "\(id) was not called back")
        #expect(Set(seen.callbacks[id] ?? []).count == 1, "\(id) was told two things")
      } else {
        #expect(seen.callbacks[id] == nil, "\(id) was called back without a result")
      }
    }
    for (group, calls) in seen.calls {
      let members = Set(records.filter { $0.group == group }.map(\.subject))
      for call in calls { #expect(call.isSubset(of: members) && call.count <= 5) }
      #expect(calls.count <= 5 + 9)
    }
  }
}

import PipelineModel
import Platform
import Synchronization
import TestSupport
import WireTypes
import Workflows

/// Lets one waiter go on once something has happened.
final class Gate: Sendable {
  private let state = Mutex<(isOpen: Bool, waiter: CheckedContinuation<Void, Never>?)>((false, nil))

  func open() {
    let waiter = state.withLock { state in
      state.isOpen = true
      defer { state.waiter = nil }
      return state.waiter
    }
    waiter?.resume()
  }

  func wait() async {
    await withCheckedContinuation { continuation in
      let isOpen = state.withLock { state in
        if !state.isOpen { state.waiter = continuation }
        return state.isOpen
      }
      if isOpen { continuation.resume() }
    }
  }
}

/// A store that dies at a chosen append: what that append wrote is there or not, and nothing is written after it.
final class DyingStore: WorkStore {
  struct State {
    var appendsLeft: Int
    var lastIsWritten: Bool
    var isDead = false
  }

  let inner: MemoryWorkStore
  /// Open when it has died.
  let death = Gate()
  let state: Mutex<State>

  init(_ inner: MemoryWorkStore, appendsLeft: Int, lastIsWritten: Bool) {
    self.inner = inner
    state = Mutex(State(appendsLeft: appendsLeft, lastIsWritten: lastIsWritten))
  }

  func append(_ new: [WorkRecord]) async throws(WorkError) -> String {
    let (isDead, isWritten) = state.withLock { state in
      if state.isDead { return (true, false) }
      state.appendsLeft -= 1
      state.isDead = state.appendsLeft <= 0
      return (state.isDead, !state.isDead || state.lastIsWritten)
    }
    let token = isWritten ? try await inner.append(new) : ""
    guard isDead else { return token }
    death.open()
    throw WorkError(.unavailable, "dead")
  }

  func openRecords() async throws(WorkError) -> [WorkRecord] { try await inner.openRecords() }
  func records(of subject: String) async throws(WorkError) -> [WorkRecord] { try await inner.records(of: subject) }
  func records(ofGroup group: String) async throws(WorkError) -> [WorkRecord] {
    try await inner.records(ofGroup: group)
  }
  func subjects(_ filter: WorkFilter) async throws(WorkError) -> [String] { try await inner.subjects(filter) }
}

/// A provider and a receiver of random moods that keep what they saw, over all lives.
final class MoodyWorld: CallOutProvider, CallbackTransport {
  struct Seen {
    var calls: [String: [Set<String>]] = [:]
    var callbacks: [String: [String]] = [:]
  }

  let random: SeededRandom
  let seen = Mutex(Seen())

  init(seed: UInt64) { random = SeededRandom(seed: seed) }

  func call(_ request: CallOutRequest) async -> CallOutAnswer {
    seen.withLock { $0.calls[request.key, default: []].append(Set(request.items.map(\.id))) }
    for _ in 0..<random.next(below: 4) { await Task.yield() }
    switch random.next(below: 8) {
    case 0: return .failed(message: "moody", code: "moody", isRetryable: true, retryAfterSeconds: nil)
    case 1: return .failed(message: "no", code: "no", isRetryable: false, retryAfterSeconds: nil)
    default: break
    }
    var results: [String: CallOutResult] = [:]
    for item in request.items {
      switch random.next(below: 6) {
      case 0: results[item.id] = .error(message: "bad \"item\"", code: "bad")
      case 1: continue
      default: results[item.id] = .output(item.input)
      }
    }
    return .answered(results)
  }

  func post(_ request: CallbackRequest) async -> CallbackOutcome {
    let id = request.headers.first { $0.0 == "webhook-id" }?.1 ?? ""
    seen.withLock { $0.callbacks[id, default: []].append(String(decoding: request.body, as: UTF8.self)) }
    for _ in 0..<random.next(below: 4) { await Task.yield() }
    switch random.next(below: 6) {
    case 0: return .answered(status: 500, retryAfterSeconds: nil)
    case 1: return .failed("no connection")
    case 2: return .answered(status: 410, retryAfterSeconds: nil)
    default: return .answered(status: 200, retryAfterSeconds: nil)
    }
  }
}

/// One life of the conductor over a store.
struct CargoLife {
  let service: WorkService
  let conductor: CargoConductor

  static func open(_ store: any WorkStore, _ world: MoodyWorld, _ settings: CargoSettings) async throws -> CargoLife {
    let service = WorkService(store: store, clock: SystemClock())
    let open = try await service.open()
    let registry = try ProviderRegistry([ProviderConfiguration(name: "moody", json: [
      "kind": "http", "url": "http://x/", "models": ["moody"],
    ])]) { _ in world }
    let conductor = CargoConductor(
      service: service,
      environment: CargoEnvironment(
        settings: settings, providers: registry, random: world.random, transport: world, sign: nil))
    conductor.start(open: open)
    service.observe { conductor.changed($0) }
    return CargoLife(service: service, conductor: conductor)
  }

  func close() {
    conductor.close()
    service.close()
  }

  static func cargo(_ id: String, model: String = "moody", url: String = "http://there/x") -> WorkRecord {
    let input = CargoInput(model: model, callbackURL: url, request: "", params: ["model": .string(model), "id": .string(id)])
    return .item(id, .cargo, input: input.text, at: SystemClock().wall())
  }

  /// Returns when all of these are closed, or when the gate opens.
  func settled(_ ids: [String], or gate: Gate = Gate()) async {
    let service = service
    let look: @Sendable () -> Void = {
      let held = service.held(ids)
      if held.count == ids.count, held.allSatisfy(\.isClosed) { gate.open() }
    }
    service.observe { _ in look() }
    look()
    await gate.wait()
  }
}

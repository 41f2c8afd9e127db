// Goal: an append whose sync fails, and whose bytes are in the log nevertheless, is work in the same life: what the log
// has and what the board says agree before anybody is answered.
// Method: a store that keeps what it is given and then says that it failed, so often as it is told.
import PipelineModel
import Platform
import Synchronization
import TestSupport
import Testing
import Workflows

private final class Told: Sendable {
  private let ids = Mutex<[[String]]>([])

  var value: [[String]] { ids.withLock { $0 } }

  func add(_ new: [String]) { ids.withLock { $0.append(new) } }
}

private final class Attempts: Sendable {
  private let count = Mutex(0)

  func next() -> Int {
    count.withLock { count in
      count += 1
      return count
    }
  }
}

@Suite(.timeLimit(.minutes(15))) struct WorkDoubtTests {
  private let store = MemoryWorkStore()

  private func service() -> WorkService { WorkService(store: store, clock: SystemClock()) }

  private func item(_ id: String) -> WorkRecord {
    .item(id, .batches, position: 0, input: "{}", at: WallTime(microseconds: 1))
  }

  private func untilDoubtful() async { while store.appends.withLock({ $0 }) == 0 { await Task.yield() } }

  @Test("It is written again until it is known to be in the log, also after a failure that left nothing; told once")
  func again() async throws {
    let service = service()
    let told = Told()
    service.observe { ids in told.add(ids) }
    store.doubts.withLock { $0 = 2 }
    let store = store
    let attempts = Attempts()
    store.beforeAppend.withLock {
      // Behind the first one the store is full for a while, which would end an append that is in no doubt.
      $0 = { if attempts.next() == 2 { store.failures.withLock { $0 = 3 } } }
    }
    let token = try await service.create([item("a")])
    #expect(!token.isEmpty)
    #expect(try await service.item("a")?.status == .pending)
    #expect(service.openItems(.batches).map(\.id) == ["a"], "the board knows what the log has")
    #expect(told.value == [["a"]], "whoever drives the work is told, once")
    #expect(store.records.withLock { $0.count } == 1)
  }

  @Test("Nothing else is made meanwhile: it is refused at once, and nothing of it is left")
  func others() async throws {
    let service = service()
    store.doubts.withLock { $0 = .max }
    async let first = service.create([item("a")])
    await untilDoubtful()
    var refusals = 0
    while refusals == 0 {
      // What comes before the doubt is known waits in line, and is refused then.
      do throws(WorkError) { try await service.create([item("b")]) } catch {
        #expect(error.code == .unavailable)
        refusals += 1
      }
    }
    #expect(try await service.item("b") == nil)
    await #expect(throws: WorkError.self) { try await service.define([item("c")]) }
    store.doubts.withLock { $0 = 0 }
    let token = try await first
    #expect(!token.isEmpty)
    try await service.create([item("b")])
    #expect(store.records.withLock { $0.map(\.subject) } == ["a", "b"])
  }

  @Test("Who has waited for long is told that it is in doubt; it is shown when the log has it, and its id is not free")
  func waiting() async throws {
    let service = WorkService(store: store, clock: SystemClock(), doubtSeconds: 0.01)
    store.doubts.withLock { $0 = .max }
    do throws(WorkError) {
      try await service.create([item("a")])
      Issue.record("it was answered although nobody knows")
    } catch { #expect(error.code == .inDoubt) }
    await #expect(throws: WorkError.self, "of an older state nothing may be made") {
      try await service.definition("d")
    }
    do throws(WorkError) {
      try await service.create([item("a")])
      Issue.record("there are two of one id")
    } catch { #expect(error.code == .conflict) }
    store.doubts.withLock { $0 = 0 }
    while service.openItems(.batches).isEmpty { await Task.yield() }
    #expect(service.openItems(.batches).map(\.id) == ["a"])
    #expect(store.records.withLock { $0.count } == 1)
  }

  @Test("A fault of the store ends the doubt: what comes after is written")
  func fault() async throws {
    let service = service()
    store.doubts.withLock { $0 = 1 }
    let store = store
    let attempts = Attempts()
    store.beforeAppend.withLock {
      $0 = { if attempts.next() == 2 { store.faults.withLock { $0 = 1 } } }
    }
    do throws(WorkError) {
      try await service.create([item("a")])
      Issue.record("it was answered although the store is at fault")
    } catch { #expect(error.code == .failed) }
    try await service.create([item("b")])
    #expect(service.openItems(.batches).map(\.id) == ["b"])
  }

  @Test("When the work is closed meanwhile, the next life goes on with what the log has")
  func closing() async throws {
    let first = service()
    store.doubts.withLock { $0 = .max }
    async let made = first.create([item("a")])
    await untilDoubtful()
    first.close()
    await first.settled()
    let result: Result<String, any Error>
    do { result = .success(try await made) } catch { result = .failure(error) }
    #expect(throws: WorkError.self) { try result.get() }
    store.doubts.withLock { $0 = 0 }
    let second = service()
    #expect(try await second.open() == ["a"])
    #expect(second.openItems(.batches).map(\.id) == ["a"])
  }

  @Test("What a play has told of is seen by its next look, though the append that says so was in doubt")
  func seen() async throws {
    let service = service()
    let book = SeenBook(service: service)
    let records = SeenRecords(segment: "s", model: "m", basis: "*", digests: ["d": "1"])
    store.doubts.withLock { $0 = 3 }
    @Sendable func look() async throws -> Bool {
      try await book.inTurn(of: "play") {
        let state = try await book.state(of: "play")
        guard state.records != records else { return false }
        let now = WallTime(microseconds: 5)
        try await service.create(
          [item("batch-\(state.nextNumber)")], with: records.records(of: "play", number: state.nextNumber, at: now))
        return true
      }
    }
    async let one = look()
    async let other = look()
    let told = try await [one, other]
    #expect(told.count { $0 } == 1, "the change is told once")
    #expect(service.openItems(.batches).map(\.id) == ["batch-1"])
  }

  @Test("A removal in doubt is made again; its subjects are unknown all the time")
  func removal() async throws {
    let service = service()
    try await service.create([item("a")])
    try await service.update(item: "a") { _ in [.init(.failed)] }
    store.doubts.withLock { $0 = 1 }
    let later = SystemClock().wall().after(seconds: 60)
    #expect(try await service.removeEnded(before: later, limit: 10) == 1)
    #expect(try await service.item("a") == nil)
    #expect(store.records.withLock { $0.isEmpty })
  }
}

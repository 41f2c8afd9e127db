import PipelineModel
import Platform
import Synchronization
import TestSupport
import Testing
import Workflows

// Goal: what has ended is kept for its time and then gone, from the store and from memory, and nothing else ever is. Method:
// a store in memory, a clock that the test moves.
@Suite(.timeLimit(.minutes(15))) struct WorkRetentionTests {
  private let store = MemoryWorkStore()
  private let clock = ManualClock()

  private func service(bytesMax: Int = 1 << 20) -> WorkService {
    WorkService(store: store, clock: clock, bytesMax: bytesMax, retentionSeconds: 100)
  }

  private func item(_ id: String, group: String? = nil) -> WorkRecord {
    .item(id, .batches, group: group, input: "{}", at: clock.wall())
  }

  private func end(_ id: String, _ service: WorkService) async throws {
    try await service.update(item: id) { _ in [.init(.failed)] }
  }

  private var subjects: Set<String> { Set(store.records.withLock { $0.map(\.subject) }) }

  @Test("Ended work is gone after its time, open work never, and a gone id may come again", arguments: [1, 1 << 20])
  func items(bytesMax: Int) async throws {
    let service = service(bytesMax: bytesMax)
    try await service.create([item("open"), item("old"), item("new")])
    try await end("old", service)
    clock.advance(milliseconds: 60_000)
    try await end("new", service)
    let retention = WorkRetention(service: service)
    #expect(await retention.sweep() == 0)
    clock.advance(milliseconds: 50_000)
    #expect(await retention.sweep() == 1)
    #expect(try await service.item("old") == nil)
    #expect(try await service.item("new")?.status == .failed)
    #expect(subjects == ["open", "new"])
    // As after a restart.
    let next = self.service()
    _ = try await next.open()
    #expect(try await next.item("old") == nil)
    #expect(try await next.item("open")?.status == .pending)
    try await service.create([item("old")])
    #expect(try await service.item("old")?.status == .pending)
    clock.advance(milliseconds: 1000_000)
    #expect(await retention.sweep() == 1)
    #expect(subjects == ["open", "old"])
  }

  @Test("A group goes with its items, when the last of them has been ended for long enough")
  func groups() async throws {
    let service = service()
    try await service.create([
      .group("g", .batches, configuration: "{}", at: clock.wall()), item("a", group: "g"), item("b", group: "g"),
    ])
    try await end("a", service)
    clock.advance(milliseconds: 1000_000)
    let retention = WorkRetention(service: service)
    #expect(await retention.sweep() == 0)
    try await end("b", service)
    try await service.update(group: "g") { _ in [.init(.running), .init(GroupStatus.completed)] }
    #expect(await retention.sweep() == 0)
    clock.advance(milliseconds: 101_000)
    #expect(await retention.sweep() == 3)
    #expect(try await service.group("g") == nil)
    #expect(try await service.item("a") == nil)
    #expect(try await service.items(of: "g").isEmpty)
    #expect(subjects.isEmpty)
  }

  @Test("What is being removed is unknown, cannot be changed, and is not made again before it is gone")
  func during() async throws {
    let service = service()
    try await service.create([item("a")])
    try await end("a", service)
    clock.advance(milliseconds: 101_000)
    let (begun, releaser) = store.holdAppends()
    async let count = WorkRetention(service: service).sweep()
    for await _ in begun { break }
    #expect(try await service.item("a") == nil)
    let changed = try await service.update(item: "a") { _ in [.init(.failed)] }
    #expect(changed == nil)
    await #expect(throws: WorkError.self) { try await service.create([item("a")]) }
    store.beforeAppend.withLock { $0 = nil }
    releaser.yield()
    #expect(await count == 1)
    #expect(subjects.isEmpty)
    try await service.create([item("a")])
    #expect(subjects == ["a"])
  }
}

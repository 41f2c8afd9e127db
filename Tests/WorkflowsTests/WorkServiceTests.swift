import PipelineModel
import Platform
import Synchronization
import TestSupport
import Testing
import Workflows

// Goal: a service over a store shows only what is durable, in order, and a second service that opens the same store goes
// on from there. Method: an in-memory store that can be told to fail and keeps what was appended.
@Suite(.timeLimit(.minutes(15))) struct WorkServiceTests {
  private let store = MemoryWorkStore()

  private func service() -> WorkService { WorkService(store: store, clock: SystemClock()) }

  private func item(_ id: String, group: String? = nil, position: Int64 = 0) -> WorkRecord {
    .item(id, .batches, group: group, position: position, input: "{}", at: WallTime(microseconds: 1))
  }

  @Test("A created item is pending, and known to the next service")
  func creation() async throws {
    let first = service()
    try await first.create([item("a")])
    #expect(try await first.item("a")?.status == .pending)
    #expect(try await first.item("b") == nil)
    let second = service()
    #expect(try await second.open() == ["a"])
    #expect(try await second.item("a")?.status == .pending)
  }

  @Test("One id is made once")
  func conflict() async throws {
    let service = service()
    try await service.create([item("a")])
    await #expect(throws: WorkError.self) { try await service.create([item("a")]) }
  }

  @Test("Changes that the life cycle does not allow are dropped, and so is what follows them")
  func lifeCycle() async throws {
    let service = service()
    try await service.create([item("a")])
    try await service.update(item: "a") { _ in [.init(.processing), .init(.callbackPending), .init(.completed)] }
    #expect(try await service.item("a")?.status == .processing)
    try await service.update(item: "a") { _ in [.init(.completed), .init(.failed)] }
    #expect(try await service.item("a")?.status == .completed)
    #expect(store.records.withLock { $0.map(\.sequence) } == [0, 1, 2])
  }

  @Test("Counters of a group add up to its total through every change")
  func counters() async throws {
    let service = service()
    let ids = (0..<10).map { "i\($0)" }
    try await service.create(
      [.group("g", .batches, configuration: "{}", at: WallTime(microseconds: 1))]
        + ids.enumerated().map { item($0.element, group: "g", position: Int64($0.offset)) })
    let ends: [WorkStatus] = [.completed, .failed, .cancelled, .skipped]
    for (index, id) in ids.enumerated() {
      let end = ends[index % 4]
      try await service.update(item: id) { _ in end == .skipped ? [.init(end)] : [.init(.processing), .init(end)] }
      let progress = try #require(try await service.group("g")).progress
      #expect(progress.total == 10)
      #expect(progress.ended == index + 1)
    }
    let progress = try #require(try await service.group("g")).progress
    #expect((progress.completed, progress.failed, progress.cancelled, progress.skipped) == (5, 5, 2, 2))
    let next = self.service()
    _ = try await next.open()
    #expect(try await next.group("g")?.progress == progress)
  }

  @Test("A failed creation leaves nothing; a failed event is written again")
  func failures() async throws {
    let service = service()
    store.failures.withLock { $0 = 1 }
    await #expect(throws: WorkError.self) { try await service.create([item("a")]) }
    #expect(try await service.item("a") == nil)
    try await service.create([item("a")])
    store.failures.withLock { $0 = 2 }
    try await service.update(item: "a") { _ in [.init(.processing)] }
    #expect(try await service.item("a")?.status == .processing)
  }

  @Test("Appends that need no wait keep the order, are tried again as others, and give way to large ones")
  func appendsWithoutAWait() async throws {
    store.takesNow.withLock { $0 = true }
    let service = service()
    store.failures.withLock { $0 = 1 }
    await #expect(throws: WorkError.self) { try await service.create([item("a")]) }
    #expect(try await service.item("a") == nil)
    try await service.create([item("a")])
    store.failures.withLock { $0 = 2 }
    try await service.update(item: "a") { _ in [.init(.processing)] }
    #expect(store.failures.withLock { $0 } == 0)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<100 {
        group.addTask {
          try await service.create([item("i\(number)")])
          try await service.update(item: "i\(number)") { _ in [.init(.processing), .init(.completed)] }
        }
      }
      try await group.waitForAll()
    }
    let before = store.appendsNow.withLock { $0 }
    #expect(before > 0)
    // More records than one thread is held up for.
    try await service.create((0..<100).map { item("m\($0)") })
    #expect(store.appendsNow.withLock { $0 } == before)
    let sequences = Dictionary(grouping: store.records.withLock { $0 }, by: \.subject).mapValues { $0.map(\.sequence) }
    for number in 0..<100 { #expect(sequences["i\(number)"] == [0, 1, 2]) }
    let next = self.service()
    _ = try await next.open()
    #expect(try await next.item("i99")?.status == .completed)
    service.close()
    await service.settled()
    await #expect(throws: WorkError.self) { try await service.create([item("z")]) }
  }

  @Test("Decisions of many tasks on one item follow one another")
  func race() async throws {
    let service = service()
    try await service.create([item("a")])
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<200 {
        group.addTask {
          _ = try? await service.update(item: "a") { item in
            item.status == .pending ? [.init(.processing)] : [.init(.processing, detail: "\(item.events.count)")]
          }
        }
      }
    }
    let events = try #require(try await service.item("a")).events
    #expect(events.count == 200)
    #expect(events.dropFirst().map(\.detail) == (1..<200).map { "\($0)" })
    #expect(store.records.withLock { $0.map(\.sequence) } == Array(0...200))
  }

  @Test("A decision that finds its work done by another returns when that is shown")
  func following() async throws {
    let service = service()
    try await service.create([item("a")])
    let (begun, releaser) = store.holdAppends()
    async let first = service.update(item: "a") { _ in [.init(.failed)] }
    for await _ in begun { break }
    let second = try await service.update(item: "a") { item in
      releaser.yield()
      return item.status == .pending ? [.init(.cancelled)] : []
    }
    #expect(second?.subject.status == .failed && second?.isChanged == false)
    let winner = try await first
    #expect(winner?.subject.status == .failed && winner?.isChanged == true)
  }

  @Test("Creations that wait for the log are bounded in bytes: the log is the buffer, memory is not")
  func waitingIsBounded() async throws {
    let service = service()
    let (begun, releaser) = store.holdAppends()
    async let first = service.create([item("first")])
    for await _ in begun { break }
    store.beforeAppend.withLock { $0 = nil }
    let text = String(repeating: "x", count: 8 << 20)
    let codes = await withTaskGroup(of: WorkError.Code?.self) { group in
      for number in 0..<10 {
        group.addTask {
          let record = WorkRecord.item("big\(number)", .cargo, input: text, at: SystemClock().wall())
          do throws(WorkError) { try await service.create([record]) } catch { return error.code }
          return nil
        }
      }
      var codes: [WorkError.Code?] = []
      for await code in group {
        codes.append(code)
        // Seven have room in 64 MiB beside their overhead; the others are told at once.
        if codes.count == 3 { releaser.yield() }
      }
      return codes
    }
    #expect(codes.prefix(3).allSatisfy { $0 == .full } && codes.dropFirst(3).allSatisfy { $0 == nil })
    _ = try await first
  }

  @Test("A retry is acknowledged only when it is what asked for the callback")
  func aRetryBesideTheFirstCallback() async throws {
    let service = WorkService(store: store, clock: SystemClock())
    try await service.create([CargoLife.cargo("crg_1")])
    try await service.update(item: "crg_1") { _ in [.init(.batched), .init(.processing)] }
    let (begun, releaser) = store.holdAppends()
    async let ending = service.update(item: "crg_1") { _ in [.init(.completed), .init(.callbackPending)] }
    for await _ in begun { break }
    // It sees a cargo without a callback, and decides about one whose callback is being written.
    async let retry = CargoCommands.retryCallback("crg_1", service)
    for _ in 0..<500 { await Task.yield() }
    releaser.yield()
    #expect(try await ending?.subject.callbackRound == 1)
    guard case .refused(let item) = try await retry else {
      Issue.record("acknowledged without a change")
      return
    }
    #expect(item.callbackRound == 1)
  }

  @Test("Closed work is forgotten when memory is short, and read from the store then")
  func forgetting() async throws {
    let service = WorkService(store: store, clock: SystemClock(), bytesMax: 3000)
    for index in 0..<100 {
      try await service.create([item("i\(index)")])
      if index != 7 { try await service.update(item: "i\(index)") { _ in [.init(.failed)] } }
    }
    try await untilForgotten("i0", service)
    #expect(try await service.item("i0")?.status == .failed)
    let reads = store.reads.withLock { $0 }
    #expect(try await service.item("i7")?.status == .pending)
    #expect(store.reads.withLock { $0 } == reads)
  }

  /// Forgetting goes on behind the appends.
  private func untilForgotten(_ id: String, _ service: WorkService) async throws {
    while !service.held([id]).isEmpty { await Task.yield() }
  }

  @Test("What the store cannot show yet is not forgotten")
  func forgettingInTime() async throws {
    let service = WorkService(store: store, clock: SystemClock(), bytesMax: 3000)
    func close(_ ids: Range<Int>) async throws {
      for index in ids {
        try await service.create([item("i\(index)")])
        try await service.update(item: "i\(index)") { _ in [.init(.failed)] }
      }
    }
    try await close(0..<10)
    // Its last record is not shown, though the group's items closed before the pause.
    try await service.create([
      .group("g", .batches, configuration: "{}", at: WallTime(microseconds: 1)), item("m", group: "g"),
    ])
    try await service.update(item: "m") { _ in [.init(.failed)] }
    store.readable.withLock { $0 = store.records.withLock { $0.count } }
    try await service.update(group: "g") { _ in [.init(.completed)] }
    try await close(10..<200)
    try await untilForgotten("i9", service)
    for index in 0..<200 {
      #expect(try await service.item("i\(index)")?.status == .failed, "\(index)")
    }
    #expect(try await service.group("g")?.status == .completed)
    #expect(!service.held(["i10"]).isEmpty)
    store.readable.withLock { $0 = nil }
    try await close(200..<201)
    try await untilForgotten("i150", service)
    for index in 0..<201 {
      #expect(try await service.item("i\(index)")?.status == .failed, "\(index)")
    }
    #expect(try await service.group("g")?.status == .completed)
  }

  @Test("An append that can never be judged holds up no forgetting: what the store shows counts")
  func forgettingUnknown() async throws {
    let service = WorkService(store: store, clock: SystemClock(), bytesMax: 3000)
    // The appends of the first two closings.
    store.unknown.withLock { $0 = ["token-2", "token-4"] }
    for index in 0..<100 {
      try await service.create([item("i\(index)")])
      try await service.update(item: "i\(index)") { _ in [.init(.failed)] }
      // The store has lost the second one.
      if index == 1 { store.records.withLock { $0[3] = item("other") } }
    }
    try await untilForgotten("i0", service)
    try await untilForgotten("i2", service)
    #expect(!service.held(["i1"]).isEmpty)
    #expect(try await service.item("i0")?.status == .failed)
    #expect(try await service.item("i1")?.status == .failed)
  }

  @Test("Items by their ids come in that order, from memory and from the store")
  func manyItems() async throws {
    let first = service()
    try await first.create([item("a"), item("b")])
    try await first.update(items: ["a", "b"]) { _ in [.init(.processing), .init(.completed)] }
    let second = WorkService(store: store, clock: SystemClock())
    try await second.create([item("c")])
    let items = try await second.items(["b", "c", "nothing", "a"])
    #expect(items.map(\.id) == ["b", "c", "a"])
    #expect(items.map(\.status) == [.completed, .pending, .completed])
  }

  @Test("Counters of a whole group count its items while they change")
  func wholeGroups() async throws {
    let service = service()
    let ids = (0..<400).map { "i\($0)" }
    try await service.create(
      [.group("g", .batches, configuration: "{}", at: WallTime(microseconds: 1))]
        + ids.enumerated().map { item($0.element, group: "g", position: Int64($0.offset)) })
    async let changes: Void = {
      for id in ids { try await service.update(item: id) { _ in [.init(.processing), .init(.completed)] } }
    }()
    var (completed, reads) = (0, 0)
    while completed < ids.count {
      let (group, items) = try #require(try await service.whole("g"))
      completed = items.count { $0.status == .completed }
      #expect(group.progress.completed == completed && group.progress.total == items.count)
      reads += 1
      await Task.yield()
    }
    try await changes
    #expect(reads > 1)
  }
}

import PipelineModel
import Platform
import Synchronization
import TestSupport
import Testing
import WireTypes
import Workflows

// Goal: batches end as their jobs and their users say, through crashes at any point. Method: the conductor
// over a store in memory, with providers that a test opens and closes; a crash is a new service and conductor
// over the same store.
@Suite(.timeLimit(.minutes(15))) struct BatchConductorTests {
  private let store = MemoryWorkStore()

  /// One life of the server.
  private final class Life: Sendable {
    let service: WorkService
    let conductor: BatchConductor
    let changes: AsyncStream<[String]>

    init(_ store: MemoryWorkStore, _ provider: any CallOutProvider) async throws {
      service = WorkService(store: store, clock: SystemClock())
      conductor = BatchConductor(service: service, providers: { _ in provider }, token: { "token of \($0)" })
      let (changes, teller) = AsyncStream.makeStream(of: [String].self)
      self.changes = changes
      let open = try await service.open()
      service.observe { [conductor] ids in
        conductor.changed(ids)
        teller.yield(ids)
      }
      conductor.start(open: open)
      teller.yield([])
    }

    func kill() {
      conductor.close()
      service.close()
    }

    @discardableResult
    func until(_ id: String, _ reached: (WorkGroup) -> Bool) async throws -> WorkGroup {
      for await _ in changes {
        guard let group = try await service.group(id) else { continue }
        #expect(
          group.progress.completed + group.progress.failed + group.progress.pending
            + group.progress.processing
            == group.progress.total)
        if reached(group) { return group }
      }
      throw WorkError(.failed, "the stream has ended")
    }
  }

  private func records(
    _ id: String, _ count: Int, _ edit: (inout BatchConfiguration) -> Void = { _ in }
  ) -> [WorkRecord] {
    var configuration = BatchConfiguration(name: id)
    configuration.forcesOverwrite = true
    configuration.total = count
    edit(&configuration)
    let at = SystemClock().wall()
    return [.group(id, .batches, configuration: configuration.text, at: at)]
      + (0..<count).map { index in
        let job = BatchJob(
          name: "f\(index)", mediaType: "document", contentType: "", size: 1,
          checksum: "c\(index % max(count - 1, 1))")
        return .item(
          "\(id)-\(index)", .batches, group: id, position: Int64(index), input: job.input(item: "\(index)"),
          at: at)
      }
  }

  @Test("Echo: every job is answered with its item, in few appends")
  func echo() async throws {
    let life = try await Life(store, EchoProvider())
    try await life.service.create(records("batch-1", 600))
    let group = try await life.until("batch-1") { $0.status == .completed }
    #expect(group.progress.completed == 600)
    #expect(group.reached(.running) != nil)
    let items = try await life.service.items(of: "batch-1")
    #expect(items[17].outcome == #"{"success":true,"response":17}"#)
    #expect(items.allSatisfy { $0.history.map(\.status) == [.pending, .processing, .completed] })
    #expect(items[0].events[0].detail.contains(#""token":"token of batch-1""#))
    #expect(store.appends.withLock { $0 } < 20)
    life.kill()
  }

  @Test("A store that fails for a while, as one does whose log is opened again, holds up a batch no longer than that")
  func failingStore() async throws {
    let life = try await Life(store, EchoProvider())
    try await life.service.create(records("batch-1", 4) { $0.forcesOverwrite = false })
    try await life.until("batch-1") { $0.status == .completed }
    for number in 2..<8 {
      let new = records("batch-\(number)", 4) { $0.forcesOverwrite = false }
      try await life.service.create(new)
      // Its jobs ask the store which contents were processed before, and append what they have processed.
      store.readFailures.withLock { $0 = number }
      if number % 2 == 0 { store.failures.withLock { $0 = 2 } }
      let group = try await life.until("batch-\(number)") { $0.status == .completed }
      #expect(group.progress.total == 4)
      store.readFailures.withLock { $0 = 0 }
      store.failures.withLock { $0 = 0 }
    }
    life.kill()
  }

  @Test("A fault of the store fails the jobs that cannot be read, and the batch ends")
  func fault() async throws {
    let life = try await Life(store, EchoProvider())
    store.isUnreadable.withLock { $0 = true }
    try await life.service.create(records("batch-1", 3) { $0.forcesOverwrite = false })
    let group = try await life.until("batch-1") { $0.status.isEnded }
    #expect(group.progress.failed == 3)
    life.kill()
  }

  @Test("No more jobs than max_concurrent are under way")
  func width() async throws {
    let provider = GatedProvider()
    let life = try await Life(store, provider)
    try await life.service.create(records("batch-1", 9) { $0.maxConcurrent = 3 })
    try await life.until("batch-1") { $0.progress.processing == 3 }
    await provider.waitForCalls(3)
    await provider.open()
    try await life.until("batch-1") { $0.status == .completed }
    #expect(await provider.underWayMax == 3)
    life.kill()
  }

  @Test("The same content is processed once in a collection, unless it is forced")
  func duplicates() async throws {
    let life = try await Life(store, EchoProvider())
    try await life.service.create(records("batch-1", 5) { $0.forcesOverwrite = false })
    let first = try await life.until("batch-1") { $0.status == .completed }
    #expect(first.progress.skipped == 1 && first.progress.completed == 5)
    life.kill()
    let next = try await Life(store, EchoProvider())
    try await next.service.create(records("batch-2", 5) { $0.forcesOverwrite = false })
    #expect(try await next.until("batch-2") { $0.status == .completed }.progress.skipped == 5)
    let skipped = try await next.service.items(of: "batch-2")[0]
    #expect(skipped.outcome?.contains(#""duplicate_of":"batch-1-0""#) == true)
    try await next.service.create(records("batch-3", 5))
    #expect(try await next.until("batch-3") { $0.status == .completed }.progress.skipped == 0)
    try await next.service.create(
      records("batch-4", 5) {
        $0.forcesOverwrite = false
        $0.collection = "other"
      })
    #expect(try await next.until("batch-4") { $0.status == .completed }.progress.skipped == 1)
    // What was forced counts too.
    for (id, isForced, skipped) in [("batch-5", true, 0), ("batch-6", false, 5)] {
      try await next.service.create(
        records(id, 5) {
          $0.forcesOverwrite = isForced
          $0.collection = "forced"
        })
      #expect(try await next.until(id) { $0.status == .completed }.progress.skipped == skipped)
    }
    next.kill()
  }

  @Test("A pause lets running jobs end and starts none; resume goes on")
  func pause() async throws {
    let provider = GatedProvider()
    let life = try await Life(store, provider)
    try await life.service.create(records("batch-1", 6) { $0.maxConcurrent = 2 })
    await provider.waitForCalls(2)
    let control = BatchControl(life.service)
    let outcome = try #require(try await control.move("batch-1", to: .paused))
    #expect((outcome.before, outcome.after, outcome.isRefused) == (.running, .paused, false))
    await provider.open()
    let paused = try await life.until("batch-1") { $0.progress.processing == 0 }
    #expect(paused.status == .paused && paused.progress.completed == 2 && paused.progress.pending == 4)
    #expect(try await control.move("batch-1", to: .running)?.after == .running)
    #expect(try await life.until("batch-1") { $0.status == .completed }.progress.completed == 6)
    #expect(try await control.move("batch-1", to: .paused)?.isRefused == true)
    #expect(try await control.move("batch-9", to: .paused) == nil)
    life.kill()
  }

  @Test("Cancel ends pending and running jobs; finished ones stay; nothing brings it back")
  func cancel() async throws {
    let provider = GatedProvider()
    let life = try await Life(store, provider)
    try await life.service.create(records("batch-1", 6) { $0.maxConcurrent = 2 })
    await provider.waitForCalls(2)
    await provider.release(1)
    try await life.until("batch-1") { $0.progress.completed == 1 }
    let control = BatchControl(life.service)
    let outcome = try #require(try await control.move("batch-1", to: .cancelled))
    #expect((outcome.before, outcome.after, outcome.isRefused) == (.running, .cancelled, false))
    let group = try #require(try await life.service.group("batch-1"))
    #expect((group.progress.completed, group.progress.cancelled, group.progress.failed) == (1, 5, 5))
    await provider.open()
    for target in [GroupStatus.running, .paused] {
      #expect(try await control.move("batch-1", to: target)?.isRefused == true)
    }
    #expect(try await life.service.group("batch-1")?.progress == group.progress)
    life.kill()
  }

  @Test("A cancellation is never refused because the conductor is at it too")
  func cancelBesideTheConductor() async throws {
    store.beforeAppend.withLock { $0 = { for _ in 0..<20 { await Task.yield() } } }
    let provider = GatedProvider()
    let life = try await Life(store, provider)
    for round in 0..<40 {
      let id = "batch-\(round)"
      try await life.service.create(records(id, 4) { $0.maxConcurrent = 2 })
      try await life.until(id) { $0.progress.processing == 2 }
      let outcome = try #require(try await BatchControl(life.service).move(id, to: .cancelled))
      #expect((outcome.after, outcome.isRefused) == (.cancelled, false))
      #expect(try await life.service.group(id)?.progress.cancelled == 4)
    }
    await provider.open()
    life.kill()
  }

  @Test("A batch whose time is up fails with its open jobs")
  func timeout() async throws {
    let life = try await Life(store, GatedProvider())
    try await life.service.create(records("batch-1", 3) { $0.timeoutSeconds = 0 })
    let group = try await life.until("batch-1") { $0.status == .failed }
    #expect(group.progress.failed == 3)
    #expect(group.detail(of: .failed)?.contains(#""code":"timeout""#) == true)
    life.kill()
  }

  @Test("Items without an answer fail, alone")
  func failures() async throws {
    let provider = ClosureProvider { request in
      .answered(
        [
          "batch-1-0": .output("1"), "batch-1-1": .error(message: "bad", code: "format_error"),
        ].filter { entry in request.items.contains { $0.id == entry.key } })
    }
    let life = try await Life(store, provider)
    try await life.service.create(records("batch-1", 3))
    let group = try await life.until("batch-1") { $0.status == .completed }
    #expect((group.progress.completed, group.progress.failed) == (1, 2))
    let items = try await life.service.items(of: "batch-1")
    #expect(items[1].outcome == #"{"error":{"message":"bad","code":"format_error"}}"#)
    #expect(items[2].outcome?.contains("no_answer") == true)
    life.kill()
  }

  @Test("After a crash a job under way is called again under the same key, once pending ones once")
  func crash() async throws {
    let provider = GatedProvider()
    let life = try await Life(store, provider)
    try await life.service.create(records("batch-1", 6) { $0.maxConcurrent = 2 })
    await provider.waitForCalls(2)
    await provider.release(1)
    await provider.waitForCalls(3)
    let before = await provider.keys
    life.kill()
    let again = GatedProvider()
    let next = try await Life(store, again)
    await again.waitForCalls(2)
    let repeated = await again.keys
    #expect(Set(repeated) == Set(before.dropFirst()))
    await again.open()
    let group = try await next.until("batch-1") { $0.status == .completed }
    #expect(group.progress.completed == 6)
    next.kill()
  }

  @Test("Cut off after any record, a batch still ends, and what had ended stays", arguments: [true, false])
  func everyPrefix(isCancelled: Bool) async throws {
    let life = try await Life(store, isCancelled ? GatedProvider() : EchoProvider())
    try await life.service.create(records("batch-1", 4) { $0.forcesOverwrite = false })
    if isCancelled {
      try await life.until("batch-1") { $0.progress.processing > 0 }
      _ = try await BatchControl(life.service).move("batch-1", to: .cancelled)
    }
    try await life.until("batch-1") { $0.status.isEnded }
    life.kill()
    let all = store.records.withLock { $0 }
    for count in 5...all.count {
      let cut = MemoryWorkStore()
      cut.records.withLock { $0 = Array(all.prefix(count)) }
      let before = WorkService(store: cut, clock: SystemClock())
      _ = try await before.open()
      let ended = try await before.items(of: "batch-1").filter { $0.succeeded != nil }
      let next = try await Life(cut, EchoProvider())
      let group = try await next.until("batch-1") { $0.status.isEnded }
      #expect(group.progress.ended == 4)
      let items = try await next.service.items(of: "batch-1")
      for item in ended { #expect(items.first { $0.id == item.id }?.status == item.status) }
      next.kill()
    }
  }
}

/// Holds its calls until they are let go.
private actor GatedProvider: CallOutProvider {
  private var waiting: [CheckedContinuation<Void, Never>] = []
  private var watchers: [(count: Int, waiter: CheckedContinuation<Void, Never>)] = []
  private var isOpen = false
  private var underWay = 0
  private(set) var underWayMax = 0
  private(set) var keys: [String] = []

  func call(_ request: CallOutRequest) async -> CallOutAnswer {
    keys.append(request.key)
    underWay += 1
    underWayMax = max(underWayMax, underWay)
    for watcher in watchers where watcher.count <= keys.count { watcher.waiter.resume() }
    watchers.removeAll { $0.count <= keys.count }
    if !isOpen { await withCheckedContinuation { waiting.append($0) } }
    underWay -= 1
    return await EchoProvider().call(request)
  }

  func waitForCalls(_ count: Int) async {
    guard keys.count < count else { return }
    await withCheckedContinuation { watchers.append((count, $0)) }
  }

  func release(_ count: Int) {
    for _ in 0..<min(count, waiting.count) { waiting.removeFirst().resume() }
  }

  func open() {
    isOpen = true
    release(waiting.count)
  }
}

private struct ClosureProvider: CallOutProvider {
  let answer: @Sendable (CallOutRequest) -> CallOutAnswer
  func call(_ request: CallOutRequest) async -> CallOutAnswer { answer(request) }
}

// Goal: whoever waits for the end of a group is woken by the change that ends it, by nothing else, and at once when it is
// over already; a task that is cancelled waits no longer.
// Method: groups in a service over records in memory, changed before, while and after tasks wait.
import PipelineModel
import Platform
import Synchronization
import Testing
import Workflows

private final class Count: Sendable {
  private let count = Mutex(0)

  var value: Int { count.withLock { $0 } }

  func add() { count.withLock { $0 += 1 } }
}

@Suite(.timeLimit(.minutes(15))) struct GroupEndsTests {
  private let service = WorkService(store: MemoryWorkStore(), clock: SystemClock())

  private func make(_ id: String) async throws {
    try await service.create([.group(id, .batches, configuration: "{}", at: WallTime(microseconds: 1))])
  }

  @Test("Everybody who waits is woken by the end, and nobody before")
  func ends() async throws {
    let ends = GroupEnds(service: service)
    try await make("g")
    try await make("other")
    let woken = Count()
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for _ in 0..<20 {
        group.addTask {
          let isOver = await ends.wait(for: "g")
          woken.add()
          return isOver
        }
      }
      try await service.update(group: "g") { _ in [.init(.running)] }
      try await service.update(group: "other") { _ in [.init(.completed)] }
      for _ in 0..<1000 { await Task.yield() }
      #expect(woken.value == 0)
      try await service.update(group: "g") { _ in [.init(.completed)] }
      for try await isOver in group { #expect(isOver) }
    }
    #expect(await ends.wait(for: "g"), "it is over already")
    #expect(await ends.wait(for: "nothing"))
  }

  @Test("An end that comes while somebody begins to wait is not missed")
  func races() async throws {
    let ends = GroupEnds(service: service)
    for number in 0..<300 {
      try await make("g\(number)")
      async let isOver = ends.wait(for: "g\(number)")
      try await service.update(group: "g\(number)") { _ in [.init(.completed)] }
      let isTold = await isOver
      #expect(isTold)
    }
  }

  @Test("Cancellation ends the wait, whenever it comes")
  func cancellation() async throws {
    let ends = GroupEnds(service: service)
    try await make("g")
    for number in 0..<200 {
      let task = Task { await ends.wait(for: "g") }
      for _ in 0..<(number % 5) { await Task.yield() }
      task.cancel()
      #expect(await !task.value)
    }
  }
}

// Goal: what is in one line never holds up another, and bounds hold. Method: tasks that hang until they are told.
import Platform
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(15)))
struct TurnSlotsTests {
  private final class Watch: Sendable {
    let underway = Mutex<[String: Int]>([:])
    let most = Mutex<[String: Int]>([:])
    let done = Atomic(0)

    func begin(_ server: String) {
      let count = underway.withLock { counts in
        counts[server, default: 0] += 1
        return counts[server, default: 0]
      }
      most.withLock { $0[server] = max($0[server] ?? 0, count) }
    }

    func end(_ server: String) {
      underway.withLock { $0[server, default: 0] -= 1 }
      done.add(1, ordering: .relaxed)
    }

    func count(_ server: String) -> Int { underway.withLock { $0[server] ?? 0 } }
  }

  private final class Gate: Sendable {
    let isOpen = Atomic(false)
  }

  @Test("a server that hangs holds only its own")
  func hanging() async {
    let slots = TurnSlots(10, perLine: 3)
    let watch = Watch()
    let gate = Gate()
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<50 {
        group.addTask {
          await slots.enter("hangs")
          watch.begin("hangs")
          while !gate.isOpen.load(ordering: .relaxed) { await Task.yield() }
          watch.end("hangs")
          await slots.leave("hangs")
        }
      }
      while watch.count("hangs") < 3 { await Task.yield() }
      for number in 0..<2000 {
        group.addTask {
          let server = "good\(number % 4)"
          await slots.enter(server)
          watch.begin(server)
          await Task.yield()
          watch.end(server)
          await slots.leave(server)
        }
      }
      while watch.done.load(ordering: .relaxed) < 2000 { await Task.yield() }
      #expect(watch.count("hangs") == 3)
      gate.isOpen.store(true, ordering: .relaxed)
    }
    #expect(watch.done.load(ordering: .relaxed) == 2050)
    #expect(watch.most.withLock { $0.values.allSatisfy { $0 <= 3 } })
  }

  @Test("the bound of all holds over servers")
  func total() async {
    let slots = TurnSlots(2, perLine: 2)
    let watch = Watch()
    await withTaskGroup(of: Void.self) { group in
      for number in 0..<500 {
        group.addTask {
          await slots.enter("server\(number % 7)")
          watch.begin("all")
          await Task.yield()
          watch.end("all")
          await slots.leave("server\(number % 7)")
        }
      }
    }
    #expect(watch.done.load(ordering: .relaxed) == 500)
    #expect(watch.most.withLock { $0["all"] ?? 0 } <= 2)
  }

  @Test("one line may have all unless it is bound")
  func oneLine() async {
    let slots = TurnSlots(3)
    let watch = Watch()
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<500 {
        group.addTask {
          await slots.enter()
          watch.begin("all")
          while watch.count("all") < 3, watch.done.load(ordering: .relaxed) < 400 { await Task.yield() }
          watch.end("all")
          await slots.leave()
        }
      }
    }
    #expect(watch.done.load(ordering: .relaxed) == 500)
    #expect(watch.most.withLock { $0["all"] } == 3)
  }
}

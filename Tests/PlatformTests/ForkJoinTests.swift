import Platform
import Synchronization
import Testing

// Goal: `forEach` runs every item exactly once and returns only when all have run, call after call.
// Method: many calls with lists of random length on pools of 1 to 4 threads; each item counts itself.

@Suite("ForkJoin")
struct ForkJoinTests {
  private final class Counter: Sendable {
    let runs = Atomic(0)
  }

  @Test(arguments: 1...4)
  func everyItemOnce(threads: Int) {
    let pool = ForkJoin(threads: threads, name: "test")
    for round in 0..<2000 {
      let items = (0..<(round * 7 % 23)).map { _ in Counter() }
      pool.forEach(items) { _ = $0.runs.add(1, ordering: .relaxed) }
      #expect(items.allSatisfy { $0.runs.load(ordering: .relaxed) == 1 })
    }
  }

  /// What a body wrote is seen by the caller, though nothing but the pool orders them.
  @Test func writesAreSeen() {
    final class Cell { var value = 0 }
    let pool = ForkJoin(threads: 3, name: "test")
    let cells = (0..<16).map { _ in Cell() }
    for _ in 0..<1000 { pool.forEach(cells) { $0.value += 1 } }
    #expect(cells.allSatisfy { $0.value == 1000 })
  }
}

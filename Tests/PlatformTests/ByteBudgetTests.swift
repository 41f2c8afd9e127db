// Goal: tasks never hold more bytes than there are, each has its turn in the order of arrival, and one that is cancelled
// leaves its place and nothing else.
// Method: many tasks that take and give back random numbers, some cancelled, with the sum counted beside.
import Platform
import Synchronization
import Testing

private final class Held: Sendable {
  private let state = Mutex<(now: Int, most: Int)>((0, 0))

  var most: Int { state.withLock { $0.most } }

  func add(_ bytes: Int) {
    state.withLock { held in
      held.now += bytes
      held.most = max(held.most, held.now)
    }
  }
}

@Suite(.timeLimit(.minutes(15))) struct ByteBudgetTests {
  @Test func noMoreIsHeldThanThereIs() async {
    let budget = ByteBudget(1000)
    let held = Held()
    await withTaskGroup(of: Void.self) { group in
      for number in 0..<400 {
        group.addTask {
          let bytes = budget.share(number % 7 == 0 ? 5000 : number * 3 % 400)
          guard await budget.take(bytes) else { return }
          held.add(bytes)
          await Task.yield()
          held.add(-bytes)
          budget.giveBack(bytes)
        }
        if number % 50 == 49 { group.addTask { await Task.yield() } }
      }
    }
    #expect(held.most == 1000, "who wants more than there is gets all")
    #expect(await budget.take(1000), "everything was given back")
  }

  @Test func whoHasWaitedLongEnoughTakesNothingAndHoldsUpNobody() async {
    let budget = ByteBudget(10)
    #expect(await budget.take(8, within: .seconds(600)), "what is free is taken at once")
    let large = Task { await budget.take(10, within: .milliseconds(50)) }
    #expect(await !large.value)
    #expect(await budget.take(2), "what is behind it comes in")
    budget.giveBack(10)
    #expect(await budget.take(10, within: .seconds(600)))
  }

  @Test func aCancelledTaskTakesNothingAndHoldsUpNobody() async {
    let budget = ByteBudget(10)
    #expect(await budget.take(8))
    let large = Task { await budget.take(10) }
    let small = Task { await budget.take(2) }
    for _ in 0..<100 { await Task.yield() }
    large.cancel()
    #expect(await !large.value)
    #expect(await small.value, "what was behind it comes in")
    budget.giveBack(10)
    #expect(await budget.take(10))
    let late = Task { () -> Bool in
      while !Task.isCancelled { await Task.yield() }
      return await budget.take(0)
    }
    late.cancel()
    #expect(await !late.value)
  }
}

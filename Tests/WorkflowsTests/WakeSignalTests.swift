import Synchronization
import Testing
import Workflows

// Goal: a loop that waits for a signal misses nothing, whether or not it keeps a pace, and a wait ends by itself. Method:
// a producer beside a loop that ends only when it has seen everything; no test looks at a clock.
@Suite(.timeLimit(.minutes(15))) struct WakeSignalTests {
  private final class Told: Sendable {
    let count = Mutex(0)
  }

  @Test("Nothing told before a wake is missed", arguments: [Duration.zero, .milliseconds(1)])
  func nothingIsMissed(pace: Duration) async {
    let signal = WakeSignal()
    let told = Told()
    await withTaskGroup(of: Int.self) { group in
      group.addTask {
        while true {
          let seen = told.count.withLock { $0 }
          if seen == 2000 { return seen }
          await signal.wait(nil, atMostEvery: pace)
        }
      }
      for _ in 0..<2000 {
        told.count.withLock { $0 += 1 }
        signal.wake()
        await Task.yield()
      }
      #expect(await group.next() == 2000)
    }
  }

  @Test("A wait ends when its time is up, also a short one after a long one")
  func time() async {
    let signal = WakeSignal()
    signal.wake()
    await signal.wait(.seconds(3600))
    await signal.wait(.milliseconds(1))
    await signal.wait(.zero)
    signal.close()
    await signal.wait(nil)
    await signal.wait(.seconds(3600), atMostEvery: .seconds(3600))
  }
}

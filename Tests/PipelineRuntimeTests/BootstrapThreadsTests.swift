import PipelineRuntime
import Platform
import StepEngine
import Synchronization
import Testing

// Goal: who waits for a computation of others goes when it is given up or not wanted, and computes nothing. Method: one
// slot, held until the test lets it go.
@Suite(.timeLimit(.minutes(15))) struct BootstrapThreadsTests {
  private final class Hold: Sendable { let isHeld = Mutex(true) }

  private func control() -> BootstrapControl { BootstrapControl(clock: SystemClock()) { _, _ in } }

  @Test func aWaitEnds() async throws {
    let threads = BootstrapThreads(1)
    let (begun, beginner) = AsyncStream.makeStream(of: Void.self)
    let hold = Hold()
    async let first = threads.run(control(), isWanted: { true }) {
      beginner.yield()
      while hold.isHeld.withLock({ $0 }) {}
      return 1
    }
    for await _ in begun { break }
    // Stopped before it waits.
    #expect(await threads.run(control(), isWanted: { false }) { 2 } == nil)
    // Stopped while it waits.
    let third = control()
    let (asked, asker) = AsyncStream.makeStream(of: Void.self)
    async let stopped = threads.run(
      third,
      isWanted: {
        asker.yield()
        return true
      }) { 3 }
    for await _ in asked { break }
    threads.giveUp(third)
    #expect(await stopped == nil)
    hold.isHeld.withLock { $0 = false }
    #expect(await first == 1)
    // Stopped between its turn and its work; the slot is free after it.
    #expect(await threads.run(control(), isWanted: { false }) { 4 } == nil)
    #expect(await threads.run(control(), isWanted: { true }) { 5 } == 5)
  }
}

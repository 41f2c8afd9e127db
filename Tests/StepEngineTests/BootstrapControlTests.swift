import PipelineModel
import Platform
import StepEngine
import Synchronization
import TestSupport
import Testing

// Goal: progress is told a few times a second and as a line every five, its first and its end always; whoever cancels is
// heard also by those who ask later. Method: a clock by hand.

@Suite("Control of a bootstrap")
struct BootstrapControlTests {
  private final class Told: Sendable {
    let lines = Mutex<[(records: UInt64, isLine: Bool)]>([])
  }

  @Test func progressIsToldNowAndThen() {
    let (clock, told) = (ManualClock(), Told())
    let control = BootstrapControl(clock: clock) { progress, isLine in
      told.lines.withLock { $0.append((progress.recordsDone, isLine)) }
    }
    var progress = BootstrapProgress()
    progress.recordsTotal = 100
    for _ in 0..<99 {
      control.note(progress)
      progress.recordsDone += 1
      clock.advance(milliseconds: 100)
    }
    progress.recordsDone = 100
    control.note(progress)
    control.note(progress)
    let lines = told.lines.withLock { $0 }
    #expect(lines.map(\.records) == Array(stride(from: UInt64(0), through: 98, by: 2)) + [100])
    #expect(lines.filter(\.isLine).map(\.records) == [0, 50, 100])
    #expect(control.progress == progress)
  }

  @Test func cancellationIsHeard() {
    let control = BootstrapControl(clock: ManualClock()) { _, _ in }
    let told = Told()
    control.whenCancelled { told.lines.withLock { $0.append((1, false)) } }
    #expect(!control.isCancelled && told.lines.withLock { $0.isEmpty })
    control.cancel()
    control.cancel()
    control.whenCancelled { told.lines.withLock { $0.append((2, false)) } }
    #expect(control.isCancelled)
    #expect(told.lines.withLock { $0.map(\.records) } == [1, 2])
  }
}

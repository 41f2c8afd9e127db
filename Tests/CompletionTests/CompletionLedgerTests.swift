// Goal: a wait cannot hang and is resumed exactly once (invariant 3), and old steps are answered from the store as from
// memory. Method: a manual clock, waiters parked in tasks, facts from the test.
import Completion
import PipelineModel
import StorageAPI
import TestSupport
import Testing

@Suite("CompletionLedger")
struct CompletionLedgerTests {
  static func range(_ first: UInt64, _ end: UInt64) -> OffsetRange {
    .clamped(first: Offset(first), end: Offset(end))
  }
  static let never = MonotonicTime(nanoseconds: .max)

  @Test("a waiter is let go when its range completes, on close, and at once when it is complete already")
  func waits() async {
    let ledger = CompletionLedger(
      store: MemoryStore(), clock: ManualClock(), steps: .zero, processedEnd: .zero)
    ledger.processed(StepIndex(0), range: Self.range(0, 5))
    await ledger.whenComplete(Self.range(0, 5), stepsAtIssue: .zero, deadline: Self.never)
    async let second: Void = ledger.whenComplete(Self.range(5, 9), stepsAtIssue: .zero, deadline: Self.never)
    async let third: Void = ledger.whenComplete(Self.range(9, 10), stepsAtIssue: .zero, deadline: Self.never)
    ledger.processed(StepIndex(1), range: Self.range(5, 9))
    await second
    #expect(ledger.status(of: Self.range(5, 9), stepsAtIssue: .zero) == .complete(step: StepCount(2)))
    ledger.close()
    await third
    await ledger.whenComplete(Self.range(20, 30), stepsAtIssue: .zero, deadline: Self.never)
  }

  @Test("a cancelled waiter and one past its deadline return")
  func cancelAndDeadline() async {
    let ledger = CompletionLedger(
      store: MemoryStore(), clock: ManualClock(), steps: .zero, processedEnd: .zero)
    let task = Task { await ledger.whenComplete(Self.range(0, 1), stepsAtIssue: .zero, deadline: Self.never) }
    task.cancel()
    await task.value
    await ledger.whenComplete(Self.range(0, 1), stepsAtIssue: .zero, deadline: MonotonicTime(nanoseconds: 0))
    ledger.close()
  }

  @Test("an output from a former life holds completion at what it delivered")
  func restoredOutput() throws {
    let store = MemoryStore()
    var batch = WriteBatch()
    for step in UInt64(0)..<10 {
      batch.put(KeySpace.stepIndex.key((step + 1) * 10), KeySpace.bigEndian(step))
    }
    try store.write(batch, .synced)
    let ledger = CompletionLedger(
      store: store, clock: ManualClock(), steps: StepCount(10), processedEnd: Offset(100))
    try ledger.restoreOutput("sink", at: StepCount(4))
    #expect(ledger.totals.completedSteps == StepCount(4))
    #expect(ledger.totals.completedEnd == Offset(40))
    #expect(
      try ledger.storedStatus(of: Self.range(0, 35), stepsAtIssue: .zero) == .complete(step: StepCount(4)))
    #expect(
      try ledger.storedStatus(of: Self.range(0, 41), stepsAtIssue: .zero) == .inProgress(step: StepCount(5)))
    ledger.output("sink", deliveredThrough: StepCount(10))
    #expect(ledger.totals.completedEnd == Offset(100))
    #expect(
      try ledger.storedStatus(of: Self.range(90, 91), stepsAtIssue: .zero) == .complete(step: StepCount(10)))
    ledger.close()
  }
}

// Goal: a token never lies and counters never go back (invariants 2, 3, 5). Method: random facts in any order that the
// stages can produce, checked against a model that knows for every record which step holds it and who delivered it.
import Completion
import PipelineModel
import Platform
import Testing

@Suite("LedgerState")
struct LedgerStateTests {
  static func range(_ first: UInt64, _ end: UInt64) throws -> OffsetRange {
    try #require(OffsetRange(first: Offset(first), end: Offset(end)))
  }

  @Test("without outputs a step completes what it processed")
  func noOutputs() throws {
    var ledger = LedgerState(steps: .zero, processedEnd: .zero)
    let range = try Self.range(0, 10)
    #expect(ledger.status(of: range, stepsAtIssue: .zero) == .inProgress(step: nil))
    ledger.initiated(StepIndex(0))
    #expect(ledger.totals.initiatedSteps == StepCount(1))
    #expect(ledger.totals.completedSteps == .zero)
    ledger.processed(StepIndex(0), range: range)
    #expect(ledger.status(of: range, stepsAtIssue: .zero) == .complete(step: StepCount(1)))
    #expect(ledger.totals.completedEnd == Offset(10))
  }

  @Test("an output holds completion back until it has delivered the step")
  func slowOutput() throws {
    var ledger = LedgerState(steps: .zero, processedEnd: .zero)
    ledger.restoreOutput("sink", delivered: .zero, completedEnd: .zero)
    ledger.processed(StepIndex(0), range: try Self.range(0, 10))
    ledger.processed(StepIndex(1), range: try Self.range(10, 20))
    let second = try Self.range(10, 20)
    #expect(ledger.status(of: second, stepsAtIssue: .zero) == .inProgress(step: StepCount(2)))
    #expect(ledger.blockers().map(\.lagSteps) == [2])
    ledger.delivered("sink", through: StepCount(1))
    #expect(ledger.status(of: try Self.range(0, 10), stepsAtIssue: .zero) == .complete(step: StepCount(1)))
    #expect(ledger.status(of: try Self.range(0, 11), stepsAtIssue: .zero) == .inProgress(step: StepCount(2)))
    ledger.remove("sink")
    #expect(ledger.status(of: second, stepsAtIssue: .zero) == .complete(step: StepCount(2)))
  }

  @Test("a token over zero records is complete at the step count of its issue")
  func emptyRange() throws {
    var ledger = LedgerState(steps: StepCount(5), processedEnd: Offset(3))
    let empty = OffsetRange.empty(at: Offset(3))
    #expect(ledger.status(of: empty, stepsAtIssue: StepCount(5)) == .complete(step: StepCount(5)))
    #expect(ledger.status(of: empty, stepsAtIssue: StepCount(6)) == .inProgress(step: StepCount(6)))
    ledger.processed(StepIndex(5), range: try Self.range(3, 4))
    #expect(ledger.status(of: empty, stepsAtIssue: StepCount(6)) == .complete(step: StepCount(6)))
  }

  @Test("a gap in the numbers at the start of a life completes by itself")
  func gap() throws {
    var ledger = LedgerState(steps: StepCount(7), processedEnd: Offset(70))
    ledger.processed(StepIndex(4095), range: .empty(at: Offset(70)))
    #expect(ledger.totals.completedSteps == StepCount(4096))
    #expect(ledger.totals.completedEnd == Offset(70))
  }

  @Test("random facts: never from complete to not, and exactly what the model says", arguments: 0..<40)
  func randomFacts(seed: UInt64) throws {
    let random = SeededRandom(seed: seed)
    var ledger = LedgerState(steps: .zero, processedEnd: .zero)
    let names = (0..<random.next(below: 3)).map { "sink\($0)" }
    for name in names { ledger.restoreOutput(name, delivered: .zero, completedEnd: .zero) }
    var delivered = [UInt64](repeating: 0, count: names.count)
    var ends: [UInt64] = []
    var known: [OffsetRange: Bool] = [:]
    var completedBefore = StepCount.zero
    for _ in 0..<300 {
      if random.next(below: 2) == 0 {
        let first = ends.last ?? 0
        let end = first + random.next(below: 4)
        ledger.processed(StepIndex(UInt64(ends.count)), range: try Self.range(first, end))
        ends.append(end)
      } else if let sink = names.indices.randomElement(using: random) {
        delivered[sink] = min(UInt64(ends.count), delivered[sink] + random.next(below: 3))
        ledger.delivered(names[sink], through: StepCount(delivered[sink]))
      }
      let reached = delivered.min() ?? UInt64(ends.count)
      #expect(ledger.totals.completedSteps == StepCount(reached))
      #expect(ledger.totals.completedSteps >= completedBefore)
      completedBefore = ledger.totals.completedSteps
      let completedEnd = reached == 0 ? 0 : ends[Int(reached) - 1]
      let low = random.next(below: (ends.last ?? 0) + 3)
      let probe = try Self.range(low, low + 1 + random.next(below: 5))
      let complete = ledger.isComplete(probe, stepsAtIssue: .zero)
      #expect(complete == (probe.end.rawValue <= completedEnd))
      if known[probe] == true { #expect(complete) }
      known[probe] = complete
      if probe.end.rawValue <= ends.last ?? 0 {
        let step = try #require(ends.firstIndex { $0 >= probe.end.rawValue })
        let expected = StepCount(UInt64(step) + 1)
        #expect(
          ledger.status(of: probe, stepsAtIssue: .zero)
            == (complete ? .complete(step: expected) : .inProgress(step: expected))
            || ledger.status(of: probe, stepsAtIssue: .zero) == nil)
      }
    }
  }
}

extension Range<Int> {
  fileprivate func randomElement(using random: SeededRandom) -> Int? {
    isEmpty ? nil : lowerBound + Int(random.next(below: UInt64(count)))
  }
}

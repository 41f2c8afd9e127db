// Goal: a sink's queue loses no delta, repeats none, and knows how far the sink is.
// Method: by hand at the edges, then random runs of submits, rounds and restarts against a plain list.

import ConnectorKit
import DataModel
import PipelineModel
import Platform
import Testing

import Outputs

struct SinkQueueTests {
  private func submit(_ queue: inout SinkQueue, _ step: UInt64, _ values: [Int64]) -> SinkQueue.Submission {
    queue.submit(
      step: StepIndex(step), rows: values.isEmpty ? nil : Fixtures.rows(values.map { ($0, 1) }), inputBefore: step)
  }

  @Test func emptyStepsPassAtOnceWhenNothingWaits() {
    var queue = SinkQueue(at: .zero, cursor: nil, restored: nil)
    #expect(submit(&queue, 0, []) == .passed(StepCount(1)))
    #expect(submit(&queue, 1, [7]) == .queued(passed: nil))
    #expect(submit(&queue, 2, []) == .queued(passed: nil))
    #expect(queue.delivered == StepCount(1))
    #expect(queue.processedInput(of: 99) == 1)
    guard let round = queue.nextRound(bytesMax: 1000) else { return #expect(Bool(false), "a round was due") }
    #expect(round.through == StepCount(3))
    #expect(queue.finish(round) == StepCount(3))
    #expect(queue.bytes == 0)
  }

  @Test func aRoundStopsBeforeTheNextQueuedStep() {
    var queue = SinkQueue(at: .zero, cursor: nil, restored: nil)
    _ = submit(&queue, 0, [1])
    _ = submit(&queue, 3, [2])
    guard let round = queue.nextRound(bytesMax: 1) else { return #expect(Bool(false), "a round was due") }
    #expect(round.deltas.map(\.step) == [StepIndex(0)])
    #expect(round.through == StepCount(3))
  }

  @Test func replayedStepsBelowTheCursorAreDiscarded() {
    var queue = SinkQueue(at: StepCount(2), cursor: StepCount(5), restored: nil)
    #expect(queue.delivered == StepCount(5))
    for step in UInt64(2)..<5 { #expect(submit(&queue, step, [1]) == .discarded) }
    #expect(submit(&queue, 5, [1]) == .queued(passed: nil))
  }

  /// A life numbers on behind a gap; the steps before it are through when the first delta behind it waits.
  @Test func numbersThatNoStepHasArePassed() {
    var queue = SinkQueue(at: StepCount(1), cursor: nil, restored: nil)
    #expect(submit(&queue, 4096, [1]) == .queued(passed: StepCount(4096)))
    #expect(submit(&queue, 4097, [2]) == .queued(passed: nil))
    #expect(queue.delivered == StepCount(4096))
    let part = PendingSection.Part(delivered: StepCount(1), items: queue.items)
    let again = SinkQueue(at: StepCount(4098), cursor: nil, restored: part)
    #expect(again.delivered == StepCount(4096), "as it was told before")
  }

  @Test func aSinkWithoutCursorStartsWhereTheEngineGoesOn() {
    let queue = SinkQueue(at: StepCount(9), cursor: nil, restored: nil)
    #expect(queue.delivered == StepCount(9))
  }

  @Test(arguments: 0..<40)
  func randomRunsDeliverEachStepOnce(seed: Int) throws {
    let random = SeededRandom(seed: UInt64(seed))
    var queue = SinkQueue(at: .zero, cursor: nil, restored: nil)
    var cursor: StepCount?
    var sent: [UInt64] = []
    var ideal: [UInt64] = []
    var checkpoint: (at: StepCount, section: [UInt8]) = (.zero, PendingSection().encoded)
    var hasRows: [Bool] = []
    var next: UInt64 = 0
    func play(_ step: UInt64, _ queue: inout SinkQueue) {
      _ = submit(&queue, step, hasRows[Int(step)] ? [Int64(step)] : [])
    }
    for _ in 0..<200 {
      switch random.next(below: 10) {
      case 0..<5:
        hasRows.append(random.next(below: 2) == 0)
        if hasRows[Int(next)] { ideal.append(next) }
        play(next, &queue)
        next += 1
      case 5..<8:
        guard let round = queue.nextRound(bytesMax: Int(random.next(below: 60))) else { continue }
        // A crash between the outside and the cursor is the matter of the sink, which cuts back.
        sent += round.deltas.map { $0.step.rawValue }
        cursor = round.through
        _ = queue.finish(round)
      case 8:
        var section = PendingSection()
        section.parts = [("s", PendingSection.Part(delivered: queue.delivered, items: queue.items))]
        checkpoint = (StepCount(next), section.encoded)
      default:
        let restored = try PendingSection(decoding: checkpoint.section).part(of: "s")
        queue = SinkQueue(at: checkpoint.at, cursor: cursor, restored: restored)
        for step in checkpoint.at.rawValue..<next { play(step, &queue) }
      }
      #expect(queue.delivered <= queue.seen)
      #expect(queue.bytes == queue.items.reduce(0) { $0 + $1.bytes })
    }
    while let round = queue.nextRound(bytesMax: 1000) {
      sent += round.deltas.map { $0.step.rawValue }
      _ = queue.finish(round)
    }
    #expect(sent == ideal)
    #expect(queue.delivered == StepCount(next))
  }

  @Test func aDamagedSectionIsRefused() {
    var section = PendingSection()
    let item = SinkQueue.Item(step: StepIndex(3), inputBefore: 1, rows: Fixtures.rows([(1, 1)]))
    section.parts = [("s", PendingSection.Part(delivered: .zero, items: [item]))]
    let bytes = section.encoded
    for length in 0..<bytes.count {
      #expect(throws: OutputError.self) { try PendingSection(decoding: Array(bytes[..<length])) }
    }
    #expect(throws: OutputError.self) { try PendingSection(decoding: bytes + [0]) }
  }
}

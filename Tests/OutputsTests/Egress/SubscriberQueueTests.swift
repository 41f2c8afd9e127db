// Goal: a subscriber gets every released row once, in order, within bounds; it hears a keep-alive when idle and counts
// as gone when silent. Method: the pure queue with a hand-moved time.

import DataModel
import Formats
import PipelineModel
import Platform
import Testing

import Outputs

struct SubscriberQueueTests {
  private let start = MonotonicTime(nanoseconds: 1_000_000_000)

  private func queue(
    backpressure: Bool = true, snapshot: [ColumnBatch]? = nil, bytesMax: Int = 1 << 20
  ) -> SubscriberQueue {
    SubscriberQueue(
      SubscriberQueue.Setup(
        schema: Fixtures.schema, options: SubscriptionOptions(format: .json, backpressure: backpressure),
        snapshot: snapshot, at: StepCount(5), bytesMax: bytesMax), now: start)
  }

  private func after(seconds: UInt64) -> MonotonicTime {
    MonotonicTime(nanoseconds: start.nanoseconds + seconds * 1_000_000_000)
  }

  private func text(_ taken: SubscriberQueue.Taken) -> String {
    switch taken {
    case .wait: "wait"
    case .ended: "ended"
    case .keepAlive(let sequence): "keep-alive \(sequence)"
    case .rows(let head, let rows):
      "\(head.snapshot ? "snapshot" : "rows") \(head.sequence) \(head.processedSteps?.rawValue ?? 0) \(rows.weights)"
    }
  }

  @Test func aKeepAliveComesAtOnceAndThenEveryThreeSeconds() {
    var queue = queue()
    #expect(text(queue.take(now: start)) == "keep-alive 0")
    #expect(text(queue.take(now: after(seconds: 2))) == "wait")
    #expect(text(queue.take(now: after(seconds: 3))) == "keep-alive 1")
    #expect(text(queue.take(now: after(seconds: 5))) == "wait")
  }

  @Test func rowsAreReadableOnlyWhenReleasedAndDeliveredWhenHandedOn() {
    var queue = queue()
    _ = queue.take(now: start)
    #expect(queue.submit(step: StepIndex(4), rows: Fixtures.rows([(1, 1)]), now: start) == .init())
    #expect(queue.submit(step: StepIndex(5), rows: nil, now: start) == .init(delivered: StepCount(6)))
    #expect(queue.submit(step: StepIndex(6), rows: Fixtures.rows([(1, 1)]), now: start) == .init(queued: true))
    #expect(queue.submit(step: StepIndex(7), rows: nil, now: start) == .init())
    #expect(text(queue.take(now: start)) == "wait")
    queue.release(through: queue.unreleased ?? 0)
    #expect(text(queue.take(now: start)) == "rows 1 7 [1]")
    #expect(queue.delivered == StepCount(6))
    #expect(queue.acknowledge(now: start) == StepCount(8))
    #expect(queue.acknowledge(now: start) == nil)
  }

  @Test func deletesComeFirstAndGreatWeightsAreSpread() {
    let rows = Fixtures.rows([(1, 2), (2, -1), (3, 40_000), (4, 0), (5, -3)])
    var slices = DeltaSlices(rows, schema: Fixtures.schema, format: .json)
    var weights: [Int64] = []
    var pieces = 0
    while let slice = slices.nextSlice(budget: 64 << 10) {
      weights += slice.weights
      pieces += 1
    }
    #expect(Array(weights.prefix(3)) == [-1, -3, 2])
    #expect(weights.dropFirst(3).reduce(0, +) == 40_000)
    #expect(pieces > 10)
    var whole = DeltaSlices(Fixtures.rows([(1, .min), (2, .max)]), schema: Fixtures.schema, format: .csv)
    #expect(whole.nextSlice(budget: 1)?.weights == [.min])
    #expect(whole.nextSlice(budget: 1)?.weights == [.max])
    #expect(whole.isAtEnd)
  }

  @Test func snapshotsComeFirstEvenWhenEmptyAndHoldNoStepBack() {
    var queue = queue(snapshot: [])
    #expect(text(queue.take(now: start)) == "wait")
    #expect(queue.submit(step: StepIndex(5), rows: nil, now: start) == .init(delivered: StepCount(6)))
    #expect(queue.submit(step: StepIndex(6), rows: Fixtures.rows([(1, 1)]), now: start) == .init(queued: true))
    queue.release(through: queue.unreleased ?? 0)
    #expect(text(queue.take(now: start)) == "snapshot 0 0 []")
    #expect(text(queue.take(now: start)) == "rows 1 7 [1]")
  }

  @Test func aSlowSubscriberIsFullOrLosesTheOldest() {
    let rows = Fixtures.rows((0..<100).map { ($0, 1) })
    var patient = queue(bytesMax: 4000)
    var lossy = queue(backpressure: false, bytesMax: 4000)
    _ = lossy.take(now: start)
    for step in UInt64(5)..<15 {
      _ = patient.submit(step: StepIndex(step), rows: rows, now: start)
      _ = lossy.submit(step: StepIndex(step), rows: rows, now: start)
    }
    #expect(patient.isFull)
    #expect(patient.queuedBatches == 10)
    #expect(patient.delivered == StepCount(5))
    #expect(!lossy.isFull)
    #expect(lossy.bytes <= 4000)
    #expect(lossy.delivered == StepCount(13))
    lossy.release(through: lossy.unreleased ?? 0)
    #expect(text(lossy.take(now: start)).hasPrefix("rows 9 14 "))
  }

  @Test func aSilentSubscriberIsGoneOnlyWithWork() {
    var queue = queue()
    _ = queue.take(now: start)
    _ = queue.acknowledge(now: start)
    #expect(!queue.isGone(at: after(seconds: 100)))
    _ = queue.submit(step: StepIndex(5), rows: Fixtures.rows([(1, 1)]), now: after(seconds: 100))
    queue.release(through: queue.unreleased ?? 0)
    #expect(!queue.isGone(at: after(seconds: 129)))
    #expect(queue.isGone(at: after(seconds: 130)))
    _ = queue.take(now: after(seconds: 130))
    #expect(queue.isGone(at: after(seconds: 130)))
    _ = queue.acknowledge(now: after(seconds: 130))
    #expect(!queue.isGone(at: after(seconds: 200)))
  }

  @Test func finishKeepsWhatIsReleased() {
    var queue = queue()
    _ = queue.take(now: start)
    _ = queue.submit(step: StepIndex(5), rows: Fixtures.rows([(1, 1)]), now: start)
    queue.release(through: queue.unreleased ?? 0)
    _ = queue.submit(step: StepIndex(6), rows: Fixtures.rows([(2, 1)]), now: start)
    queue.finish()
    #expect(text(queue.take(now: start)) == "rows 1 6 [1]")
    #expect(text(queue.take(now: start)) == "ended")
  }
}

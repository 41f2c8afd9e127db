package import ConnectorKit
import DataModel
package import PipelineModel
package import Platform
package import StorageAPI

/// One sink with its object outside and its retries; lives on the thread "outputs" alone.
package struct SinkLine {
  package let spec: SinkSpec
  package let cursor: DeliveryCursor
  /// What the store holds; nil before the first delivery.
  private(set) var position: SinkPosition?
  private var sink: (any Sink)?
  private(set) var guarantee: DeliveryGuarantee?
  private let random: any RandomSource
  private var retry = RetryPolicy(firstNanoseconds: 50_000_000)
  /// No attempt before this moment.
  private(set) var notBefore = MonotonicTime(nanoseconds: 0)
  private(set) var failedForGood = false
  /// Delivered outside, but the cursor row could not be written.
  private var unwritten: (round: SinkQueue.Round, position: SinkPosition, bytesWritten: Int)?

  package init(
    spec: SinkSpec, store: any OrderedStore, position: SinkPosition?, random: any RandomSource = SystemRandom()
  ) {
    self.spec = spec
    self.random = random
    self.position = position
    cursor = DeliveryCursor(store: store, name: spec.name)
  }

  package enum Outcome {
    /// The cursor is durable. The round may be an earlier one than the one asked for, whose cursor was due.
    case delivered(SinkQueue.Round, bytesWritten: Int)
    /// To be tried again at `notBefore`.
    case failed(message: String)
    case failedForGood(message: String)
  }

  /// Failed since its last success.
  package var isFailing: Bool { failedForGood || retry.failures > 0 }

  package func isDue(at now: MonotonicTime) -> Bool { !failedForGood && notBefore <= now }

  /// Makes and starts the sink when there is none. Nil when it stands ready.
  package mutating func prepare(now: MonotonicTime) -> Outcome? {
    guard sink == nil else { return nil }
    do throws(ConnectorError) {
      let fresh = try spec.make()
      try fresh.start(at: position)
      guarantee = fresh.guarantee
      sink = fresh
      return nil
    } catch { return failure(error, now: now) }
  }

  /// Delivers and writes the cursor. After a failure the sink is made anew and brought back to the last
  /// position, so
  /// that a half-written delivery is cut off.
  package mutating func deliver(_ round: SinkQueue.Round, now: MonotonicTime) -> Outcome {
    if unwritten == nil {
      if let outcome = prepare(now: now) { return outcome }
      guard let sink else { return .failed(message: "sink is not ready") }
      do throws(ConnectorError) {
        let answer = try sink.deliver(round.deltas)
        unwritten = (round, SinkPosition(delivered: round.through, detail: answer.detail), answer.bytesWritten)
      } catch { return failure(error, now: now) }
    }
    guard let written = unwritten else { return .failed(message: "nothing was delivered") }
    do throws(StorageError) { try cursor.write(written.position) } catch {
      return failure(ConnectorError(.retry, "cursor cannot be written: \(error)"), now: now, keepingSink: true)
    }
    unwritten = nil
    position = written.position
    retry.succeeded()
    return .delivered(written.round, bytesWritten: written.bytesWritten)
  }

  package mutating func stop() {
    sink?.stop()
    sink = nil
  }

  private mutating func failure(_ error: ConnectorError, now: MonotonicTime, keepingSink: Bool = false) -> Outcome {
    if !keepingSink { stop() }
    guard error.disposition == .retry else {
      failedForGood = true
      return .failedForGood(message: error.message)
    }
    let delay = retry.failed(random: random.next())
    notBefore = MonotonicTime(nanoseconds: now.nanoseconds &+ delay)
    return .failed(message: error.message)
  }
}

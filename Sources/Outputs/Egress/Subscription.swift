import DataModel
import PipelineModel
import Platform
import Synchronization

/// A live follower of one relation. Thread-safe; `next` is for one task at a time.
package final class Subscription: Sendable {
  /// `{relation}.api-{uuid}`.
  package let name: String
  let relation: SQLIdentifier

  /// What the subscription asks of its board.
  struct Hooks: Sendable {
    let clock: any PipelineClock
    let delivered: @Sendable (String, StepCount) -> Void
    let madeRoom: @Sendable () -> Void
    let closed: @Sendable (Subscription) -> Void
  }

  private struct State {
    var queue: SubscriberQueue
    var waiter: CheckedContinuation<Void, Never>?
    var detached = false
    var sentRecords: UInt64 = 0
    var sentBytes: UInt64 = 0
  }

  private let framing: EgressFraming
  private let hooks: Hooks
  private let state: Mutex<State>

  init(name: String, relation: SQLIdentifier, setup: SubscriberQueue.Setup, hooks: Hooks) {
    self.name = name
    self.relation = relation
    self.hooks = hooks
    framing = EgressFraming(format: setup.options.format, schema: setup.schema)
    state = Mutex(State(queue: SubscriberQueue(setup, now: hooks.clock.monotonic())))
  }

  /// The next line. A call means that the line before was handed to the client. When nothing happens it
  /// answers a
  /// keep-alive line every 3 s, the first at once. Nil when the pipeline stopped, after `close`, or when
  /// cancelled.
  package func next() async -> [UInt8]? {
    let (delivered, detached) = state.withLock {
      ($0.queue.acknowledge(now: hooks.clock.monotonic()), $0.detached)
    }
    if let delivered, !detached { hooks.delivered(name, delivered) }
    while !Task.isCancelled {
      let taken = state.withLock { $0.queue.take(now: hooks.clock.monotonic()) }
      switch taken {
      case .rows(let head, let rows):
        hooks.madeRoom()
        return counted(framing.line(head, rows: rows), records: rows.count)
      case .keepAlive(let sequence): return counted(EgressFraming.keepAlive(sequence: sequence), records: 0)
      case .ended: return nil
      case .wait: await park()
      }
    }
    return nil
  }

  private func counted(_ line: [UInt8], records: Int) -> [UInt8] {
    state.withLock {
      $0.sentRecords &+= UInt64(records)
      $0.sentBytes &+= UInt64(line.count)
    }
    return line
  }

  private func park() async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
        let now = hooks.clock.monotonic()
        let released: [CheckedContinuation<Void, Never>] = state.withLock { state in
          if state.queue.isReady(at: now) || Task.isCancelled { return [continuation] }
          defer { state.waiter = continuation }
          return state.waiter.map { [$0] } ?? []
        }
        for waiter in released { waiter.resume() }
      }
    } onCancel: {
      state.withLock { Subscription.takeWaiter(&$0) }?.resume()
    }
  }

  private static func takeWaiter(_ state: inout State) -> CheckedContinuation<Void, Never>? {
    defer { state.waiter = nil }
    return state.waiter
  }

  /// Ends the subscription; the pipeline no longer waits for it. Idempotent.
  package func close() {
    let waiter = state.withLock { state in
      state.queue.close()
      return Subscription.takeWaiter(&state)
    }
    waiter?.resume()
    hooks.closed(self)
  }

  // MARK: The board's side

  func submit(_ deltas: StepDeltas, inputBefore: UInt64) -> SubscriberQueue.Submission {
    let now = hooks.clock.monotonic()
    let rows = deltas.rows(of: relation)
    return state.withLock {
      $0.queue.submit(step: deltas.step, rows: rows, inputBefore: inputBefore, now: now)
    }
  }

  var unreleased: UInt64? { state.withLock { $0.queue.unreleased } }
  var isFull: Bool { state.withLock { $0.queue.isFull } }
  var queuedBytes: Int { state.withLock { $0.queue.bytes } }

  func release(through entry: UInt64) {
    let now = hooks.clock.monotonic()
    let waiter = state.withLock { state in
      state.queue.release(through: entry)
      return state.queue.isReady(at: now) ? Subscription.takeWaiter(&state) : nil
    }
    waiter?.resume()
  }

  /// Wakes the consumer when a keep-alive line is due. True when the consumer counts as gone.
  func tick() -> Bool {
    let now = hooks.clock.monotonic()
    let (waiter, gone) = state.withLock { state in
      (
        state.queue.isReady(at: now) ? Subscription.takeWaiter(&state) : nil,
        state.waiter == nil && state.queue.isGone(at: now)
      )
    }
    waiter?.resume()
    return gone && waiter == nil
  }

  /// The pipeline stops: released lines can still be taken, then `next` answers nil. Nothing is told any
  /// more.
  func finish() {
    let waiter = state.withLock { state in
      state.detached = true
      state.queue.finish()
      return Subscription.takeWaiter(&state)
    }
    waiter?.resume()
  }

  func reading(inputRecords: UInt64) -> OutputReading {
    state.withLock { state in
      var reading = OutputReading(name: name, relation: relation.canonical, isSubscriber: true)
      reading.transmittedRecords = state.sentRecords
      reading.transmittedBytes = state.sentBytes
      reading.queuedRecords = state.queue.queuedRecords
      reading.queuedBatches = state.queue.queuedBatches
      reading.deliveredSteps = state.queue.delivered
      reading.processedInputRecords = state.queue.processedInput(of: inputRecords)
      reading.memoryBytes = UInt64(state.queue.bytes)
      return reading
    }
  }
}

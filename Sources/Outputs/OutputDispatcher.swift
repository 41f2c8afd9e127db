package import DataModel
package import PipelineModel
package import Platform
package import StorageAPI

/// Takes each step's deltas to sinks and subscribers. Thread-safe.
package final class OutputDispatcher: Sendable {
  private let sinks: SinkDispatch
  private let subscribers: SubscriberBoard
  private let clock: any PipelineClock
  private let hasSinks: Bool
  /// A token here means that some queue became shorter.
  private let room = Mailbox<Void>(capacity: 1)

  /// Nothing runs before `start`. `random` spreads the retries.
  package init(
    store: any OrderedStore, sinks specs: [SinkSpec], clock: any PipelineClock, events: OutputEvents,
    random: any RandomSource = SystemRandom()
  ) {
    self.clock = clock
    hasSinks = !specs.isEmpty
    let room = room
    let madeRoom: @Sendable () -> Void = { _ = room.offer(()) }
    sinks = SinkDispatch(
      store: store, specs: specs, clock: clock, events: events, random: random, madeRoom: madeRoom)
    subscribers = SubscriberBoard(clock: clock, events: events, madeRoom: madeRoom)
  }

  /// Tells `added` for every sink, then makes and starts them. `pending` is what `pendingSection` gave the
  /// checkpoint
  /// of exactly so many steps; later steps are replayed through `submit`. Blocks. Errors: a cursor or the
  /// section is
  /// unreadable, a sink failed for good; a sink that may recover is retried in the background.
  package func start(at steps: StepCount, pending: [UInt8]?) throws(OutputError) {
    try sinks.start(at: steps, pending: pending)
  }

  /// As `start`, but the loop of the sinks has no thread: whoever calls runs it.
  package func begin(at steps: StepCount, pending: [UInt8]?) throws(OutputError) -> SinkLoop {
    try sinks.begin(at: steps, pending: pending)
  }

  /// By the step thread after each step in order, also without deltas. Never blocks.
  package func submit(_ deltas: StepDeltas) {
    let inputBefore = sinks.submit(deltas)
    subscribers.submit(deltas, inputBefore: inputBefore)
  }

  /// Whether another step may come; waits so long for it. Any one thread.
  package func waitForRoom(timeoutNanoseconds: UInt64) -> Bool {
    // Each turn uses up one token, and tokens only come with progress.
    while !hasRoom {
      guard room.take(timeoutNanoseconds: timeoutNanoseconds) != nil else { return hasRoom }
    }
    return true
  }

  private var hasRoom: Bool {
    if !hasSinks, subscribers.isEmpty { return true }
    return subscribers.hasRoom && sinks.queuedBytes + subscribers.queuedBytes <= Limits.outputQueueBytesMax
  }

  /// On the step thread between steps, `steps` being the steps taken. `snapshot`: rows to send first, nil for
  /// none.
  package func subscribe(
    _ relation: SQLIdentifier, schema: Schema, options: SubscriptionOptions, snapshot: [ColumnBatch]?,
    at steps: StepCount
  ) -> Subscription {
    subscribers.subscribe(
      relation, SubscriberQueue.Setup(schema: schema, options: options, snapshot: snapshot, at: steps))
  }

  /// Undelivered deltas of every sink, for a checkpoint; on the step thread between steps.
  package func pendingSection() -> [UInt8] { sinks.pendingSection().encoded }

  /// Sinks in the order of the program, then subscribers.
  package func readings() -> [OutputReading] {
    sinks.readings() + subscribers.readings(inputRecords: sinks.inputRecords)
  }

  /// Streams end after what is ready, sinks get what is queued unless they fail; joins the threads.
  package func stop() {
    subscribers.stop()
    sinks.stop()
  }

  /// Makes the threads look at the clock again; for clocks that tests move.
  package func wake() {
    sinks.wake()
    subscribers.wake()
  }
}

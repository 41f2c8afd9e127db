import DataModel
import PipelineModel
import Platform
import Synchronization

/// All subscribers of a pipeline and the thread "egress", which makes the journal durable before rows become
/// readable,
/// wakes idle consumers and drops those that are gone. The thread starts with the first subscriber.
final class SubscriberBoard: Sendable {
  private struct State {
    var subscriptions: [Subscription] = []
    var thread: DedicatedThread?
    var stopped = false
  }

  private let clock: any PipelineClock
  private let events: OutputEvents
  private let madeRoom: @Sendable () -> Void
  private let state = Mutex(State())
  private let count = Atomic<Int>(0)
  private let work = Mailbox<Void>(capacity: 1)

  init(clock: any PipelineClock, events: OutputEvents, madeRoom: @escaping @Sendable () -> Void) {
    self.clock = clock
    self.events = events
    self.madeRoom = madeRoom
  }

  var isEmpty: Bool { count.load(ordering: .relaxed) == 0 }

  /// Called on the step thread between steps. After `stop` the subscription is ended from the beginning.
  func subscribe(_ relation: SQLIdentifier, _ setup: SubscriberQueue.Setup) -> Subscription {
    let id = UniqueID.version7(clock: clock, random: SystemRandom())
    let subscription = Subscription(
      name: "\(relation.canonical).api-\(id)", relation: relation, setup: setup,
      hooks: Subscription.Hooks(
        clock: clock, delivered: events.delivered, madeRoom: madeRoom,
        closed: { [weak self] in self?.remove($0) }))
    let open = state.withLock { state in
      guard !state.stopped else { return false }
      state.subscriptions.append(subscription)
      count.store(state.subscriptions.count, ordering: .relaxed)
      if state.thread == nil { state.thread = DedicatedThread(name: "egress") { [self] in run() } }
      return true
    }
    guard open else {
      subscription.finish()
      return subscription
    }
    events.added(subscription.name, setup.at)
    wake()
    return subscription
  }

  private func remove(_ subscription: Subscription) {
    let known = state.withLock { state in
      guard let index = state.subscriptions.firstIndex(where: { $0 === subscription }) else { return false }
      state.subscriptions.remove(at: index)
      count.store(state.subscriptions.count, ordering: .relaxed)
      return true
    }
    guard known else { return }
    events.removed(subscription.name)
    madeRoom()
  }

  func submit(_ deltas: StepDeltas, inputBefore: UInt64) {
    guard !isEmpty else { return }
    var queued = false
    for subscription in all {
      let submission = subscription.submit(deltas, inputBefore: inputBefore)
      if submission.queued { queued = true }
      if let count = submission.delivered { events.delivered(subscription.name, count) }
    }
    if queued { wake() }
  }

  func wake() { _ = work.offer(()) }

  var hasRoom: Bool { isEmpty || !all.contains { $0.isFull } }
  var queuedBytes: Int { isEmpty ? 0 : all.reduce(0) { $0 + $1.queuedBytes } }

  func readings(inputRecords: UInt64) -> [OutputReading] { all.map { $0.reading(inputRecords: inputRecords) } }

  /// Releases what can be, then ends every stream and the thread.
  func stop() {
    let thread = state.withLock { state in
      state.stopped = true
      return state.thread
    }
    work.close()
    thread?.join()
    let subscriptions = state.withLock { state in
      defer { state.subscriptions = [] }
      return state.subscriptions
    }
    count.store(0, ordering: .relaxed)
    for subscription in subscriptions { subscription.finish() }
  }

  private var all: [Subscription] { state.withLock { $0.subscriptions } }

  private static let tickNanoseconds: UInt64 = 100_000_000

  private func run() {
    while true {
      let closing = work.isClosed
      let subscriptions = all
      release(subscriptions)
      for subscription in subscriptions where subscription.tick() { subscription.close() }
      if closing { return }
      _ = work.take(timeoutNanoseconds: subscriptions.isEmpty ? nil : SubscriberBoard.tickNanoseconds)
    }
  }

  private func release(_ subscriptions: [Subscription]) {
    // Fixed before the sync, so that it covers every entry that is released.
    let waiting = subscriptions.compactMap { subscription in
      subscription.unreleased.map { (subscription, $0) }
    }
    guard !waiting.isEmpty, events.syncJournal() else { return }
    for (subscription, entry) in waiting { subscription.release(through: entry) }
  }
}

import PipelineModel
package import Platform
import Synchronization

/// Makes one attempt: redirects are not followed, and nothing is sent to an address that is not allowed.
package protocol CallbackTransport: Sendable {
  func post(_ request: CallbackRequest) async -> CallbackOutcome
}

package struct CallbackRequest: Sendable {
  package let url: String
  package let headers: [(String, String)]
  package let body: [UInt8]
  package let timeoutSeconds: Double
}

/// What a callback says, as its dialect writes it.
package struct CallbackMessage: Sendable {
  package let body: [UInt8]
  /// Beside those that every callback has.
  package let headers: [(String, String)]
  /// In the place of the sender's own.
  package var sign: CallbackSigner?
  package init(body: [UInt8], headers: [(String, String)] = []) {
    self.body = body
    self.headers = headers
  }
}

/// Whose callbacks are sent: it knows what they say, and keeps what became of them.
package protocol CallbackSource: Sendable {
  /// Nil when this callback is no longer owed.
  func message(of delivery: CallbackDelivery) async -> CallbackMessage?
  /// Durable on return; false when there is no store any more.
  func record(_ reports: [CallbackReport]) async -> Bool
}

/// `webhook-signature` of an attempt: `v1,` and base64, over the id, the seconds since 1970 and the body.
package typealias CallbackSigner = @Sendable (_ id: String, _ seconds: Int64, _ body: [UInt8]) -> String

/// Sends the callbacks of one dialect of one project, many at once. What is owed is made known by `add`, in this
/// life and after a start; nothing is kept here but what is owed. Thread-safe.
package final class CallbackSender: Sendable {
  private struct State {
    var queue: CallbackQueue
    var reports: [CallbackReport] = []
    var isClosed = false
    var task: Task<Void, Never>?
  }

  /// So many are begun at once, so far apart: a whole batch of callbacks would keep the event loops from all else.
  private static let turnSendsMax = 16
  private static let sendPace = Duration.milliseconds(1)
  /// Attempts of so long are reported together.
  private static let reportPace = Duration.milliseconds(5)

  private let transport: any CallbackTransport
  private let sign: CallbackSigner?
  private let clock: any PipelineClock
  private let schedule: CallbackSchedule
  private let machine: CallbackMachine
  private let state: Mutex<State>
  private let sending = WakeSignal()
  private let reporting = WakeSignal()

  /// Without `sign` callbacks are not signed.
  package init(
    transport: any CallbackTransport, sign: CallbackSigner?, schedule: CallbackSchedule, clock: any PipelineClock
  ) {
    self.transport = transport
    self.sign = sign
    self.schedule = schedule
    self.clock = clock
    machine = CallbackMachine(schedule)
    state = Mutex(State(queue: CallbackQueue(schedule)))
  }

  /// Begins to send. Once.
  package func start(_ source: any CallbackSource) {
    state.withLock { state in
      guard !state.isClosed, state.task == nil else { return }
      state.task = Task { [self] in
        await withDiscardingTaskGroup { group in
          group.addTask { await self.report(to: source) }
          while let due = self.next() {
            for delivery in due.deliveries { group.addTask { await self.attempt(delivery, source) } }
            await self.sending.wait(due.wait, atMostEvery: CallbackSender.sendPace)
          }
        }
      }
    }
  }

  /// Ends what is under way; it is sent again in the next life. Idempotent.
  package func close() {
    let task = state.withLock { state in
      state.isClosed = true
      return state.task
    }
    task?.cancel()
    sending.close()
    reporting.close()
  }

  /// Takes what is owed; what is known already is passed over.
  package func add(_ deliveries: [CallbackDelivery]) {
    let (now, wall) = (clock.monotonic(), clock.wall())
    let isNew = state.withLock { state in
      var isNew = false
      for delivery in deliveries {
        let due = now.after(seconds: delivery.notBefore.seconds(since: wall))
        if state.queue.add(delivery, due: due) { isNew = true }
      }
      return isNew
    }
    if isNew { sending.wake() }
  }

  /// Whether this round of it is waiting or under way.
  package func knows(_ id: String, round: Int) -> Bool { state.withLock { $0.queue.knows(id, round: round) } }

  /// Callbacks that are owed.
  package var count: Int { state.withLock { $0.queue.count } }

  // MARK: Sending

  private func next() -> (deliveries: [CallbackDelivery], wait: Duration?)? {
    let now = clock.monotonic()
    return state.withLock { state in
      guard !state.isClosed else { return nil }
      var deliveries: [CallbackDelivery] = []
      while let delivery = state.queue.next(now: now) {
        deliveries.append(delivery)
        if deliveries.count == CallbackSender.turnSendsMax { return (deliveries, .zero) }
      }
      return (deliveries, state.queue.nextDue.map { .nanoseconds($0.since(now)) })
    }
  }

  private func attempt(_ delivery: CallbackDelivery, _ source: any CallbackSource) async {
    guard let message = await source.message(of: delivery) else {
      let isNext = state.withLock { state in
        state.queue.ended(delivery, nil)
        return state.queue.hasNext
      }
      if isNext { sending.wake() }
      return
    }
    let outcome = await transport.post(request(delivery, message))
    // A send that the close broke off says nothing of the receiver.
    if Task.isCancelled { return }
    let attempt = delivery.attempts + 1
    let decision = machine.decision(after: attempt, outcome)
    var nextAt: WallTime?
    if case .retry(let seconds) = decision { nextAt = clock.wall().after(seconds: seconds) }
    let report = CallbackReport(
      id: delivery.id, round: delivery.round, attempt: attempt, outcome: outcome, decision: decision, nextAt: nextAt)
    let isNext = state.withLock { state in
      state.queue.ended(delivery, outcome)
      state.reports.append(report)
      return state.queue.hasNext
    }
    reporting.wake()
    if isNext { sending.wake() }
  }

  private func request(_ delivery: CallbackDelivery, _ message: CallbackMessage) -> CallbackRequest {
    let seconds = clock.wall().microseconds / 1_000_000
    var headers = [("content-type", "application/json")] + message.headers
    headers += [
      ("idempotency-key", delivery.id), ("webhook-id", delivery.id), ("webhook-timestamp", "\(seconds)"),
    ]
    if let sign = message.sign ?? sign {
      headers.append(("webhook-signature", sign(delivery.id, seconds, message.body)))
    }
    return CallbackRequest(
      url: delivery.url, headers: headers, body: message.body, timeoutSeconds: schedule.timeoutSeconds)
  }

  // MARK: Reporting

  /// One write for all attempts that ended meanwhile.
  private func report(to source: any CallbackSource) async {
    while true {
      let (reports, isClosed) = state.withLock { state in
        defer { state.reports = [] }
        return (state.reports, state.isClosed)
      }
      if isClosed { return }
      if !reports.isEmpty {
        guard await source.record(reports) else { return }
        reported(reports)
      }
      await reporting.wait(nil, atMostEvery: CallbackSender.reportPace)
    }
  }

  private func reported(_ reports: [CallbackReport]) {
    let (now, wall) = (clock.monotonic(), clock.wall())
    let isNext = state.withLock { state in
      for report in reports {
        let seconds = report.nextAt.map { $0.seconds(since: wall) } ?? 0
        state.queue.reported(report, due: now.after(seconds: seconds))
      }
      return state.queue.hasNext
    }
    if isNext { sending.wake() }
  }
}

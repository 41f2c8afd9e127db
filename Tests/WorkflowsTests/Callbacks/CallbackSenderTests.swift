import PipelineModel
import Platform
import Synchronization
import TestSupport
import Testing
import Workflows

// Goal: what is owed is sent until the schedule ends, bounded, fair among receivers, and told in order. Method: a
// transport that answers by a script and counts; delays of zero, so that nothing waits for a clock.
@Suite struct CallbackSenderTests {
  /// Answers by script, 200 without one; a host named `hang` answers when it is released.
  final class Transport: CallbackTransport {
    struct State {
      var answers: [String: [CallbackOutcome]] = [:]
      var sent: [CallbackRequest] = []
      var underway: [String: Int] = [:]
      var mostUnderway: [String: Int] = [:]
      var hanging: [CheckedContinuation<Void, Never>] = []
      var isReleased = false
    }
    let state = Mutex(State())

    func post(_ request: CallbackRequest) async -> CallbackOutcome {
      let host = request.url.contains("hang") ? "hang" : "quick"
      state.withLock { state in
        state.sent.append(request)
        state.underway[host, default: 0] += 1
        state.mostUnderway[host] = max(state.mostUnderway[host] ?? 0, state.underway[host] ?? 0)
      }
      if host == "hang" {
        await withCheckedContinuation { waiter in
          let goesOn = state.withLock { state in
            if !state.isReleased { state.hanging.append(waiter) }
            return state.isReleased
          }
          if goesOn { waiter.resume() }
        }
      }
      await Task.yield()
      return state.withLock { state in
        state.underway[host, default: 0] -= 1
        let id = request.headers.first { $0.0 == "webhook-id" }?.1 ?? ""
        guard var script = state.answers[id], !script.isEmpty else {
          return .answered(status: 200, retryAfterSeconds: nil)
        }
        defer { state.answers[id] = script }
        return script.removeFirst()
      }
    }

    func release() {
      let waiting = state.withLock { state in
        state.isReleased = true
        defer { state.hanging = [] }
        return state.hanging
      }
      for waiter in waiting { waiter.resume() }
    }
  }

  /// Keeps the reports and tells when so many ids have ended.
  final class Source: CallbackSource {
    struct State {
      var reports: [String: [CallbackReport]] = [:]
      var ended: Set<String> = []
      var waiter: (Set<String>, CheckedContinuation<Void, Never>)?
    }
    let state = Mutex(State())

    func message(of delivery: CallbackDelivery) async -> CallbackMessage? {
      delivery.id == "gone" ? nil : CallbackMessage(body: Array(delivery.id.utf8), headers: [("x", delivery.id)])
    }

    func record(_ reports: [CallbackReport]) async -> Bool {
      let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
        for report in reports {
          state.reports[report.id, default: []].append(report)
          if case .retry = report.decision { continue }
          state.ended.insert(report.id)
        }
        guard let (wanted, waiter) = state.waiter, wanted.isSubset(of: state.ended) else { return nil }
        state.waiter = nil
        return waiter
      }
      waiter?.resume()
      return true
    }

    func wait(_ ids: some Sequence<String>) async {
      let wanted = Set(ids)
      await withCheckedContinuation { waiter in
        let isThere = state.withLock { state in
          if wanted.isSubset(of: state.ended) { return true }
          state.waiter = (wanted, waiter)
          return false
        }
        if isThere { waiter.resume() }
      }
    }
  }

  private let transport = Transport()
  private let source = Source()

  private func sender(_ edit: (inout CallbackSchedule) -> Void = { _ in }) -> CallbackSender {
    var schedule = CallbackSchedule()
    schedule.delaysSeconds = [0, 0, 0, 0, 0]
    edit(&schedule)
    let sender = CallbackSender(
      transport: transport, sign: { id, _, body in "v1,\(id):\(body.count)" }, schedule: schedule, clock: SystemClock())
    sender.start(source)
    return sender
  }

  private func delivery(_ id: String, _ host: String = "quick", round: Int = 1) -> CallbackDelivery {
    CallbackDelivery(id: id, url: "http://\(host)/x", round: round, notBefore: WallTime(microseconds: 0))
  }

  @Test("Attempts are counted and told in order, under one id and a signature")
  func attempts() async {
    let failure = CallbackOutcome.answered(status: 500, retryAfterSeconds: nil)
    transport.state.withLock { $0.answers = ["a": [failure, .failed("broken")], "b": Array(repeating: failure, count: 9)] }
    let sender = sender()
    defer { sender.close() }
    sender.add([delivery("a"), delivery("b")])
    await source.wait(["a", "b"])
    let reports = source.state.withLock { $0.reports }
    #expect(reports["a"]?.map(\.attempt) == [1, 2, 3])
    #expect(reports["a"]?.last?.decision == .delivered)
    #expect(reports["b"]?.map(\.attempt) == [1, 2, 3, 4, 5])
    #expect(reports["b"]?.last?.decision == .failed)
    let sent = transport.state.withLock { $0.sent }
    #expect(sent.count == 8)
    for request in sent {
      func value(_ name: String) -> String? { request.headers.first { $0.0 == name }?.1 }
      let id = String(decoding: request.body, as: UTF8.self)
      #expect(value("webhook-id") == id && value("idempotency-key") == id && value("x") == id)
      #expect(value("webhook-signature") == "v1,\(id):1")
      #expect(value("webhook-timestamp").flatMap { Int64($0) } ?? 0 > 1_000_000)
    }
  }

  @Test("A receiver that hangs holds up nobody else, and gets no more than its share")
  func hanging() async {
    let sender = sender {
      $0.sendsMax = 20
      $0.sendsPerHostMax = 8
    }
    defer { sender.close() }
    sender.add((0..<100).map { delivery("h\($0)", "hang") })
    let quick = (0..<500).map { "q\($0)" }
    sender.add(quick.map { delivery($0) })
    await source.wait(quick)
    #expect(transport.state.withLock { $0.underway["hang"] } == 8)
    #expect(transport.state.withLock { $0.mostUnderway["quick"] ?? 0 } <= 8)
    transport.release()
    await source.wait((0..<100).map { "h\($0)" })
    #expect(transport.state.withLock { $0.mostUnderway["hang"] } == 8)
    #expect(sender.count == 0)
  }

  @Test("After an attempt without an answer a receiver gets few at once until it answers")
  func slowReceiver() async {
    transport.state.withLock { state in
      state.answers = ["first": [.failed("timeout"), .failed("timeout")]]
    }
    let sender = sender {
      $0.sendsPerSlowHostMax = 2
      $0.delaysSeconds = [0, 0]
    }
    defer { sender.close() }
    transport.release()
    sender.add([delivery("first", "hang")])
    await source.wait(["first"])
    transport.state.withLock { state in
      state.isReleased = false
      state.mostUnderway = [:]
    }
    sender.add((0..<50).map { delivery("n\($0)", "hang") })
    while transport.state.withLock({ $0.hanging.count }) < 2 { await Task.yield() }
    sender.add([delivery("other")])
    await source.wait(["other"])
    #expect(transport.state.withLock { $0.mostUnderway["hang"] } == 2)
    transport.release()
    await source.wait((0..<50).map { "n\($0)" })
  }

  @Test("One round is sent once; a later round again; what is no longer owed not at all")
  func rounds() async {
    let sender = sender()
    defer { sender.close() }
    sender.add([delivery("gone"), delivery("a"), delivery("a")])
    await source.wait(["a"])
    #expect(transport.state.withLock { $0.sent.count } == 1)
    source.state.withLock { $0.ended = [] }
    sender.add([delivery("a", round: 2)])
    await source.wait(["a"])
    #expect(transport.state.withLock { $0.sent.count } == 2)
    #expect(source.state.withLock { $0.reports["a"]?.map(\.round) } == [1, 2])
  }
}

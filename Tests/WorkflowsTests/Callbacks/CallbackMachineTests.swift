import PipelineModel
import Testing
import Workflows

// Goal: after each attempt the documented thing happens. Method: a table of outcomes.
@Suite struct CallbackMachineTests {
  private let machine = CallbackMachine(CallbackSchedule())

  @Test("Five attempts at the documented times")
  func schedule() {
    let delays = (1...5).map { machine.decision(after: $0, .answered(status: 500, retryAfterSeconds: nil)) }
    #expect(
      delays == [
        .retry(afterSeconds: 60), .retry(afterSeconds: 300), .retry(afterSeconds: 900), .retry(afterSeconds: 3600),
        .failed,
      ])
    #expect(machine.decision(after: 99, .failed("no connection")) == .failed)
  }

  @Test("Any 2xx delivers", arguments: [200, 201, 202, 204, 299])
  func delivered(_ status: Int) {
    #expect(machine.decision(after: 1, .answered(status: status, retryAfterSeconds: 9)) == .delivered)
  }

  @Test("What trying again would not help ends at once", arguments: [400, 401, 403, 404, 405, 410])
  func final(_ status: Int) {
    #expect(machine.decision(after: 1, .answered(status: status, retryAfterSeconds: 9)) == .failed)
  }

  @Test("Everything else is tried again, redirects too", arguments: [301, 302, 307, 308, 402, 408, 409, 422, 429, 500, 502, 503])
  func retried(_ status: Int) {
    #expect(machine.decision(after: 1, .answered(status: status, retryAfterSeconds: nil)) == .retry(afterSeconds: 60))
  }

  @Test("Retry-After counts for 429 and 503 alone, up to its bound, and makes no further attempt")
  func retryAfter() {
    for status in [429, 503] {
      #expect(machine.decision(after: 1, .answered(status: status, retryAfterSeconds: 7)) == .retry(afterSeconds: 7))
      #expect(machine.decision(after: 1, .answered(status: status, retryAfterSeconds: 0)) == .retry(afterSeconds: 0))
      #expect(machine.decision(after: 1, .answered(status: status, retryAfterSeconds: -1)) == .retry(afterSeconds: 0))
      #expect(
        machine.decision(after: 1, .answered(status: status, retryAfterSeconds: .max)) == .retry(afterSeconds: 86_400))
      #expect(machine.decision(after: 5, .answered(status: status, retryAfterSeconds: 7)) == .failed)
    }
    #expect(machine.decision(after: 1, .answered(status: 500, retryAfterSeconds: 7)) == .retry(afterSeconds: 60))
  }

  @Test("A refused address is final; no answer is not")
  func refused() {
    #expect(machine.decision(after: 1, .refused("private")) == .failed)
    #expect(machine.decision(after: 1, .failed("timeout")) == .retry(afterSeconds: 60))
  }
}

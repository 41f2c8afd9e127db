import HTTPAPI
import Testing
import Workflows

// Goal: every status of the log has one in Convoy's words, none of which a client of the reference does not know.
// Method: all cases.
@Suite struct CargoStatusTests {
  @Test("Each status of the log shows as one of the eight, and each of the eight is reached")
  func total() {
    let shown: [WorkStatus: String] = [
      .pending: "pending", .batched: "batched", .processing: "processing", .cancelling: "processing",
      .completed: "completed", .skipped: "completed", .failed: "failed", .cancelled: "failed",
      .callbackPending: "callback_pending", .callbackDelivered: "callback_delivered",
      .callbackFailed: "callback_failed",
    ]
    for status in WorkStatus.allCases { #expect(CargoStatus(status).rawValue == shown[status]) }
    for status in CargoStatus.allCases {
      #expect(!status.all.isEmpty && status.all.allSatisfy { CargoStatus($0) == status })
      #expect(!status.text.isEmpty)
    }
  }

  @Test("What may follow in the log never goes back in Convoy's order, but for explicit retries and what waits again")
  func order() {
    let rank: [CargoStatus: Int] = [
      .pending: 0, .batched: 1, .processing: 2, .completed: 3, .callbackPending: 4, .callbackDelivered: 5,
      .callbackFailed: 5, .failed: 5,
    ]
    for status in WorkStatus.allCases {
      for next in status.successors where next != .pending && next != .callbackPending {
        #expect(rank[CargoStatus(next)] ?? 0 >= rank[CargoStatus(status)] ?? 0, "\(status) \(next)")
      }
    }
  }
}

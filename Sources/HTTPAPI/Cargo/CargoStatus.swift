package import Workflows

/// The status of an item in the words of Convoy.
package enum CargoStatus: String, CaseIterable, Sendable {
  case pending
  case batched
  case processing
  case completed
  case failed
  case callbackPending = "callback_pending"
  case callbackDelivered = "callback_delivered"
  case callbackFailed = "callback_failed"

  /// Convoy has no cancellation: its clients wait for one of three ends, so cancelled cargo has failed.
  package init(_ status: WorkStatus) {
    self =
      switch status {
      case .pending: .pending
      case .batched: .batched
      case .processing, .cancelling: .processing
      case .completed, .skipped: .completed
      case .failed, .cancelled: .failed
      case .callbackPending: .callbackPending
      case .callbackDelivered: .callbackDelivered
      case .callbackFailed: .callbackFailed
      }
  }

  /// Every status that shows as this one.
  package var all: [WorkStatus] { WorkStatus.allCases.filter { CargoStatus($0) == self } }

  package var text: String {
    switch self {
    case .pending: "Cargo is waiting to be assigned to a batch"
    case .batched: "Cargo has been assigned to a batch job"
    case .processing: "Batch is being processed by the provider"
    case .completed: "Processing completed successfully"
    case .failed: "Processing failed"
    case .callbackPending: "Result ready, callback delivery pending"
    case .callbackDelivered: "Callback successfully delivered"
    case .callbackFailed: "Callback delivery failed"
    }
  }
}

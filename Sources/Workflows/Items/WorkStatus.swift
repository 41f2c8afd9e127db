/// Where an item stands, in the words of the log; each dialect shows it under its own names.
package enum WorkStatus: String, Sendable, Hashable, CaseIterable {
  case pending
  /// Assigned to a group by number or age.
  case batched
  case processing
  /// A cancellation waits for a call-out that is under way.
  case cancelling
  /// Ended with an answer: a good one, or one that says why there is none (`WorkItem.succeeded`).
  case completed
  case failed
  case cancelled
  case skipped
  case callbackPending = "callback_pending"
  case callbackDelivered = "callback_delivered"
  case callbackFailed = "callback_failed"

  /// What may come next. A status may follow itself: the event then tells more of it (an attempt, an execution).
  package var successors: Set<WorkStatus> {
    switch self {
    case .pending: [.pending, .batched, .processing, .cancelled, .skipped, .failed]
    case .batched: [.batched, .pending, .processing, .cancelled, .failed]
    case .processing: [.processing, .cancelling, .completed, .failed, .cancelled, .pending]
    case .cancelling: [.cancelling, .cancelled, .failed]
    case .completed: [.callbackPending]
    case .callbackPending: [.callbackPending, .callbackDelivered, .callbackFailed]
    // An explicit retry is a new attempt.
    case .callbackDelivered, .callbackFailed: [.callbackPending]
    case .failed, .cancelled, .skipped: []
    }
  }

  /// The work itself has ended; callbacks may follow.
  package var isWorked: Bool {
    switch self {
    case .pending, .batched, .processing, .cancelling: false
    case .completed, .failed, .cancelled, .skipped, .callbackPending, .callbackDelivered, .callbackFailed: true
    }
  }
}

/// Where a group stands.
package enum GroupStatus: String, Sendable, Hashable, CaseIterable {
  case created
  case running
  case paused
  case cancelling
  case completed
  case failed
  case cancelled
  case skipped

  package var successors: Set<GroupStatus> {
    switch self {
    case .created: [.created, .running, .paused, .cancelling, .cancelled, .failed, .skipped, .completed]
    case .running: [.running, .paused, .cancelling, .completed, .failed, .cancelled]
    case .paused: [.paused, .running, .cancelling, .cancelled, .failed]
    case .cancelling: [.cancelling, .cancelled, .failed]
    // Later events tell of webhooks, never of another outcome.
    case .completed: [.completed]
    case .failed: [.failed]
    case .cancelled: [.cancelled]
    case .skipped: [.skipped]
    }
  }

  package var isEnded: Bool {
    switch self {
    case .created, .running, .paused, .cancelling: false
    case .completed, .failed, .cancelled, .skipped: true
    }
  }
}

/// Which dialect an object was made through; all of them show it.
package enum WorkDialect: String, Sendable, Hashable, CaseIterable {
  case cargo
  case orchestration
  case batches
}

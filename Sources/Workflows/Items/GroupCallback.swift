/// Where the message about a group's end stands. Its events follow the end and change nothing of it.
package enum GroupCallback: String, Sendable, Hashable, CaseIterable {
  case owed = "callback_pending"
  case delivered = "callback_delivered"
  case failed = "callback_failed"

  /// What may come next; an event that repeats `owed` tells of an attempt, one after an end asks for it once more.
  func mayFollow(_ former: GroupCallback?) -> Bool {
    switch former {
    case nil: self == .owed
    case .owed: true
    case .delivered, .failed: self == .owed
    }
  }
}

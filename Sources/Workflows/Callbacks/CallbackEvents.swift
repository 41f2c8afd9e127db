package import PipelineModel
import WireTypes

/// Attempts as events of an item: the first `callback_pending` event asks for the callback, each further one and
/// the one that ends it tell of an attempt, `{"attempt", "status", "error", "next_at"}`.
extension WorkItem {
  /// How often its callback was asked for.
  package var callbackRound: Int {
    var (round, previous) = (0, WorkStatus.pending)
    for event in events {
      if event.status == .callbackPending, previous != .callbackPending { round += 1 }
      previous = event.status
    }
    return round
  }

  /// The callback that is owed to `url`; nil when there is none.
  package func callback(to url: String) -> CallbackDelivery? {
    guard status == .callbackPending else { return nil }
    let attempts = events.reversed().prefix { $0.status == .callbackPending }.count - 1
    var notBefore = updatedAt
    if attempts > 0, let last = events.last, let next = CallbackEvents.nextAt(last.detail) { notBefore = next }
    return CallbackDelivery(id: id, url: url, round: callbackRound, attempts: attempts, notBefore: notBefore)
  }
}

package enum CallbackEvents {
  /// The change that an attempt makes of an item; none when its callback was asked for again meanwhile.
  package static func changes(_ item: WorkItem, _ report: CallbackReport) -> [WorkService.Change] {
    guard item.status == .callbackPending, item.callbackRound == report.round else { return [] }
    let status: WorkStatus =
      switch report.decision {
      case .delivered: .callbackDelivered
      case .retry: .callbackPending
      case .failed: .callbackFailed
      }
    return [.init(status, detail: detail(report))]
  }

  /// The change that an attempt makes of a group; none when its message was asked for again meanwhile.
  package static func changes(_ group: WorkGroup, _ report: CallbackReport) -> [WorkService.Change] {
    guard group.callback == .owed, group.callbackRound == report.round else { return [] }
    let callback: GroupCallback =
      switch report.decision {
      case .delivered: .delivered
      case .retry: .owed
      case .failed: .failed
      }
    return [.init(callback: callback, detail: detail(report))]
  }

  /// Of an item's callback and of a group's.
  package static func detail(_ report: CallbackReport) -> String {
    var status: Int?
    var error: String?
    switch report.outcome {
    case .answered(let code, _):
      status = code
      if !(200..<300).contains(code) { error = "the receiver answered \(code)" }
    case .failed(let message), .refused(let message): error = message
    }
    return JSONValue.make([
      "attempt": .integer(report.attempt), "status": .count(status), "error": .text(error),
      "next_at": report.nextAt.map { .string($0.rfc3339) } ?? .null,
      "next_at_us": .count(report.nextAt?.microseconds),
    ]).encoded
  }

  package static func nextAt(_ detail: String) -> WallTime? {
    (try? JSONValue(parsing: detail))?["next_at_us"]?.integerValue.map { WallTime(microseconds: $0) }
  }
}

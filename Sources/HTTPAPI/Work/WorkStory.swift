import PipelineModel
import WireTypes
import Workflows

/// What holds work back, and what happened to it, beyond its records' way through the log.
struct WorkStory {
  let subject: WorkSubject
  /// Of the item; nil when it has none or the subject is one.
  let group: WorkGroup?

  static func find(_ id: String, in service: WorkService) async throws(WorkError) -> WorkStory? {
    guard let subject = try await service.find(id) else { return nil }
    var group: WorkGroup?
    if case .item(let item) = subject, let name = item.group { group = try await service.group(name) }
    return WorkStory(subject: subject, group: group)
  }

  var isComplete: Bool {
    switch subject {
    case .item(let item): item.isClosed
    case .group(let group): group.status.isEnded
    }
  }

  var summary: JSONValue {
    switch subject {
    case .item(let item):
      [
        "kind": "item", "id": .string(item.id), "dialect": .string(item.dialect.rawValue),
        "status": .string(item.status.rawValue), "group": .text(item.group),
        "created_at": .string(item.createdAt.rfc3339), "updated_at": .string(item.updatedAt.rfc3339),
      ]
    case .group(let group):
      [
        "kind": "group", "id": .string(group.id), "dialect": .string(group.dialect.rawValue),
        "status": .string(group.status.rawValue), "group": nil,
        "created_at": .string(group.createdAt.rfc3339), "updated_at": .string(group.updatedAt.rfc3339),
      ]
    }
  }

  /// Every status it reached, in order, with what the events tell.
  var timeline: [JSONValue] {
    func event(_ status: String, _ at: WallTime, _ detail: String) -> JSONValue {
      [
        "event": "status", "done": true, "at": .string(at.rfc3339), "status": .string(status),
        "detail": (try? JSONValue(parsing: Array(detail.utf8))) ?? .null,
      ]
    }
    return switch subject {
    case .item(let item):
      [event(WorkStatus.pending.rawValue, item.createdAt, "")]
        + item.events.map { event($0.status.rawValue, $0.at, $0.detail) }
    case .group(let group):
      [event(GroupStatus.created.rawValue, group.createdAt, "")]
        + group.events.map { event($0.name, $0.at, $0.detail) }
    }
  }

  // MARK: Why

  var reasons: [JSONValue] {
    switch subject {
    case .item(let item): item.isClosed ? [] : [reason(item)]
    case .group(let group): group.status.isEnded ? [] : [reason(group)]
    }
  }

  private func reason(_ item: WorkItem) -> JSONValue {
    if group?.status == .paused, !item.status.isWorked {
      return WorkStory.reason("paused", group?.id ?? "", "its batch is paused", "resume the batch")
    }
    switch item.status {
    case .pending, .batched:
      if item.dialect == .cargo, item.status == .pending {
        return WorkStory.reason(
          "batching", "cargo", "it waits for others to make a batch, or for its time",
          "nothing: it goes by itself")
      }
      return WorkStory.reason(
        "concurrency", item.group ?? "", "others of its batch go first", "raise max_concurrent, or wait")
    case .processing, .cancelling:
      return WorkStory.reason(
        "call_out", item.group ?? "", "its provider has not answered yet", "look at the provider", told(item))
    case .completed, .callbackPending:
      return WorkStory.reason(
        "callback", "callback_url", "its result is ready, its receiver has not taken it",
        "look at the receiver; the result can be fetched too", told(item))
    case .failed, .cancelled, .skipped, .callbackDelivered, .callbackFailed:
      return WorkStory.reason("none", "", "it is closed", "nothing")
    }
  }

  private func reason(_ group: WorkGroup) -> JSONValue {
    switch group.status {
    case .paused: WorkStory.reason("paused", group.id, "the batch is paused", "resume it")
    case .cancelling:
      WorkStory.reason(
        "cancelling", group.id, "items under way have not ended yet", "nothing: it ends by itself")
    default:
      WorkStory.reason(
        "items", group.id,
        "\(group.progress.pending) items wait, \(group.progress.processing) are under way",
        "nothing: they go by themselves")
    }
  }

  private func told(_ item: WorkItem) -> String? {
    let detail = item.events.last.flatMap { try? JSONValue(parsing: Array($0.detail.utf8)) }
    return detail?["error"]?.stringValue ?? detail?["error"]?["message"]?.stringValue
  }

  private static func reason(
    _ kind: String, _ name: String, _ message: String, _ advice: String, _ error: String? = nil
  ) -> JSONValue {
    [
      "kind": .string(kind), "name": .string(name), "message": .string(message), "lag_steps": 0,
      "last_error": .text(error), "fatal": false, "advice": .string(advice),
    ]
  }
}

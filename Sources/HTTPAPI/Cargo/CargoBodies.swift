import PipelineModel
import WireTypes
import Workflows

/// Items as the cargo dialect shows them.
enum CargoBodies {
  /// Of an item of any dialect.
  static func tracking(_ item: WorkItem) -> JSONValue {
    let history = history(item)
    let status = CargoStatus(item.status)
    return [
      "cargo_id": .string(item.id), "status": .string(status.rawValue),
      "status_description": .string(item.status == .cancelled ? "Cargo was cancelled" : status.text),
      "created_at": .string(item.createdAt.rfc3339),
      "updated_at": .string((history.last?.at ?? item.createdAt).rfc3339),
    ]
  }

  /// The tracking body and all that is known beyond it.
  static func detail(_ item: WorkItem, token: String?) -> JSONValue {
    var members = tracking(item).members ?? []
    let input = CargoInput(item)
    members += [
      JSONMember("history", .array(history(item).map { [
        "status": .string($0.status.rawValue), "at": .string($0.at.rfc3339),
      ] })),
      JSONMember("model", .text(input?.model)),
      JSONMember("cancelled", .bool(item.events.contains { $0.status == .cancelled })),
      JSONMember("error", item.succeeded == false ? .text(CargoResult(item).error) : .null),
      JSONMember("callback", input.map { callback(item, url: $0.callbackURL) } ?? .null),
      JSONMember("dialect", .string(item.dialect.rawValue)), JSONMember("pipeline", .string(WorkProgram.name)),
      JSONMember("token", .text(token)), JSONMember("group", .text(item.group)),
      JSONMember("links", links(item, token: token)),
    ]
    return .object(members)
  }

  /// Each status in Convoy's words, once where several of ours are one of its.
  private static func history(_ item: WorkItem) -> [(status: CargoStatus, at: WallTime)] {
    var history: [(status: CargoStatus, at: WallTime)] = []
    for (status, at) in item.history where history.last?.status != CargoStatus(status) {
      history.append((CargoStatus(status), at))
    }
    return history
  }

  /// What became of the callback: its state in Convoy's words, and every attempt.
  private static func callback(_ item: WorkItem, url: String) -> JSONValue {
    let events = item.events.filter {
      $0.status == .callbackPending || $0.status == .callbackDelivered || $0.status == .callbackFailed
    }
    var attempts: [JSONValue] = []
    var nextAt: String?
    var isAskedAgain = false
    for event in events {
      let detail = event.detail.isEmpty ? nil : try? JSONValue(parsing: event.detail)
      if detail?["manual_retry"] != nil { isAskedAgain = true }
      nextAt = detail?["next_at"]?.stringValue
      guard let attempt = detail?["attempt"] else { continue }
      isAskedAgain = false
      attempts.append([
        "attempt": attempt, "at": .string(event.at.rfc3339), "status": detail?["status"] ?? .null,
        "error": detail?["error"] ?? .null,
      ])
    }
    let state: String? =
      switch item.status {
      case .callbackDelivered: "delivered"
      case .callbackFailed: "failed"
      case .callbackPending: isAskedAgain ? "manual_retry" : nextAt == nil ? "pending" : "retrying"
      default: nil
      }
    return [
      "url": .string(url), "state": .text(state), "attempts": .array(attempts), "next_attempt_at": .text(nextAt),
    ]
  }

  private static func links(_ item: WorkItem, token: String?) -> JSONValue {
    var members = [JSONMember("tracking", .string("/cargo/\(item.id)/tracking"))]
    if let token {
      members.append(JSONMember("why", .string("/v0/pipelines/\(WorkProgram.name)/why?token=\(token)")))
      members.append(JSONMember("explain", .string("/v0/pipelines/\(WorkProgram.name)/explain?token=\(token)")))
    }
    if let run = WorkNames.uuid(of: item.id) {
      members.append(JSONMember("run", .string("/v1/orchestration/runs/\(run)")))
    }
    if let group = item.group, let uuid = WorkNames.uuid(of: group) {
      members.append(JSONMember("orchestration_batch", .string("/v1/orchestration/batches/\(uuid)")))
      members.append(JSONMember("batch", .string("/v1/batches/\(group)")))
    }
    return .object(members)
  }
}

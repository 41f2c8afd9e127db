package import PipelineModel
import WireTypes

/// What a user may do to a batch: pause, resume, cancel. Durable on return; the conductor follows what the
/// log says.
package struct BatchControl: Sendable {
  package struct Outcome: Sendable, Equatable {
    package let before: GroupStatus
    package let after: GroupStatus
    package let at: WallTime
    /// The state of the batch does not allow it; nothing has changed.
    package let isRefused: Bool
  }

  private let service: WorkService

  package init(_ service: WorkService) { self.service = service }

  /// Nil when there is no such batch.
  package func move(_ id: String, to status: GroupStatus) async throws(WorkError) -> Outcome? {
    guard let group = try await service.group(id) else { return nil }
    if group.status.isEnded || group.status == .cancelling, group.status != status {
      return Outcome(before: group.status, after: group.status, at: group.updatedAt, isRefused: true)
    }
    let target = status == .cancelled ? GroupStatus.cancelling : status
    _ = try await service.update(group: id) { group in
      switch (group.status, target) {
      // A batch that has not begun begins by itself.
      case (.created, .running), (target, target): []
      case (.created, _), (.running, _), (.paused, _): [.init(target)]
      default: []
      }
    }
    if target == .cancelling { try await end(id) }
    guard let now = try await service.group(id) else { return nil }
    let isReached = now.status == status || (status == .running && now.status == .created)
    return Outcome(before: group.status, after: now.status, at: now.updatedAt, isRefused: !isReached)
  }

  /// Fails the batch as a whole.
  func fail(_ id: String, message: String, code: String) async throws(WorkError) {
    let detail: JSONValue = ["as": "failed", "error": BatchControl.error(message, code)]
    let text = detail.encoded
    _ = try await service.update(group: id) { group in
      group.status.isEnded || group.status == .cancelling ? [] : [.init(.cancelling, detail: text)]
    }
    try await end(id)
  }

  /// Ends all jobs of a batch that is to end, then the batch; goes on where a crash has interrupted it.
  func end(_ id: String) async throws(WorkError) {
    guard let group = try await service.group(id), group.status == .cancelling else { return }
    let detail = group.detail(of: .cancelling).flatMap { try? JSONValue(parsing: $0) }
    let isFailure = detail?["as"]?.stringValue == "failed"
    let error = detail?["error"] ?? BatchControl.error("the batch was cancelled", "cancelled")
    let text = JSONValue.make(["error": error]).encoded
    let open = try await service.items(of: id).filter { $0.succeeded == nil }.map(\.id)
    try await service.update(items: open) { item in
      guard item.succeeded == nil else { return [] }
      return [.init(isFailure ? .failed : .cancelled, detail: text)]
    }
    _ = try await service.update(group: id) { group in
      guard group.status == .cancelling else { return [] }
      return [.init(isFailure ? GroupStatus.failed : .cancelled, detail: isFailure ? text : "")]
    }
  }

  static func error(_ message: String, _ code: String) -> JSONValue {
    ["message": .string(message), "code": .string(code)]
  }
}

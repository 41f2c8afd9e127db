/// What a client may ask of an ended batch. The conductor sees the change as any other.
package enum BatchCommands {
  package enum Outcome: Sendable {
    case done
    /// It tells nobody of its end.
    case none
    case notEnded
    /// An attempt is owed already.
    case underway
  }

  /// Asks for the message about its end once more: new attempts with counters of their own, under the same id.
  package static func retryWebhook(_ id: String, _ service: WorkService) async throws(WorkError) -> Outcome {
    guard let before = try await service.group(id) else { return .none }
    if !before.status.isEnded { return .notEnded }
    guard before.dialect == .orchestration, before.callback != nil else { return .none }
    let updated = try await service.update(group: id) { group in
      group.callback == .delivered || group.callback == .failed
        ? [.init(callback: .owed, detail: #"{"manual_retry":true}"#)] : []
    }
    return updated?.isChanged == true ? .done : .underway
  }
}

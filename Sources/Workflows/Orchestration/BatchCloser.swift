/// Ends batches whose runs have ended. The event that owes the message about it is written with the end: it is the
/// row of the outbox.
struct BatchCloser: Sendable {
  let service: WorkService

  func close(_ id: String) async {
    guard let group = try? await service.group(id), BatchCloser.end(of: group) != nil else { return }
    let notice: [WorkService.Change] = webhook(of: group) == nil ? [] : [.init(callback: .owed)]
    _ = try? await service.update(group: id) { group in
      BatchCloser.end(of: group).map { [.init($0)] + notice } ?? []
    }
  }

  /// Nil when there is none. From the batch's own record, so that no look into the store can fail.
  func webhook(of group: WorkGroup) -> BatchWebhook? { BatchWebhook(RunRecord.json(group.configuration)) }

  /// Nil while it goes on.
  private static func end(of group: WorkGroup) -> GroupStatus? {
    guard group.progress.pending + group.progress.processing == 0 else { return nil }
    switch group.status {
    case .created: return group.progress.total == 0 ? .skipped : nil
    case .cancelling: return .cancelled
    case .running: return .completed
    case .paused, .completed, .failed, .cancelled, .skipped: return nil
    }
  }
}

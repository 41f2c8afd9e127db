/// What a client may change of its cargo. The conductor sees the change as any other.
package enum CargoCommands {
  package enum Outcome: Sendable {
    case done(WorkItem)
    case unknown
    /// Its status does not allow it.
    case refused(WorkItem)
  }

  /// Waiting cargo leaves its line or batch; of cargo with the provider the answer is dropped.
  package static func cancel(_ id: String, _ service: WorkService) async throws(WorkError) -> Outcome {
    let updated = try await service.update(item: id) { item in
      guard item.dialect == .cargo else { return [] }
      switch item.status {
      case .pending, .batched, .processing:
        return [.init(.cancelled, detail: CargoBatch.error(message: "the cargo was cancelled", code: "cancelled"))]
      default: return []
      }
    }
    guard let item = updated?.subject else { return .unknown }
    return item.status == .cancelled ? .done(item) : .refused(item)
  }

  /// Asks for the callback once more: new attempts with counters of their own, under the same id.
  package static func retryCallback(_ id: String, _ service: WorkService) async throws(WorkError) -> Outcome {
    let updated = try await service.update(item: id) { item in
      guard item.dialect == .cargo, item.status == .callbackFailed || item.status == .callbackDelivered else {
        return []
      }
      return [.init(.callbackPending, detail: #"{"manual_retry":true}"#)]
    }
    guard let updated else { return .unknown }
    return updated.isChanged ? .done(updated.subject) : .refused(updated.subject)
  }
}

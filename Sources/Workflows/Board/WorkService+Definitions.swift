import Synchronization

/// What work is made from.
extension WorkService {
  /// Writes definitions, all or none: durable and readable on return. Errors: those of the store; after
  /// `unavailable` and `inDoubt` they may be there.
  package func define(_ records: [WorkRecord]) async throws(WorkError) {
    let token = try await creations.write(records) { [self] token, _ in
      state.withLock { $0.unsettled = token }
    }
    try await settle(token)
  }

  /// The records of a definition, in order; empty when there is none.
  package func definition(_ id: String) async throws(WorkError) -> [WorkRecord] {
    try await settle()
    let records = try await store.records(of: id)
    return records.first?.kind == .definition ? records : []
  }

  /// The records of each of these definitions, in order; the definitions as a list has them.
  package func definitions(_ filter: WorkFilter) async throws(WorkError) -> [[WorkRecord]] {
    try await settle()
    let ids = try await store.subjects(filter)
    guard !ids.isEmpty else { return [] }
    var found: [String: [WorkRecord]] = [:]
    for record in try await store.records(ofAll: ids) { found[record.subject, default: []].append(record) }
    return ids.compactMap { found[$0] }.filter { $0.first?.kind == .definition }
  }

  /// Removes definitions that nothing names any more.
  package func remove(definitions ids: [String]) async throws(WorkError) {
    if !ids.isEmpty { try await store.remove(ids) }
  }

  private func settle() async throws(WorkError) {
    // What is in doubt may be a newer definition, and its maker waits no longer.
    if creations.isUnsure { throw WorkLane.unsure }
    if let token = state.withLock({ $0.unsettled }) { try await settle(token) }
  }

  private func settle(_ token: String) async throws(WorkError) {
    try await store.settle(token)
    state.withLock { if $0.unsettled == token { $0.unsettled = nil } }
  }
}

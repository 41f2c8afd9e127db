import Platform
import Synchronization
import Workflows

/// What the runs of one request are made from, each batch looked up once: from the store that reads all its runs.
final class RunOrigins: Sendable {
  /// Whose a run is.
  struct Owner: Sendable {
    let workflow: String?
    let release: String?
  }

  private struct State {
    /// By batch.
    var origins: [String: RunOrigin] = [:]
    /// Of their graphs.
    var bytes = 0
    var owners: [String: Owner] = [:]
  }

  let place: WorkPlace
  private let state = Mutex(State())

  init(_ place: WorkPlace) { self.place = place }

  func of(_ item: WorkItem) async throws -> RunOrigin {
    guard let name = item.group else { return try await place.workflows.graphs.origin(of: item, nil) }
    let known: RunOrigin? = state.withLock { state in state.origins[name] }
    if let known { return known }
    let group = try await place.service.group(name)
    let origin = try await place.workflows.graphs.origin(of: item, group)
    keep(origin, name)
    return origin
  }

  /// The same, without the graph: as many as there are batches are kept.
  func owner(of item: WorkItem) async throws -> Owner {
    if let name = item.group {
      let known: Owner? = state.withLock { state in state.owners[name] }
      if let known { return known }
    }
    let origin = try await of(item)
    return Owner(workflow: origin.workflowUuid, release: origin.releaseUuid)
  }

  /// Begins again when the graphs take too much room.
  private func keep(_ origin: RunOrigin, _ name: String) {
    let bytes = origin.known?.bytes ?? 0
    let owner = Owner(workflow: origin.workflowUuid, release: origin.releaseUuid)
    state.withLock { state in
      state.owners[name] = owner
      if state.bytes + bytes > Limits.graphLibraryBytesMax {
        state.origins = [:]
        state.bytes = 0
      }
      state.origins[name] = origin
      state.bytes += bytes
    }
  }
}

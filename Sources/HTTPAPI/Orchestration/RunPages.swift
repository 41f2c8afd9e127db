import Platform
import Workflows

/// The runs that a filter takes, a part at a time, so that not all that are looked at are held at once.
struct RunPages {
  private static let runsAtOnce = 500

  private let filter: RunFilter
  private let origins: RunOrigins
  private let anyStatus: Bool
  /// They are in memory already, whoever else asks for them: those of a batch, and what is open.
  let isHeld: Bool
  private var held: [WorkItem]
  private var ids: ArraySlice<String>
  /// There are more than the ids.
  private let isCut: Bool

  init(_ filter: RunFilter, _ origins: RunOrigins, anyStatus: Bool, held: [WorkItem]) {
    self.filter = filter
    self.origins = origins
    self.anyStatus = anyStatus
    self.held = held
    isHeld = true
    ids = []
    isCut = false
  }

  init(_ filter: RunFilter, _ origins: RunOrigins, anyStatus: Bool, ids: ArraySlice<String>, isCut: Bool) {
    self.filter = filter
    self.origins = origins
    self.anyStatus = anyStatus
    held = []
    isHeld = false
    self.ids = ids
    self.isCut = isCut
  }

  /// Nil at the end; a part may be empty. Errors: 413 when there are more runs than are looked at.
  mutating func next() async throws -> [WorkItem]? {
    if !held.isEmpty {
      let items = held
      held = []
      return try await filter.selected(items, origins, anyStatus: anyStatus)
    }
    guard !ids.isEmpty else {
      guard isCut else { return nil }
      throw OrchestrationFailure(
        413, "payloadTooLarge",
        "there are more than \(Limits.batchRunsMax) runs: choose by 'batchUuid' or 'uuids'")
    }
    let part = Array(ids.prefix(RunPages.runsAtOnce))
    ids = ids.dropFirst(part.count)
    let items = try await origins.place.service.items(part)
    return try await filter.selected(items, origins, anyStatus: anyStatus)
  }
}

/// Room for the runs that one request holds.
struct RunRoom {
  private static let bytesMax = 2 * Limits.workBytesMax

  private var bytes = 0

  init() {}

  /// Errors: 413 when there is none left.
  mutating func take(_ item: WorkItem) throws(OrchestrationFailure) {
    bytes += item.input.utf8.count
    for event in item.events { bytes += event.detail.utf8.count }
    guard bytes <= RunRoom.bytesMax else {
      throw OrchestrationFailure(
        413, "payloadTooLarge", "these runs have more than \(RunRoom.bytesMax) bytes: choose fewer")
    }
  }
}

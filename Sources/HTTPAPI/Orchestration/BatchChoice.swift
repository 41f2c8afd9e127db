import Platform
import Workflows

/// Which batches a list shows.
struct BatchChoice {
  private let uuids: [String]?
  private let statuses: Set<String>?
  private let workflows: Set<String>?
  private let release: String?
  /// Nothing can match.
  let isEmpty: Bool

  init(_ query: QueryParameters) {
    func list(_ name: String) -> [String]? {
      query[name].map { $0.split(separator: ",").map { $0.lowercased() } }
    }
    uuids = list("uuids")
    statuses = list("statuses").map(Set.init)
    workflows = list("workflowUuids").map(Set.init)
    release = query["releaseUuid"]?.lowercased()
    // No batch here was made by a run.
    isEmpty = ["parentBatchUuid", "parentRunUuid", "parentNodeUuid"].contains { query[$0] != nil }
  }

  var filter: WorkFilter {
    var filter = WorkFilter()
    filter.kind = .group
    filter.dialect = .orchestration
    filter.ids = uuids
    filter.limit = Limits.workListMax
    return filter
  }

  func takes(_ group: WorkGroup) -> Bool { statuses?.contains(OrchestrationBodies.status(group)) ?? true }

  func takes(_ origin: RunOrigin) -> Bool {
    if let workflows, !workflows.contains(origin.workflowUuid ?? "") { return false }
    return release.map { $0 == origin.releaseUuid } ?? true
  }
}

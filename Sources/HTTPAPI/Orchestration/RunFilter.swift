import PipelineModel
import Platform
import WireTypes
import Workflows

/// Which runs a call means, by the members of its body or the parameters of its query. Each narrows the choice; a list
/// without members takes nothing.
struct RunFilter {
  let batch: String?
  private let workflow: String?
  private let release: String?
  private let uuids: [String]?
  private let recordId: String?
  private let recordIds: Set<String>?
  private let statuses: Set<String>?
  /// As given; for a link.
  let json: JSONValue

  private static let texts = ["batchUuid", "workflowUuid", "releaseUuid", "recordId"]
  private static let lists = ["uuids", "ids", "statuses"]

  init(_ query: QueryParameters) throws(OrchestrationFailure) {
    var members = RunFilter.texts.compactMap { name in query[name].map { JSONMember(name, .string($0)) } }
    for name in RunFilter.lists {
      guard let text = query[name] else { continue }
      members.append(JSONMember(name, .array(text.split(separator: ",").map { .string(String($0)) })))
    }
    try self.init(.object(members))
  }

  init(_ json: JSONValue) throws(OrchestrationFailure) {
    func text(_ name: String) throws(OrchestrationFailure) -> String? {
      guard let value = json[name], !value.isNull else { return nil }
      guard let text = value.stringValue else { throw .invalid("'\(name)' must be a text, not \(value.kind)") }
      return text
    }
    func list(_ name: String) throws(OrchestrationFailure) -> [String]? {
      guard let value = json[name], !value.isNull else { return nil }
      let texts = value.elements?.compactMap(\.stringValue)
      guard let texts, texts.count == value.elements?.count, texts.count <= Limits.workListMax else {
        throw .invalid("'\(name)' must be a list of at most \(Limits.workListMax) texts")
      }
      return texts
    }
    batch = try text("batchUuid")
    workflow = try text("workflowUuid")?.lowercased()
    release = try text("releaseUuid")?.lowercased()
    uuids = try list("uuids")?.map { OrchestrationBodies.uuid($0.lowercased()) }
    recordId = try text("recordId")
    recordIds = try list("ids").map(Set.init)
    statuses = try list("statuses").map(Set.init)
    let names = Set(RunFilter.texts + RunFilter.lists)
    self.json = .object((json.members ?? []).filter { names.contains($0.name) && !$0.value.isNull })
  }

  /// It would take every run there is.
  var isEmpty: Bool { json.members?.isEmpty ?? true }

  /// Of these runs those that it takes, whatever batch and UUIDs it names.
  func selected(_ items: [WorkItem], _ origins: RunOrigins, anyStatus: Bool = false) async throws -> [WorkItem] {
    var selected: [WorkItem] = []
    for item in items where takesRecord(of: item) && (anyStatus || takesStatus(of: item)) {
      if workflow != nil || release != nil {
        let owner = try await origins.owner(of: item)
        if let workflow, workflow != owner.workflow { continue }
        if let release, release != owner.release { continue }
      }
      selected.append(item)
    }
    return selected
  }

  private func takesStatus(of item: WorkItem) -> Bool {
    statuses?.contains(OrchestrationBodies.status(item)) ?? true
  }

  private func takesRecord(of item: WorkItem) -> Bool {
    guard recordId != nil || recordIds != nil else { return true }
    guard let id = RunFilter.recordId(item) else { return false }
    return (recordId.map { $0 == id } ?? true) && (recordIds?.contains(id) ?? true)
  }

  // MARK: Looking them up

  /// Those of a batch by position, else newest first. `upTo`: more are not needed. Errors: 413 when there are too many
  /// to look at, or to hold.
  func runs(_ origins: RunOrigins, upTo: Int? = nil) async throws -> [WorkItem] {
    var parts = try await pages(origins, upTo: upTo)
    var runs: [WorkItem] = []
    var room = RunRoom()
    while let part = try await parts.next() {
      if !parts.isHeld { for item in part { try room.take(item) } }
      runs += part
      if let upTo, runs.count >= upTo { break }
    }
    return runs
  }

  /// What is not ended of them.
  func openRuns(_ origins: RunOrigins) async throws -> [WorkItem] {
    var parts = try await openPages(origins, anyStatus: false)
    var runs: [WorkItem] = []
    while let part = try await parts.next() { runs += part }
    return runs
  }

  /// The newest run of each record, newest first; of these then those of the statuses. A record is what a workflow's
  /// runs call by one `id`; runs without one are of none.
  func latest(_ origins: RunOrigins) async throws -> [WorkItem] {
    try await latest(of: try await pages(origins, anyStatus: true), origins)
  }

  /// The same of the runs that are not ended.
  func latestOpen(_ origins: RunOrigins) async throws -> [WorkItem] {
    try await latest(of: try await openPages(origins, anyStatus: true), origins)
  }

  private func latest(of pages: RunPages, _ origins: RunOrigins) async throws -> [WorkItem] {
    var parts = pages
    var newest: [String: WorkItem] = [:]
    var room = RunRoom()
    while let part = try await parts.next() {
      for item in part {
        guard let id = RunFilter.recordId(item) else { continue }
        let owner = try await origins.owner(of: item)
        let key = "\(owner.workflow ?? "")/\(id)"
        if let known = newest[key], RunFilter.precedes(known, item) { continue }
        if !parts.isHeld { try room.take(item) }
        newest[key] = item
      }
    }
    return newest.values.filter { takesStatus(of: $0) }.sorted(by: RunFilter.precedes)
  }

  func pages(_ origins: RunOrigins, upTo: Int? = nil, anyStatus: Bool = false) async throws -> RunPages {
    if let batch {
      return RunPages(self, origins, anyStatus: anyStatus, held: try await items(of: batch, origins))
    }
    var filter = WorkFilter()
    filter.dialect = .orchestration
    // What is no UUID is no run.
    filter.ids = uuids.map { $0.filter { WorkNames.uuid(of: $0) != nil } }
    // At once, so that nothing moves from one page to the next meanwhile.
    filter.limit = Limits.batchRunsMax + 1
    if let upTo, isPlain { filter.limit = min(filter.limit, upTo) }
    let ids = try await origins.place.service.list(filter)
    return RunPages(
      self, origins, anyStatus: anyStatus, ids: ids.prefix(Limits.batchRunsMax),
      isCut: ids.count > Limits.batchRunsMax)
  }

  /// It takes every run that a list of ids shows.
  private var isPlain: Bool {
    workflow == nil && release == nil && recordId == nil && recordIds == nil && statuses == nil
  }

  /// From memory, where everything is that is not ended.
  private func openPages(_ origins: RunOrigins, anyStatus: Bool) async throws -> RunPages {
    var items: [WorkItem]
    if let batch {
      items = try await self.items(of: batch, origins).filter { !$0.status.isWorked }
    } else {
      items = origins.place.service.openItems(.orchestration).sorted(by: RunFilter.precedes)
      if let uuids {
        let named = Set(uuids)
        items.removeAll { !named.contains($0.id) }
      }
    }
    return RunPages(self, origins, anyStatus: anyStatus, held: items)
  }

  private func items(of batch: String, _ origins: RunOrigins) async throws -> [WorkItem] {
    let service = origins.place.service
    let found = try await OrchestrationRoutes.group(batch, service)
    let items = try await service.items(of: found.id)
    guard let uuids else { return items }
    let named = Set(uuids)
    return items.filter { named.contains(OrchestrationBodies.uuid($0.id)) }
  }

  private static func precedes(_ left: WorkItem, _ right: WorkItem) -> Bool {
    (right.createdAt, left.id) < (left.createdAt, right.id)
  }

  static func recordId(_ item: WorkItem) -> String? { recordId(RunRecord.data(of: item)) }

  /// That of a model's record is its `_id`.
  static func recordId(_ data: JSONValue) -> String? { data["_id"]?.stringValue ?? data["id"]?.stringValue }
}

import AccessControl
import Hummingbird
import PipelineModel
import Platform
import WireTypes
import Workflows

/// `/v1/orchestration/runs`.
enum RunRoutes {
  static let create: Route.Handler = { call in
    let json = try await OrchestrationRoutes.body(call)
    let place = try await call.work()
    let choice = try await RunChoice(json, place.workflows)
    guard choice.workflow?.kind != .play else {
      throw OrchestrationFailure(
        400, "playNotCompatible", "the workflow is a play: its runs begin with a batch")
    }
    let id = WorkNames.random(.uuid, place.settings.random)
    let input = RunRecord.input(data: json["data"] ?? .emptyObject, from: choice.members)
    try call.take(records: 1)
    try await place.service.create([.item(id, .orchestration, input: input, at: place.service.clock.wall())])
    let item = try await item(id, place.service)
    let origin = try await place.workflows.graphs.origin(of: item, nil)
    return Answer.json([
      "run": OrchestrationBodies.run(item, origin, workspace: OrchestrationRoutes.workspace(call))
    ])
  }

  static let get: Route.Handler = { call in
    let place = try await call.work()
    let item = try await item(call.path("uuid"), place.service)
    return Answer.json(
      whole(item, try await RunOrigins(place).of(item), workspace: OrchestrationRoutes.workspace(call)))
  }

  static let find: Route.Finder = { call in
    _ = try await OrchestrationFailure.rethrown {
      try await item(call.path("uuid"), try await call.work().service)
    }
  }

  /// A run with what its nodes took and gave.
  static func whole(_ item: WorkItem, _ origin: RunOrigin, workspace: String) -> JSONValue {
    let executions = RunRecord.executions(of: item)
    return [
      "run": OrchestrationBodies.run(item, origin, workspace: workspace),
      "runContext": executions.runContext, "runComputedConfigs": executions.runComputedConfigs,
    ]
  }

  static let list: Route.Handler = { call in
    let (limit, offset) = try OrchestrationRoutes.page(call)
    let origins = RunOrigins(try await call.work())
    let items = try await RunFilter(call.query).runs(origins, upTo: offset + limit)
    var runs: [JSONValue] = []
    var bytes = 0
    for item in items.dropFirst(offset).prefix(limit) {
      let origin = try await origins.of(item)
      bytes += origin.known?.bytes ?? 0
      try OrchestrationRoutes.check(pageBytes: bytes)
      runs.append(OrchestrationBodies.run(item, origin, workspace: OrchestrationRoutes.workspace(call)))
    }
    return Answer.json(["runs": .array(runs)])
  }

  static let count: Route.Handler = { call in
    var parts = try await RunFilter(call.query).pages(RunOrigins(try await call.work()))
    var count = 0
    while let part = try await parts.next() { count += part.count }
    return Answer.json(["count": .integer(count)])
  }

  static let metrics: Route.Handler = { call in
    var parts = try await RunFilter(call.query).pages(RunOrigins(try await call.work()))
    var metrics = RunMetrics()
    while let part = try await parts.next() { add(part, to: &metrics) }
    return Answer.json(["runMetrics": metrics.json])
  }

  static func metrics(of items: [WorkItem]) -> JSONValue {
    var metrics = RunMetrics()
    add(items, to: &metrics)
    return metrics.json
  }

  private static func add(_ items: [WorkItem], to metrics: inout RunMetrics) {
    for item in items {
      for execution in RunRecord.executions(of: item) { metrics.add(execution) }
    }
  }

  /// Of those that are named, none when one is unknown, or else of all: what is open and the filter takes.
  static let cancel: Route.Handler = { call in
    let json = try await OrchestrationRoutes.body(call)
    let filter = try RunFilter(json)
    guard !filter.isEmpty else {
      throw OrchestrationFailure.invalid("'uuids' or another choice of runs is missing")
    }
    let place = try await call.work()
    let origins = RunOrigins(place)
    guard let uuids = json["uuids"]?.elements?.compactMap(\.stringValue) else {
      try await cancel(try await filter.openRuns(origins), place.service)
      return Answer.json(.emptyObject)
    }
    var items: [WorkItem] = []
    for uuid in uuids {
      let item = try await item(uuid, place.service)
      guard item.dialect == .orchestration else {
        throw OrchestrationFailure(
          409, "notCancellable", "'\(uuid)' belongs to the \(item.dialect.rawValue) dialect")
      }
      items.append(item)
    }
    if let batch = filter.batch {
      let group = try await OrchestrationRoutes.group(batch, place.service)
      items.removeAll { $0.group != group.id }
    }
    try await cancel(try await filter.selected(items, origins), place.service)
    return Answer.json(.emptyObject)
  }

  static func cancel(_ items: [WorkItem], _ service: WorkService) async throws {
    let ids = items.filter { $0.dialect == .orchestration && !$0.status.isWorked }.map(\.id)
    try await service.update(items: ids) { item in
      switch item.status {
      case .pending, .batched: [.init(.cancelled)]
      case .processing: [.init(.cancelling)]
      default: []
      }
    }
  }

  /// An item of any dialect.
  private static func item(_ id: String, _ service: WorkService) async throws -> WorkItem {
    guard WorkNames.uuid(of: id) != nil else {
      throw OrchestrationFailure(400, "invalidUuid", "'\(id)' is not a UUID")
    }
    if case .item(let item) = try await service.find(id) { return item }
    throw OrchestrationFailure(404, "runNotFound", "there is no run '\(id)'")
  }
}

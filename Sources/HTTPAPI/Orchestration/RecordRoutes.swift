import AccessControl
import Hummingbird
import PipelineModel
import WireTypes
import Workflows

/// `/v1/orchestration/records`: the newest run of each record of a workflow.
enum RecordRoutes {
  static let list: Route.Handler = { call in
    let (limit, offset) = try OrchestrationRoutes.page(call)
    let origins = RunOrigins(try await call.work())
    let items = try await RunFilter(call.query).latest(origins)
    var records: [JSONValue] = []
    var bytes = 0
    for item in items.dropFirst(offset).prefix(limit) {
      let origin = try await origins.of(item)
      bytes += origin.known?.bytes ?? 0
      try OrchestrationRoutes.check(pageBytes: bytes)
      records.append(
        OrchestrationBodies.record(item, origin, workspace: OrchestrationRoutes.workspace(call)))
    }
    return Answer.json(["records": .array(records)])
  }

  static let count: Route.Handler = { call in
    let items = try await RunFilter(call.query).latest(RunOrigins(try await call.work()))
    return Answer.json(["count": .integer(items.count)])
  }

  static let metrics: Route.Handler = { call in
    let items = try await RunFilter(call.query).latest(RunOrigins(try await call.work()))
    return Answer.json(["recordMetrics": RunRoutes.metrics(of: items)])
  }

  /// The newest open run of each: what is open of a record may be older than its newest run.
  static let cancel: Route.Handler = { call in
    let filter = try RunFilter(try await OrchestrationRoutes.body(call))
    guard !filter.isEmpty else {
      throw OrchestrationFailure.invalid("'ids' or another choice of records is missing")
    }
    let place = try await call.work()
    try await RunRoutes.cancel(try await filter.latestOpen(RunOrigins(place)), place.service)
    return Answer.json(.emptyObject)
  }
}

import AccessControl
import Hummingbird
import PipelineModel
import WireTypes
import Workflows

/// `/v1/orchestration/releases`: the draft of a workflow, and what was frozen of it.
enum ReleaseRoutes {
  static let get: Route.Handler = { call in
    let place = try await call.work()
    var bodies = bodies(place, call)
    return Answer.json(["release": try await bodies.release(try await release(call.path("uuid"), place))])
  }

  /// Newest first: of one workflow, or of all.
  static let list: Route.Handler = { call in
    let (limit, offset) = try OrchestrationRoutes.page(call)
    let place = try await call.work()
    let releases: [WorkflowRelease]
    if let uuid = call.query["workflowUuid"] {
      let workflow = try await WorkflowRoutes.workflow(uuid, place)
      releases = Array(workflow.releases.reversed().dropFirst(offset).prefix(limit))
    } else {
      releases = try await place.workflows.releases(limit: limit, offset: offset)
    }
    var bodies = bodies(place, call)
    var shown: [JSONValue] = []
    for release in releases { shown.append(try await bodies.release(release)) }
    return Answer.json(["releases": .array(shown)])
  }

  static let draft: Route.Handler = { call in
    guard let uuid = call.query["workflowUuid"] else {
      throw OrchestrationFailure.invalid("'workflowUuid' is missing")
    }
    let place = try await call.work()
    var bodies = bodies(place, call)
    return Answer.json(["release": try await bodies.draft(try await WorkflowRoutes.workflow(uuid, place))])
  }

  static let updateDraft: Route.Handler = { call in
    let json = try await OrchestrationRoutes.body(call)
    let uuid = try workflowUuid(json)
    guard let nodes = try WorkflowRoutes.nodes(json) else {
      throw OrchestrationFailure(400, "nodesNotFound", "'nodes' is missing: what the draft shall be")
    }
    let place = try await call.work()
    try call.take(records: 1)
    let workflow = try await place.workflows.update(draftOf: uuid, nodes: nodes)
    var bodies = bodies(place, call)
    return Answer.json(["release": try await bodies.draft(workflow)])
  }

  static let deployDraft: Route.Handler = { call in
    let json = try await OrchestrationRoutes.body(call)
    let uuid = try workflowUuid(json)
    let version = try version(json)
    let description = try WorkflowRoutes.description(json)
    let nodes = try WorkflowRoutes.nodes(json)
    let place = try await call.work()
    try call.take(records: 1)
    let release = try await place.workflows.deploy(
      draftOf: uuid, nodes: nodes, version: version, description: description)
    var bodies = bodies(place, call)
    return Answer.json(["release": try await bodies.release(release)])
  }

  static let find: Route.Finder = { call in
    _ = try await OrchestrationFailure.rethrown { try await release(call.path("uuid"), try await call.work()) }
  }

  private static func release(_ uuid: String, _ place: WorkPlace) async throws -> WorkflowRelease {
    try await place.workflows.release(try OrchestrationRoutes.uuid(uuid))
  }

  private static func bodies(_ place: WorkPlace, _ call: APICall) -> WorkflowBodies {
    WorkflowBodies(workspace: OrchestrationRoutes.workspace(call), place: place)
  }

  // MARK: Parts of requests

  private static func workflowUuid(_ json: JSONValue) throws(OrchestrationFailure) -> String {
    guard let uuid = json["workflowUuid"]?.stringValue else { throw .invalid("'workflowUuid' is missing") }
    for name in ["formFields", "testRecords", "options"] {
      guard let value = json[name], !value.isNull, value != [], value != .emptyObject else { continue }
      throw .invalid("'\(name)' is not supported")
    }
    return try OrchestrationRoutes.uuid(uuid)
  }

  private static func version(_ json: JSONValue) throws(OrchestrationFailure) -> String? {
    guard let value = json["version"], !value.isNull else { return nil }
    guard let text = value.stringValue, (1...64).contains(text.utf8.count) else {
      throw .invalid("'version' must be a text of 1 to 64 bytes")
    }
    return text
  }
}

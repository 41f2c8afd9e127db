import AccessControl
import Hummingbird
import PipelineModel
import Platform
import WireTypes
import Workflows

/// `/v1/orchestration/workflows`.
enum WorkflowRoutes {
  static let create: Route.Handler = { call in
    let json = try await OrchestrationRoutes.body(call)
    let wish = try wish(json)
    let place = try await call.work()
    try call.take(records: 1)
    let workflow = try await place.workflows.make(wish)
    return try await answer(workflow, place, call)
  }

  static let get: Route.Handler = { call in
    let place = try await call.work()
    return try await answer(try await workflow(call.path("uuid"), place), place, call)
  }

  static let list: Route.Handler = { call in
    let (limit, offset) = try OrchestrationRoutes.page(call)
    let place = try await call.work()
    var bodies = WorkflowBodies(
      workspace: OrchestrationRoutes.workspace(call), graphs: place.workflows.graphs)
    var workflows: [JSONValue] = []
    for workflow in try await place.workflows.workflows(limit: limit, offset: offset) {
      workflows.append(try await bodies.workflow(workflow))
    }
    return Answer.json(["workflows": .array(workflows)])
  }

  static let find: Route.Finder = { call in
    _ = try await OrchestrationFailure.rethrown { try await workflow(call.path("uuid"), try await call.work()) }
  }

  static func workflow(_ uuid: String, _ place: WorkPlace) async throws -> Workflow {
    try await place.workflows.workflow(try OrchestrationRoutes.uuid(uuid))
  }

  private static func answer(
    _ workflow: Workflow, _ place: WorkPlace, _ call: APICall
  ) async throws -> Response {
    var bodies = WorkflowBodies(
      workspace: OrchestrationRoutes.workspace(call), graphs: place.workflows.graphs)
    return Answer.json(["workflow": try await bodies.workflow(workflow)])
  }

  // MARK: Parts of requests

  private static let known: Set<String> = ["name", "kind", "description", "healthThreshold", "nodes"]

  private static func wish(_ json: JSONValue) throws(OrchestrationFailure) -> WorkflowBook.Wish {
    guard let name = json["name"]?.stringValue, (1...255).contains(name.utf8.count) else {
      throw .invalid("'name' must be a text of 1 to 255 bytes")
    }
    guard let kind = json["kind"]?.stringValue.flatMap(Workflow.Kind.init) else {
      throw .invalid("'kind' must be play or tool")
    }
    for member in json.members ?? [] where !known.contains(member.name) && !member.value.isNull {
      throw .invalid(
        "'\(member.name)' is not supported: a workflow has \(known.sorted().joined(separator: ", "))")
    }
    var wish = WorkflowBook.Wish(name: name, kind: kind)
    wish.description = try description(json)
    wish.healthThreshold = try OrchestrationRoutes.healthThreshold(json)
    wish.nodes = try nodes(json)
    return wish
  }

  static func description(_ json: JSONValue) throws(OrchestrationFailure) -> String? {
    guard let value = json["description"], !value.isNull else { return nil }
    guard let text = value.stringValue, text.utf8.count <= 10_000 else {
      throw .invalid("'description' must be a text of at most 10000 bytes")
    }
    return text
  }

  /// Nodes of a draft: a list, whatever is in it.
  static func nodes(_ json: JSONValue) throws(OrchestrationFailure) -> JSONValue? {
    guard let nodes = json["nodes"], !nodes.isNull else { return nil }
    guard nodes.elements != nil else { throw .invalid("'nodes' must be a list, not \(nodes.kind)") }
    guard nodes.encodedBytes.count <= Limits.graphBytesMax else {
      throw OrchestrationFailure(
        413, "payloadTooLarge", "a graph has at most \(Limits.graphBytesMax) bytes")
    }
    return nodes
  }
}

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
    if let segment = wish.settings.play.segment { _ = try await place.segments.segment(segment) }
    let workflow = try await place.workflows.make(wish)
    if workflow.play.schedule != nil { place.playsChanged() }
    return try await answer(workflow, place, call)
  }

  /// Changes what the body names; null makes a member what it is in a new workflow.
  static let update: Route.Handler = { call in
    let json = try await OrchestrationRoutes.body(call)
    let uuid = try OrchestrationRoutes.uuid(call.path("uuid"))
    let place = try await call.work()
    _ = try await place.workflows.workflow(uuid)
    if let text = json["segmentUuid"]?.stringValue {
      _ = try await place.segments.segment(try OrchestrationRoutes.uuid(text))
    }
    try call.take(records: 1)
    let workflow = try await place.workflows.change(uuid) { workflow in
      try settings(json, of: workflow.kind, over: workflow.settings)
    }
    place.playsChanged()
    return try await answer(workflow, place, call)
  }

  static let get: Route.Handler = { call in
    let place = try await call.work()
    return try await answer(try await workflow(call.path("uuid"), place), place, call)
  }

  static let list: Route.Handler = { call in
    let (limit, offset) = try OrchestrationRoutes.page(call)
    let place = try await call.work()
    var bodies = WorkflowBodies(workspace: OrchestrationRoutes.workspace(call), place: place)
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
    var bodies = WorkflowBodies(workspace: OrchestrationRoutes.workspace(call), place: place)
    return Answer.json(["workflow": try await bodies.workflow(workflow)])
  }

  // MARK: Parts of requests

  private static let known: Set<String> = ["name", "description", "healthThreshold"]
  private static let ofPlays: Set<String> = ["segmentUuid", "changeKinds", "runCreationRule", "schedule", "isEnabled"]

  private static func wish(_ json: JSONValue) throws(OrchestrationFailure) -> WorkflowBook.Wish {
    guard let kind = json["kind"]?.stringValue.flatMap(Workflow.Kind.init) else {
      throw .invalid("'kind' must be play or tool")
    }
    let members = JSONValue.object((json.members ?? []).filter { $0.name != "kind" && $0.name != "nodes" })
    var wish = WorkflowBook.Wish(try settings(members, of: kind, over: nil), kind: kind)
    wish.nodes = try nodes(json)
    return wish
  }

  private static func settings(
    _ json: JSONValue, of kind: Workflow.Kind, over former: Workflow.Settings?
  ) throws(OrchestrationFailure) -> Workflow.Settings {
    let names = kind == .play ? known.union(ofPlays) : known
    for member in json.members ?? [] where !names.contains(member.name) && !member.value.isNull {
      throw .invalid(
        "'\(member.name)' is not supported: a \(kind.rawValue) has \(names.sorted().joined(separator: ", "))")
    }
    guard let name = json["name"].map({ $0.stringValue }) ?? former?.name, (1...255).contains(name.utf8.count)
    else { throw .invalid("'name' must be a text of 1 to 255 bytes") }
    var settings = former ?? Workflow.Settings(name: name)
    settings.name = name
    if json["description"] != nil { settings.description = try description(json) }
    if json["healthThreshold"] != nil { settings.healthThreshold = try OrchestrationRoutes.healthThreshold(json) }
    try play(json, &settings.play)
    return settings
  }

  private static func play(_ json: JSONValue, _ play: inout PlaySettings) throws(OrchestrationFailure) {
    let fresh = PlaySettings()
    if let value = json["segmentUuid"] {
      guard value.isNull || value.stringValue != nil else { throw .invalid("'segmentUuid' must be a text") }
      play.segment = nil
      if let text = value.stringValue { play.segment = try OrchestrationRoutes.uuid(text) }
    }
    if let value = json["changeKinds"] {
      let kinds = value.elements?.compactMap(\.stringValue).compactMap(ChangeKind.init) ?? []
      guard value.isNull || (!kinds.isEmpty && kinds.count == value.elements?.count) else {
        throw .invalid("'changeKinds' must be a list of added, updated and removed")
      }
      play.kinds = value.isNull ? fresh.kinds : Set(kinds)
    }
    if let value = json["runCreationRule"] {
      let rule = value.stringValue.flatMap(RunCreationRule.init)
      guard value.isNull || rule != nil else { throw .invalid("'runCreationRule' must be always or noConcurrency") }
      play.rule = rule ?? fresh.rule
    }
    if let value = json["schedule"] {
      play.schedule = PlaySchedule(value)
      guard value.isNull || play.schedule != nil else {
        throw .invalid(
          "'schedule' must be {type: cron, cron: five fields, in UTC} or {type: interval, seconds: 1 to "
            + "\(PlaySchedule.intervalSecondsMax)}")
      }
    }
    if let value = json["isEnabled"] {
      guard value.isNull || value.boolValue != nil else { throw .invalid("'isEnabled' must be true or false") }
      play.isEnabled = value.boolValue ?? fresh.isEnabled
    }
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

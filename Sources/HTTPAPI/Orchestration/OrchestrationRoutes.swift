import AccessControl
import Hummingbird
import PipelineModel
import Platform
import WireTypes
import Workflows

/// `/v1/orchestration/batches` and `/nodes`.
enum OrchestrationRoutes {
  static let create: Route.Handler = { call in
    let json = try await body(call)
    let threshold = try healthThreshold(json)
    let webhook = try WebhookWish(json).kept(call)
    let place = try await call.work()
    var batch = NewBatch(
      choice: try await RunChoice(json, place.workflows), place: place, directory: call.directory)
    batch.healthThreshold = threshold
    batch.webhook = webhook
    // Its bytes were counted with the body.
    batch.admit = { runs, _ in try call.take(records: runs) }
    return try await answer(try await batch.make(json), items: [], place, call)
  }

  static let get: Route.Handler = { call in
    let place = try await call.work()
    let found = try await group(call.path("uuid"), place.service)
    let (shown, items) = try await place.service.whole(found.id) ?? (found, [])
    return try await answer(shown, items: items, place, call)
  }

  private static func answer(
    _ group: WorkGroup, items: [WorkItem], _ place: WorkPlace, _ call: APICall
  ) async throws -> Response {
    let origin = try await place.workflows.graphs.origin(of: group)
    return Answer.json([
      "batch": OrchestrationBodies.batch(group, items: items, origin, workspace: workspace(call))
    ])
  }

  static let find: Route.Finder = { call in
    _ = try await OrchestrationFailure.rethrown {
      try await group(call.path("uuid"), try await call.work().service)
    }
  }

  static let list: Route.Handler = { call in
    let (limit, offset) = try page(call)
    let place = try await call.work()
    let choice = BatchChoice(call.query)
    if choice.isEmpty { return Answer.json(["batches": []]) }
    var batches: [JSONValue] = []
    var (passed, bytes) = (0, 0)
    for id in try await place.service.list(choice.filter) where batches.count < limit {
      guard let group = try await place.service.group(id), choice.takes(group) else { continue }
      let origin = try await place.workflows.graphs.origin(of: group)
      guard choice.takes(origin) else { continue }
      passed += 1
      guard passed > offset else { continue }
      bytes += origin.known?.bytes ?? 0
      try check(pageBytes: bytes)
      let items = try await place.service.items(of: id)
      batches.append(OrchestrationBodies.batch(group, items: items, origin, workspace: workspace(call)))
    }
    return Answer.json(["batches": .array(batches)])
  }

  static let preview: Route.Handler = { call in
    let json = try await body(call)
    let place = try await call.work()
    var workflow: Workflow?
    if let uuid = json["workflowUuid"], !uuid.isNull {
      guard let text = uuid.stringValue else { throw OrchestrationFailure.invalid("'workflowUuid' must be a text") }
      workflow = try await WorkflowRoutes.workflow(text, place)
    }
    var source = BatchData.Source(workflow: workflow, place: place, directory: call.directory)
    guard BatchData.isRead(json) else { return previewed(try await BatchData(json, from: source, isPreview: true)) }
    return try await BatchMemory(place).holdForText { textMax in
      source.textMax = textMax
      return previewed(try await BatchData(json, from: source, isPreview: true))
    }
  }

  private static func previewed(_ data: BatchData) -> Response {
    Answer.json([
      "outcome": "previewed", "count": .integer(data.count),
      "records": .array(Array(data.records.prefix(BatchData.previewMax))),
    ])
  }

  static let cancel: Route.Handler = { call in
    let service = try await call.work().service
    let group = try await group(call.path("uuid"), service)
    guard group.dialect == .orchestration else {
      throw OrchestrationFailure(
        409, "notCancellable",
        "the batch belongs to the \(group.dialect.rawValue) dialect and is controlled there")
    }
    guard !group.status.isEnded else {
      throw OrchestrationFailure(
        409, "batchAlreadyFinished",
        "the batch is \(OrchestrationBodies.status(group)) and cannot be cancelled")
    }
    try await service.update(group: group.id) { $0.status == .cancelling ? [] : [.init(.cancelling)] }
    return Answer.json(.emptyObject)
  }

  /// Tells of the end once more: new attempts with counters of their own, under the same id.
  static let retryWebhook: Route.Handler = { call in
    let service = try await call.work().service
    let group = try await group(call.path("uuid"), service)
    switch try await BatchCommands.retryWebhook(group.id, service) {
    case .done: return Answer.json(.emptyObject)
    case .none: throw OrchestrationFailure(409, "noWebhook", "the batch has no webhook")
    case .notEnded:
      throw OrchestrationFailure(409, "batchNotFinished", "the batch has not ended: its webhook is owed then")
    case .underway:
      throw OrchestrationFailure(409, "webhookUnderWay", "the webhook is being tried: ask again after that")
    }
  }

  static let validate: Route.Handler = { call in
    let json = try await body(call)
    guard let nodes = json["nodes"] else { throw OrchestrationFailure.invalid("'nodes' is missing") }
    return Answer.json(GraphValidation.validate(nodes).json)
  }

  static let diagram: Route.Handler = { call in
    let json = try await body(call)
    guard let nodes = json["nodes"] else { throw OrchestrationFailure.invalid("'nodes' is missing") }
    let verdict = GraphValidation.validate(nodes)
    guard let graph = verdict.graph else { return Answer.json(verdict.json, status: .badRequest) }
    return Answer.json(GraphDiagram(graph).json)
  }
}

// MARK: Parts of requests

extension OrchestrationRoutes {
  static func workspace(_ call: APICall) -> String { "\(call.principal.project)" }

  static func body(_ call: APICall) async throws -> JSONValue {
    let json = try await call.json()
    guard json.members != nil else {
      throw OrchestrationFailure.invalid("the body must be an object, not \(json.kind)")
    }
    return json
  }

  static func healthThreshold(_ json: JSONValue) throws(OrchestrationFailure) -> Double? {
    guard let value = json["healthThreshold"], !value.isNull else { return nil }
    guard let threshold = value.doubleValue, (0...100).contains(threshold) else {
      throw .invalid("'healthThreshold' must be from 0 to 100")
    }
    return threshold
  }

  /// In the form in which ids are kept.
  static func uuid(_ text: String) throws(OrchestrationFailure) -> String {
    guard WorkNames.uuid(of: text) != nil, text.utf8.count == 36 else {
      throw OrchestrationFailure(400, "invalidUuid", "'\(text)' is not a UUID")
    }
    return text.lowercased()
  }

  /// Refuses a page whose graphs would take too much room.
  static func check(pageBytes bytes: Int) throws(OrchestrationFailure) {
    guard bytes > Limits.workPageBytesMax else { return }
    throw .invalid(
      "the graphs of this page have more than \(Limits.workPageBytesMax) bytes: ask for a smaller 'limit'")
  }

  /// A group of any dialect.
  static func group(_ id: String, _ service: WorkService) async throws -> WorkGroup {
    guard WorkNames.uuid(of: id) != nil else {
      throw OrchestrationFailure(400, "invalidUuid", "'\(id)' is not a UUID")
    }
    if case .group(let group) = try await service.find(id) { return group }
    throw OrchestrationFailure(404, "batchNotFound", "there is no batch '\(id)'")
  }

  static func page(_ call: APICall) throws -> (limit: Int, offset: Int) {
    func number(_ name: String, _ standard: Int, _ range: ClosedRange<Int>) throws(OrchestrationFailure)
      -> Int
    {
      guard let text = call.query[name] else { return standard }
      guard let number = Int(text), range.contains(number) else {
        throw OrchestrationFailure.invalid("'\(name)' must be \(range.lowerBound) to \(range.upperBound)")
      }
      return number
    }
    return (try number("limit", 50, 1...1000), try number("offset", 0, 0...Limits.workListMax))
  }
}

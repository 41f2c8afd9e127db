import AccessControl
import Hummingbird
import PipelineModel
import Platform
import WireTypes
import Workflows

/// `/v1/segmentation/segments`: stored choices of records, for the batches of plays.
enum SegmentRoutes {
  static let create: Route.Handler = { call in
    let json = try await OrchestrationRoutes.body(call)
    let content = try content(json, over: nil)
    try await check(content, call)
    let place = try await call.work()
    try call.take(records: 1)
    return answer(try await place.segments.make(content), call)
  }

  static let get: Route.Handler = { call in answer(try await segment(call), call) }

  static let list: Route.Handler = { call in
    let (limit, offset) = try OrchestrationRoutes.page(call)
    let segments = try await call.work().segments.segments(limit: limit, offset: offset)
    return Answer.json(["segments": .array(segments.map { body($0, call) })])
  }

  /// Changes what the body names; null takes an optional member away.
  static let update: Route.Handler = { call in
    let json = try await OrchestrationRoutes.body(call)
    let uuid = try OrchestrationRoutes.uuid(call.path("uuid"))
    let book = try await call.work().segments
    _ = try await book.segment(uuid)
    try call.take(records: 1)
    let segment = try await book.change(uuid) { former in
      let content = try SegmentRoutes.content(json, over: former)
      try await check(content, call)
      return content
    }
    return answer(segment, call)
  }

  static let delete: Route.Handler = { call in
    let uuid = try OrchestrationRoutes.uuid(call.path("uuid"))
    try await call.work().segments.delete(uuid)
    return Answer.json(.emptyObject)
  }

  static let find: Route.Finder = { call in
    _ = try await OrchestrationFailure.rethrown { try await segment(call) }
  }

  private static func segment(_ call: APICall) async throws -> Segment {
    let uuid = try OrchestrationRoutes.uuid(call.path("uuid"))
    return try await call.work().segments.segment(uuid)
  }

  private static func answer(_ segment: Segment, _ call: APICall) -> Response {
    Answer.json(["segment": body(segment, call)])
  }

  private static func body(_ segment: Segment, _ call: APICall) -> JSONValue {
    let content = segment.content
    return [
      "uuid": .string(segment.uuid), "workspaceUuid": .string(OrchestrationRoutes.workspace(call)),
      "name": .string(content.name), "modelUuid": .string(content.model), "filter": content.filter,
      "trackingColumnSlugs": content.trackedColumns.map { .array($0.map { .string($0) }) } ?? .null,
      "createdAt": .string(segment.createdAt.rfc3339), "updatedAt": .string(segment.updatedAt.rfc3339),
    ]
  }

  // MARK: Parts of requests

  private static let known: Set<String> = ["name", "modelUuid", "filter", "trackingColumnSlugs"]
  private static let filterBytesMax = 256 << 10

  private static func content(
    _ json: JSONValue, over former: Segment.Content?
  ) throws(OrchestrationFailure) -> Segment.Content {
    for member in json.members ?? [] where !known.contains(member.name) && !member.value.isNull {
      throw .invalid("'\(member.name)' is not supported: a segment has \(known.sorted().joined(separator: ", "))")
    }
    func text(_ name: String, _ former: String?) throws(OrchestrationFailure) -> String {
      guard let value = json[name] ?? former.map({ JSONValue.string($0) }), let text = value.stringValue,
        (1...255).contains(text.utf8.count)
      else { throw .invalid("'\(name)' must be a text of 1 to 255 bytes") }
      return text
    }
    guard let filter = json["filter"] ?? former?.filter, filter.members != nil,
      filter.encodedBytes.count <= filterBytesMax
    else { throw .invalid("'filter' must be {conjonction, groups} of at most \(filterBytesMax) bytes") }
    var content = Segment.Content(
      name: try text("name", former?.name), model: try text("modelUuid", former?.model), filter: filter,
      trackedColumns: former?.trackedColumns)
    if let value = json["trackingColumnSlugs"] {
      content.trackedColumns = value.elements?.compactMap(\.stringValue)
      guard value.isNull || (value.elements?.count ?? 0) == content.trackedColumns?.count else {
        throw .invalid("'trackingColumnSlugs' must be a list of columns")
      }
    }
    return content
  }

  /// The model is there and knows what the segment names.
  private static func check(_ content: Segment.Content, _ call: APICall) async throws {
    let model = try await ProjectModel.find(content.model, call.directory)
    _ = try ModelFilter(content.filter, of: model, now: call.environment.clock.wall())
    for column in content.trackedColumns ?? [] { _ = try model.column(column) }
  }
}

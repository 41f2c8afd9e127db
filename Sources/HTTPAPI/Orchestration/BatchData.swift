import PipelineModel
import PipelineRuntime
import Platform
import WireTypes
import Workflows

/// What a batch runs over.
struct BatchData {
  let kind: String
  let records: [JSONValue]
  /// Of all records; a preview has only the first of them.
  let count: Int
  /// What makes a batch of changes, nil for the other kinds.
  let changes: ChangeData?

  /// As batches show it.
  let shown: JSONValue

  static let previewMax = 10

  /// Who asks for it, and where it lies.
  struct Source {
    let workflow: Workflow?
    let place: WorkPlace
    let directory: any PipelineDirectory
    var changesMax = Limits.batchRunsMax
    /// JSON that its records may have; nil: as much as a batch may have.
    var textMax: Int?
  }

  /// Its records are read from somewhere, and did not come with the request.
  static func isRead(_ json: JSONValue) -> Bool { json["data"]?["kind"] != "records" }

  private static let kinds: [Workflow.Kind: [String]] = [
    .play: ["segment", "change", "filter", "recordIds"], .tool: ["file", "records"],
  ]

  /// Plays choose records of a model, all else brings its own.
  init(_ json: JSONValue, from source: Source, isPreview: Bool = false) async throws {
    guard let data = json["data"], let kind = data["kind"]?.stringValue else {
      throw OrchestrationFailure(400, "invalidDataKind", "'data.kind' is missing: \(BatchData.own(source))")
    }
    guard let owner = Workflow.Kind.allCases.first(where: { BatchData.kinds[$0]?.contains(kind) ?? false }) else {
      throw OrchestrationFailure(400, "invalidDataKind", "there is no data kind '\(kind)'")
    }
    guard owner == source.workflow?.kind ?? .tool else {
      let whose = source.workflow.map { "of a \($0.kind.rawValue)" } ?? "without a workflow"
      throw OrchestrationFailure(
        400, "invalidDataKind",
        "a batch \(whose) does not take data of kind '\(kind)': send \(BatchData.own(source))")
    }
    self.kind = kind
    let names = ["kind", "modelUuid", "filter", "limit", "segmentUuid", "s3Filename"]
    shown = .object((data.members ?? []).filter { names.contains($0.name) })
    var changes: ChangeData?
    switch kind {
    case "filter", "segment":
      (records, count) = try await BatchData.chosen(data, kind, source, isPreview: isPreview)
    case "change":
      guard let workflow = source.workflow else { throw OrchestrationFailure.invalid("'workflowUuid' is missing") }
      let found = try await ChangeData(of: workflow, source)
      (records, count, changes) = (found.records, found.records.count, found)
    case "recordIds":
      records = try await BatchData.named(data, source)
      count = records.count
    case "file":
      guard let name = data["s3Filename"]?.stringValue else {
        throw OrchestrationFailure.invalid("'data.s3Filename' is missing: what the upload has answered")
      }
      records = try await BatchData.file(name, source)
      count = records.count
    default:
      records = try BatchData.list(data["records"], "records")
      count = records.count
    }
    self.changes = changes
  }

  /// Kinds that this asker may send.
  private static func own(_ source: Source) -> String {
    (kinds[source.workflow?.kind ?? .tool] ?? []).joined(separator: ", ")
  }

  private static func file(_ name: String, _ source: Source) async throws -> [JSONValue] {
    // One of a former release does not tell its size.
    if let textMax = source.textMax, try await source.place.files.bytes(of: name) ?? .max > textMax {
      throw OrchestrationFailure(413, "payloadTooLarge", "the file has more than \(textMax) bytes")
    }
    return try await source.place.files.records(name)
  }

  private static func named(_ data: JSONValue, _ source: Source) async throws -> [JSONValue] {
    var ids: [String] = []
    for id in try list(data["ids"] ?? data["recordIds"], "ids") {
      guard let text = id.stringValue else { throw OrchestrationFailure.invalid("record ids must be strings") }
      ids.append(text)
    }
    guard let model = try await model(data, source.directory) else { return ids.map { ["id": .string($0)] } }
    return try await model.records(ids, bytesMax: source.textMax, source.directory)
  }

  private static func model(
    _ data: JSONValue, _ directory: any PipelineDirectory
  ) async throws -> ProjectModel? {
    guard let value = data["modelUuid"], !value.isNull else { return nil }
    guard let text = value.stringValue else { throw OrchestrationFailure.invalid("'data.modelUuid' must be a text") }
    return try await ProjectModel.find(text, directory)
  }

  private static func chosen(
    _ data: JSONValue, _ kind: String, _ source: Source, isPreview: Bool
  ) async throws -> (records: [JSONValue], count: Int) {
    let choice: ModelChoice
    var limit: Int?
    let now = source.place.service.clock.wall()
    if kind == "segment" {
      guard let uuid = data["segmentUuid"]?.stringValue else {
        throw OrchestrationFailure.invalid("'data.segmentUuid' is missing")
      }
      let segment = try await source.place.segments.segment(try OrchestrationRoutes.uuid(uuid))
      choice = try await ModelChoice(segment, source.directory, now: now)
    } else {
      guard let model = try await model(data, source.directory) else {
        throw OrchestrationFailure.invalid("'data.modelUuid' is missing: a model, as 'pipeline.view' or its UUID")
      }
      choice = try ModelChoice(filter: data["filter"], of: model, now: now)
      limit = try self.limit(data)
    }
    guard isPreview else {
      let records = try await choice.records(limit: limit, bytesMax: source.textMax, source.directory)
      return (records, records.count)
    }
    let count = try await choice.count(limit: limit, source.directory)
    return (try await choice.records(limit: min(limit ?? .max, previewMax), source.directory), count)
  }

  private static func limit(_ data: JSONValue) throws(OrchestrationFailure) -> Int? {
    guard let value = data["limit"], !value.isNull else { return nil }
    guard let number = value.integerValue, (1...Int64(Limits.batchRunsMax)).contains(number) else {
      throw .invalid("'data.limit' must be from 1 to \(Limits.batchRunsMax)")
    }
    return Int(number)
  }

  private static func list(_ value: JSONValue?, _ name: String) throws(OrchestrationFailure) -> [JSONValue] {
    guard let elements = value?.elements else { throw .invalid("'data' must have a list of \(name)") }
    guard elements.count <= Limits.batchRunsMax else {
      throw OrchestrationFailure(413, "payloadTooLarge", "a batch has at most \(Limits.batchRunsMax) records")
    }
    return elements
  }
}

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

  /// As batches show it.
  let shown: JSONValue

  static let previewMax = 10

  /// Plays choose records of a model, all else brings its own.
  init(
    _ json: JSONValue, for workflow: Workflow?, _ directory: any PipelineDirectory, isPreview: Bool = false
  ) async throws {
    guard let data = json["data"], let kind = data["kind"]?.stringValue else {
      throw OrchestrationFailure(400, "invalidDataKind", "'data.kind' is missing: \(BatchData.kinds(workflow))")
    }
    guard ["segment", "change", "filter", "recordIds", "file", "records"].contains(kind) else {
      throw OrchestrationFailure(400, "invalidDataKind", "there is no data kind '\(kind)'")
    }
    guard BatchData.isPlay(kind) == (workflow?.kind == .play) else {
      let whose = workflow.map { "of a \($0.kind.rawValue)" } ?? "without a workflow"
      throw OrchestrationFailure(
        400, "invalidDataKind",
        "a batch \(whose) does not take data of kind '\(kind)': send \(BatchData.kinds(workflow))")
    }
    self.kind = kind
    let names = ["kind", "modelUuid", "filter", "limit"]
    shown = .object((data.members ?? []).filter { names.contains($0.name) })
    if kind == "filter" {
      let found = try await BatchData.filtered(data, directory, isPreview: isPreview)
      records = found.records
      count = found.count
    } else {
      records = try await BatchData.given(data, kind, workflow, directory)
      count = records.count
    }
  }

  private static func given(
    _ data: JSONValue, _ kind: String, _ workflow: Workflow?, _ directory: any PipelineDirectory
  ) async throws -> [JSONValue] {
    switch kind {
    case "records": return try list(data["records"], "records")
    case "recordIds":
      var ids: [String] = []
      for id in try list(data["ids"] ?? data["recordIds"], "ids") {
        guard let text = id.stringValue else { throw OrchestrationFailure.invalid("record ids must be strings") }
        ids.append(text)
      }
      guard let model = try await model(data, directory) else { return ids.map { ["id": .string($0)] } }
      return try await model.records(ids, directory)
    default:
      throw OrchestrationFailure(
        400, "invalidDataKind", "data of kind '\(kind)' is not here: send \(kinds(workflow))")
    }
  }

  private static func model(
    _ data: JSONValue, _ directory: any PipelineDirectory
  ) async throws -> ProjectModel? {
    guard let value = data["modelUuid"], !value.isNull else { return nil }
    guard let text = value.stringValue else { throw OrchestrationFailure.invalid("'data.modelUuid' must be a text") }
    return try await ProjectModel.find(text, directory)
  }

  private static func filtered(
    _ data: JSONValue, _ directory: any PipelineDirectory, isPreview: Bool
  ) async throws -> (records: [JSONValue], count: Int) {
    guard let source = try await model(data, directory) else {
      throw OrchestrationFailure.invalid("'data.modelUuid' is missing: a model, as 'pipeline.view' or its UUID")
    }
    let filter = try ModelFilter(data["filter"], of: source)
    var limit = Limits.batchRunsMax + 1
    if let value = data["limit"], !value.isNull {
      guard let number = value.integerValue, (1...Int64(Limits.batchRunsMax)).contains(number) else {
        throw OrchestrationFailure.invalid("'data.limit' must be from 1 to \(Limits.batchRunsMax)")
      }
      limit = Int(number)
    }
    let size = isPreview ? min(limit, previewMax) : limit
    let records = try await source.rows(filter.condition, limit: size, directory)
    var count = records.count
    if isPreview { count = min(limit, try await source.count(filter.condition, directory)) }
    guard count <= Limits.batchRunsMax else {
      throw OrchestrationFailure(413, "payloadTooLarge", "the filter takes more than \(Limits.batchRunsMax) records")
    }
    return (records, count)
  }

  private static func isPlay(_ kind: String) -> Bool { kind != "records" && kind != "file" }

  private static func kinds(_ workflow: Workflow?) -> String {
    workflow?.kind == .play ? "recordIds or filter" : "records"
  }

  private static func list(_ value: JSONValue?, _ name: String) throws(OrchestrationFailure) -> [JSONValue] {
    guard let elements = value?.elements else { throw .invalid("'data' must have a list of \(name)") }
    guard elements.count <= Limits.batchRunsMax else {
      throw OrchestrationFailure(413, "payloadTooLarge", "a batch has at most \(Limits.batchRunsMax) records")
    }
    return elements
  }
}

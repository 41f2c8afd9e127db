import PipelineModel
import PipelineRuntime
import Platform
import WireTypes
import Workflows

/// Records that a play chooses: those of a model that a filter takes, or those of a segment.
struct ModelChoice {
  let model: ProjectModel
  private let condition: String
  /// For messages.
  private let what: String

  init(filter: JSONValue?, of model: ProjectModel, now: WallTime) throws {
    self.model = model
    condition = try ModelFilter(filter, of: model, now: now).condition
    what = "the filter"
  }

  init(_ segment: Segment, _ directory: any PipelineDirectory, now: WallTime) async throws {
    model = try await ProjectModel.find(segment.content.model, directory)
    condition = try ModelFilter(segment.content.filter, of: model, now: now).condition
    what = "the segment '\(segment.content.name)'"
  }

  /// At most `limit`, or as many as a batch may have. Errors: 413 when there are more than that.
  func records(limit: Int?, bytesMax: Int? = nil, _ directory: any PipelineDirectory) async throws -> [JSONValue] {
    let records = try await model.rows(
      condition, limit: limit ?? Limits.batchRunsMax + 1, bytesMax: bytesMax, directory)
    try check(count: records.count)
    return records
  }

  func count(limit: Int?, _ directory: any PipelineDirectory) async throws -> Int {
    let count = min(limit ?? .max, try await model.count(condition, directory))
    try check(count: count)
    return count
  }

  private func check(count: Int) throws(OrchestrationFailure) {
    guard count > Limits.batchRunsMax else { return }
    throw OrchestrationFailure(413, "payloadTooLarge", "\(what) takes more than \(Limits.batchRunsMax) records")
  }
}

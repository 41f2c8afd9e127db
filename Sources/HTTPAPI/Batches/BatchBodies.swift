package import PipelineModel
package import WireTypes
package import Workflows

/// One job of a batch.
package enum BatchJobBody {
  package static func json(_ item: WorkItem, includesErrors: Bool = true) -> JSONValue {
    let job = BatchJob(input: item.input)
    let status = BatchStatusNames.name(item)
    var members = [
      JSONMember("job_id", .string(item.id)), JSONMember("file_path", .string(job?.name ?? item.id)),
      JSONMember("media_type", .string(job?.mediaType ?? MediaType.document.rawValue)),
      JSONMember("status", .string(status)),
      JSONMember("progress", BatchBody.decimal(status == "completed" || status == "skipped" ? 100 : 0)),
      JSONMember("started_at", .text(item.reached(.processing)?.rfc3339)),
      JSONMember("completed_at", .text(item.workedAt?.rfc3339)),
    ]
    if includesErrors, let error = BatchJobError(item) { members.append(JSONMember("error", error.json)) }
    if status == "skipped", let detail = item.outcome.flatMap({ try? JSONValue(parsing: $0) }) {
      members.append(JSONMember("duplicate_of", detail["duplicate_of"] ?? .null))
    }
    return .object(members)
  }

  package static func name(of item: WorkItem) -> String { BatchJob(input: item.input)?.name ?? item.id }

  /// What results of a batch say of it.
  package static func result(_ item: WorkItem) -> JSONValue {
    let job = BatchJob(input: item.input)
    let outcome = item.outcome.flatMap { try? JSONValue(parsing: $0) }
    var members = [
      JSONMember("job_id", .string(item.id)), JSONMember("filename", .string(job?.name ?? item.id)),
      JSONMember("media_id", .text(mediaID(item, outcome))),
      JSONMember("media_type", .string(job?.mediaType ?? MediaType.document.rawValue)),
      JSONMember("status", .string(BatchStatusNames.resultName(item))),
      JSONMember("completed_at", .text(item.workedAt?.rfc3339)),
    ]
    if let response = outcome?["response"] { members.append(JSONMember("result", response)) }
    if let error = BatchJobError(item) { members.append(JSONMember("error", error.json)) }
    if let former = outcome?["duplicate_of"] { members.append(JSONMember("duplicate_of", former)) }
    return .object(members)
  }

  /// Names the result: the job's own, or that of the job which it repeats.
  private static func mediaID(_ item: WorkItem, _ outcome: JSONValue?) -> String? {
    guard item.succeeded == true else { return nil }
    let id = outcome?["duplicate_of"]?.stringValue ?? item.id
    return WorkNames.uuid(of: id).map { uuid in "media-" + "\(uuid)".filter { $0 != "-" } } ?? "media-\(id)"
  }
}

/// A batch, as its status shows it.
package struct BatchBody: Sendable {
  package struct Options: Sendable, Equatable {
    package var includesJobs = false
    package var onlyMetrics = false
    package var includesErrors = true
    /// Members of `data` that are wanted; nil for all.
    package var fields: [String]?
    package init() {}
  }

  static let known: Set<String> = [
    "batch_id", "batch_name", "status", "collection_id", "progress", "timing", "job_details", "error_summary",
    "batch_configuration", "error", "cross_ids",
  ]

  package let group: WorkGroup
  let items: [WorkItem]
  let now: WallTime
  let token: String?

  /// `items` may be left out when neither jobs nor their errors are shown.
  package init(group: WorkGroup, items: [WorkItem], now: WallTime, token: String? = nil) {
    self.group = group
    self.items = items
    self.now = now
    self.token = token
  }

  package func json(_ options: Options) -> JSONValue {
    var members = [
      JSONMember("batch_id", .string(group.id)), JSONMember("batch_name", .string(name)),
      JSONMember("status", .string(BatchStatusNames.name(group.status))), JSONMember("progress", progress),
      JSONMember("timing", timing),
    ]
    if options.onlyMetrics {
      members.removeAll { $0.name == "batch_name" }
      return .object(members.filter { options.wants($0.name) })
    }
    members.append(JSONMember("collection_id", .string(collection)))
    if options.includesJobs, options.wants("job_details") {
      let details = items.map { BatchJobBody.json($0, includesErrors: options.includesErrors) }
      members.append(JSONMember("job_details", .array(details)))
    }
    if options.includesErrors, options.wants("error_summary") {
      members.append(JSONMember("error_summary", BatchErrorSummary.json(items)))
    }
    if options.includesErrors, group.status == .failed, let error {
      members.append(JSONMember("error", error))
    }
    members.append(JSONMember("batch_configuration", configuration))
    members.append(JSONMember("cross_ids", crossIDs))
    return .object(members.filter { options.wants($0.name) })
  }

  private var stored: BatchConfiguration? { BatchConfiguration(text: group.configuration) }

  var name: String {
    stored?.name ?? (try? JSONValue(parsing: group.configuration))?["name"]?.stringValue ?? group.id
  }

  var collection: String { stored?.collection ?? "default" }

  package var progress: JSONValue {
    let progress = group.progress
    let share = progress.total > 0 ? Double(progress.completed) / Double(progress.total) * 100 : 0
    return [
      "percentage": BatchBody.decimal((share * 100).rounded() / 100),
      "completed": .integer(progress.completed),
      "failed": .integer(progress.failed), "pending": .integer(progress.pending),
      "processing": .integer(progress.processing), "total": .integer(progress.total),
      "skipped": .integer(progress.skipped), "cancelled": .integer(progress.cancelled),
    ]
  }

  /// The estimate is left out while it is not known: clients take its presence for a time.
  private var timing: JSONValue {
    let timing = BatchTiming(group, now: now)
    var members = [
      JSONMember("created_at", .string(group.createdAt.rfc3339)),
      JSONMember("started_at", .text(timing.startedAt?.rfc3339)),
      JSONMember("updated_at", .string(updatedAt.rfc3339)),
      JSONMember("completed_at", .text(timing.endedAt?.rfc3339)),
    ]
    if let estimate = timing.estimatedCompletion {
      members.append(JSONMember("estimated_completion", .string(estimate.rfc3339)))
    }
    members.append(JSONMember("elapsed_time", BatchBody.decimal(timing.elapsed)))
    members.append(JSONMember("average_item_time", timing.averageItem.map { BatchBody.decimal($0) } ?? .null))
    return .object(members)
  }

  private var updatedAt: WallTime {
    group.progress.updatedAt.map { max($0, group.updatedAt) } ?? group.updatedAt
  }

  private var configuration: JSONValue {
    let stored = stored ?? BatchConfiguration(name: name)
    return [
      "max_concurrent": .integer(stored.maxConcurrent), "priority": .string(stored.priority.rawValue),
      "timeout": .integer(stored.timeoutSeconds), "notification_enabled": .bool(stored.isNotifying),
    ]
  }

  private var error: JSONValue? {
    group.detail(of: .failed).flatMap { try? JSONValue(parsing: $0) }?["error"]
  }

  /// The same batch elsewhere.
  package var crossIDs: JSONValue {
    let base = "/v0/pipelines/\(WorkProgram.name)"
    var members = [
      JSONMember("dialect", .string(group.dialect.rawValue)),
      JSONMember("pipeline", .string(WorkProgram.name)),
      JSONMember("token", .text(token)),
    ]
    if let uuid = WorkNames.uuid(of: group.id) {
      members.append(JSONMember("orchestration_batch", .string("\(uuid)")))
    }
    if let token {
      members.append(JSONMember("why", .string("\(base)/why?token=\(token)")))
      members.append(JSONMember("explain", .string("\(base)/explain?token=\(token)")))
    }
    return .object(members)
  }

  /// Always with a fraction, as the dialect writes percentages and seconds.
  package static func decimal(_ value: Double) -> JSONValue {
    guard value.isFinite else { return .null }
    let text = "\(value)"
    return .number(text)
  }
}

extension BatchBody.Options {
  /// The id is always shown.
  func wants(_ name: String) -> Bool { name == "batch_id" || (fields?.contains(name) ?? true) }
}

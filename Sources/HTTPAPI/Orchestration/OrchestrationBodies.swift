import PipelineModel
import WireTypes
import Workflows

/// Batches and runs as the orchestration dialect shows them; groups and items of every dialect are.
enum OrchestrationBodies {
  /// The share of good runs below which a batch is unhealthy, in percent.
  static let healthThreshold = 80

  static func status(_ group: WorkGroup) -> String {
    switch group.status {
    case .created: phase(group) ?? "pending"
    case .running, .paused: "running"
    case .cancelling: "cancelling"
    case .completed: "success"
    case .failed: "error"
    case .cancelled: "cancelled"
    case .skipped: "skipped"
    }
  }

  private static func phase(_ group: WorkGroup) -> String? {
    group.detail(of: .created).flatMap { try? JSONValue(parsing: Array($0.utf8)) }?["phase"]?.stringValue
  }

  static func status(_ item: WorkItem) -> String {
    switch item.status {
    case .pending, .batched: "pending"
    case .processing: "running"
    case .cancelling: "cancelling"
    case .cancelled: "cancelled"
    default: item.succeeded == true ? "success" : "error"
    }
  }

  static func batch(
    _ group: WorkGroup, items: [WorkItem], _ origin: RunOrigin, workspace: String
  ) -> JSONValue {
    let progress = group.progress
    let threshold = origin.settings["healthThreshold"]?.doubleValue ?? Double(healthThreshold)
    let good = progress.ended == 0 ? 100 : Double(progress.completed) / Double(progress.ended) * 100
    let uuid = uuid(group.id)
    return [
      "uuid": .string(uuid), "workspaceUuid": .string(workspace),
      "workflowUuid": .text(origin.workflowUuid), "releaseUuid": .text(origin.releaseUuid),
      "nodes": origin.nodes,
      "temporalWorkflowId": .string("\(WorkProgram.name):\(uuid)"),
      "data": origin.known == nil ? ["kind": "records"] : origin.settings["data"] ?? ["kind": "records"],
      "errorMessage": .text(RunRecord.errorMessage(group.events.last { $0.callback == nil }?.detail)),
      "status": .string(status(group)), "runsStatus": .string(good >= threshold ? "healthy" : "unhealthy"),
      "runsCount": .integer(progress.total), "executedRunsCount": .integer(progress.ended),
      "failedRunsCount": .integer(progress.failed),
      "creditsUsedCount": .integer(items.reduce(0) { $0 + credits(RunRecord.executions(of: $1)) }),
      "createdAt": .string(group.createdAt.rfc3339),
      "updatedAt": .string(items.reduce(group.updatedAt) { max($0, $1.updatedAt) }.rfc3339),
      "finishedAt": .text(group.endedAt?.rfc3339),
    ]
  }

  private static func credits(_ executions: [NodeExecution]) -> Int64 {
    executions.reduce(0) { $0 &+ $1.creditsUsedCount }
  }

  static func run(_ item: WorkItem, _ origin: RunOrigin, workspace: String) -> JSONValue {
    let executions = RunRecord.executions(of: item)
    let nodes = origin.nodes
    let data = RunRecord.data(of: item)
    return [
      "uuid": .string(uuid(item.id)), "workspaceUuid": .string(workspace),
      "workflowUuid": .text(origin.workflowUuid), "userUuid": nil,
      "releaseUuid": .text(origin.releaseUuid), "nodes": nodes,
      "batchUuid": .text(item.group.map(uuid)), "traceUuid": .string(uuid(item.id)),
      "temporalWorkflowId": .string("\(WorkProgram.name):\(uuid(item.id))"),
      "recordId": .text(RunFilter.recordId(data)),
      "recordTitle": data["title"]?.stringValue.map { .string($0) } ?? .null,
      "contextS3Filename": nil, "computedConfigsS3Filename": nil, "parentUuid": nil, "parentNodeUuid": nil,
      "parentBatchUuid": nil, "parentAgentUuid": nil, "parentChatUuid": nil, "parentMessageUuid": nil,
      "isGroupParent": .bool(nodes.elements?.contains { $0["actionSlug"]?.stringValue == "group" } ?? false),
      "status": .string(status(item)),
      "errorMessage": .text(RunRecord.errorMessage(item.outcome)),
      "executions": .array(executions.map(\.json)), "createdAt": .string(item.createdAt.rfc3339),
      "updatedAt": .string(item.updatedAt.rfc3339), "finishedAt": .text(item.workedAt?.rfc3339), "deletedAt": nil,
    ]
  }

  /// The newest run of a record.
  static func record(_ item: WorkItem, _ origin: RunOrigin, workspace: String) -> JSONValue {
    let run = run(item, origin, workspace: workspace)
    func of(_ name: String) -> JSONMember { JSONMember(name, run[name] ?? .null) }
    let same = ["releaseUuid", "nodes", "batchUuid", "temporalWorkflowId", "contextS3Filename"]
    let last = [
      "computedConfigsS3Filename", "parentNodeUuid", "parentBatchUuid", "parentAgentUuid", "parentChatUuid",
      "parentMessageUuid", "isGroupParent", "status", "errorMessage", "executions", "createdAt", "updatedAt",
      "finishedAt",
    ]
    return .object(
      [of("workspaceUuid"), of("workflowUuid")] + [
        JSONMember("id", run["recordId"] ?? .null), JSONMember("title", run["recordTitle"] ?? .null),
        JSONMember("runUuid", run["uuid"] ?? .null),
      ] + same.map(of) + [JSONMember("parentRunUuid", .null)] + last.map(of))
  }

  static func uuid(_ id: String) -> String { WorkNames.uuid(of: id).map { "\($0)" } ?? id }
}

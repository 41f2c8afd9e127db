import PipelineModel
import WireTypes
import Workflows

/// Workflows and releases as the orchestration dialect shows them.
struct WorkflowBodies {
  let workspace: String
  let graphs: GraphLibrary
  private let place: WorkPlace
  /// Of the graphs of all bodies made so far.
  private(set) var bytes = 0

  init(workspace: String, place: WorkPlace) {
    self.workspace = workspace
    self.place = place
    graphs = place.workflows.graphs
  }

  mutating func workflow(_ workflow: Workflow) async throws -> JSONValue {
    let uuid = JSONValue.string(workflow.uuid)
    var deployed = JSONValue.null
    if let newest = workflow.newest { deployed = try await release(newest) }
    let body: JSONValue = [
      "uuid": uuid, "workspaceUuid": .string(workspace), "name": .string(workflow.name),
      "kind": .string(workflow.kind.rawValue), "description": .text(workflow.description),
      "healthThreshold": workflow.healthThreshold.map { .double($0) } ?? .null,
      "playUuid": workflow.kind == .play ? uuid : nil, "toolUuid": workflow.kind == .tool ? uuid : nil,
      "folderUuid": nil, "deployedRelease": deployed, "createdAt": .string(workflow.createdAt.rfc3339),
      "updatedAt": .string(workflow.updatedAt.rfc3339), "deletedAt": nil,
    ]
    let standing = await place.standing(of: workflow)
    return .object(
      (body.members ?? []) + WorkflowBodies.play(workflow) + [
        JSONMember("nextRunAt", standing.nextAt.map { .string($0.rfc3339) } ?? .null),
        JSONMember("postponedReason", .text(standing.postponed)),
      ])
  }

  /// Null of a tool.
  private static func play(_ workflow: Workflow) -> [JSONMember] {
    let (play, isPlay) = (workflow.play, workflow.kind == .play)
    let kinds = ChangeKind.allCases.filter { play.kinds.contains($0) }.map { JSONValue.string($0.rawValue) }
    return [
      JSONMember("segmentUuid", .text(play.segment)), JSONMember("changeKinds", isPlay ? .array(kinds) : .null),
      JSONMember("runCreationRule", isPlay ? .string(play.rule.rawValue) : .null),
      JSONMember("schedule", play.schedule?.json ?? .null),
      JSONMember("isEnabled", isPlay ? .bool(play.isEnabled) : .null),
    ]
  }

  mutating func release(_ release: WorkflowRelease) async throws -> JSONValue {
    let time = JSONValue.string(release.deployedAt.rfc3339)
    return body(
      release.uuid, of: release.workflowUuid, parent: release.parentUuid, nodes: try await nodes(release.graph),
      [
        JSONMember("description", .text(release.description)), JSONMember("version", .string(release.version)),
        JSONMember("status", "deployed"), JSONMember("deployedAt", time), JSONMember("createdAt", time),
        JSONMember("updatedAt", time),
      ])
  }

  /// What would be deployed next.
  mutating func draft(_ workflow: Workflow) async throws -> JSONValue {
    let time = JSONValue.string(workflow.draftChangedAt.rfc3339)
    var nodes = JSONValue.array([])
    if let graph = workflow.draft { nodes = try await self.nodes(graph) }
    return body(
      workflow.draftUuid, of: workflow.uuid, parent: workflow.newest?.uuid, nodes: nodes,
      [
        JSONMember("description", .null), JSONMember("version", .null), JSONMember("status", "draft"),
        JSONMember("deployedAt", .null), JSONMember("createdAt", time), JSONMember("updatedAt", time),
      ])
  }

  private func body(
    _ uuid: String, of workflow: String, parent: String?, nodes: JSONValue, _ more: [JSONMember]
  ) -> JSONValue {
    let first: JSONValue = [
      "uuid": .string(uuid), "parentUuid": .text(parent), "workspaceUuid": .string(workspace), "userUuid": nil,
      "workflowUuid": .string(workflow),
    ]
    let last: JSONValue = [
      "templateSlug": nil, "nodes": nodes, "formFields": nil, "testRecords": nil, "deletedAt": nil,
    ]
    return .object((first.members ?? []) + more + (last.members ?? []))
  }

  private mutating func nodes(_ graph: String) async throws -> JSONValue {
    guard let known = try await graphs.definition(graph) else {
      throw WorkError(.failed, "the nodes of a release are not in the log")
    }
    bytes += known.bytes
    try OrchestrationRoutes.check(pageBytes: bytes)
    return known.nodes
  }
}

import PipelineModel
import WireTypes
import Workflows

/// What a batch or run shall take: the nodes of its request, a release, or the newest one of a workflow.
struct RunChoice {
  let workflow: Workflow?
  let release: WorkflowRelease?
  /// Of the request, valid; nil with a release.
  let nodes: JSONValue?

  init(_ json: JSONValue, _ book: WorkflowBook) async throws {
    let workflowUuid = try RunChoice.uuid(json, "workflowUuid")
    let releaseUuid = try RunChoice.uuid(json, "releaseUuid")
    let given = json["nodes"].flatMap { $0.isNull ? nil : $0 }
    if releaseUuid != nil, given != nil {
      throw OrchestrationFailure(
        400, "invalidReleaseOrCustomNodes", "either 'releaseUuid' or 'nodes', not both")
    }
    if let given {
      let verdict = GraphValidation.validate(given)
      guard verdict.graph != nil else { throw OrchestrationFailure(verdict) }
    }
    nodes = given
    var workflow: Workflow?
    if let workflowUuid { workflow = try await book.workflow(workflowUuid) }
    if let releaseUuid {
      let release = try await book.release(releaseUuid)
      if workflow == nil { workflow = try await book.workflow(release.workflowUuid) }
      guard release.workflowUuid == workflow?.uuid else {
        throw OrchestrationFailure(
          404, "releaseNotFound", "the release '\(releaseUuid)' is not of the workflow '\(workflowUuid ?? "")'")
      }
      self.release = release
    } else if given == nil {
      guard let workflow else {
        throw OrchestrationFailure(
          400, "nodesNotFound", "one of 'nodes', 'releaseUuid' and 'workflowUuid' is needed: what the runs take")
      }
      guard let newest = workflow.newest else {
        throw OrchestrationFailure(
          404, "releaseNotFound", "the workflow '\(workflow.name)' has no release yet: deploy its draft")
      }
      release = newest
    } else {
      release = nil
    }
    self.workflow = workflow
  }

  private static func uuid(_ json: JSONValue, _ name: String) throws(OrchestrationFailure) -> String? {
    guard let value = json[name], !value.isNull else { return nil }
    guard let text = value.stringValue else { throw .invalid("'\(name)' must be a text, not \(value.kind)") }
    return try OrchestrationRoutes.uuid(text)
  }

  /// What the record of the batch, or of a run without one, keeps of it.
  var members: [JSONMember] {
    var members: [JSONMember] = []
    if let workflow { members.append(JSONMember("workflowUuid", .string(workflow.uuid))) }
    if let release {
      members.append(JSONMember("releaseUuid", .string(release.uuid)))
      members.append(JSONMember("graph", .string(release.graph)))
    }
    if let nodes { members.append(JSONMember("nodes", nodes)) }
    return members
  }
}

package import PipelineModel
import WireTypes

/// A graph that was frozen under a version of its workflow.
package struct WorkflowRelease: Sendable, Hashable {
  package let uuid: String
  package let workflowUuid: String
  /// The release before it.
  package let parentUuid: String?
  package let version: String
  package let description: String?
  /// Id of the definition that holds the nodes.
  package let graph: String
  package let deployedAt: WallTime

  static let status = "release"

  /// Nil for anything but the first record of a release.
  init?(_ record: WorkRecord) {
    guard record.kind == .definition, record.status == WorkflowRelease.status, let workflow = record.group else {
      return nil
    }
    self.init(uuid: record.subject, workflow: workflow, RunRecord.json(record.body), at: record.at)
  }

  /// `json` is what a release's record and the event of its workflow hold.
  init?(uuid: String, workflow: String, _ json: JSONValue, at time: WallTime) {
    guard let version = json["version"]?.stringValue, let graph = json["graph"]?.stringValue else { return nil }
    self.uuid = uuid
    workflowUuid = workflow
    parentUuid = json["parent"]?.stringValue
    self.version = version
    description = json["description"]?.stringValue
    self.graph = graph
    deployedAt = time
  }
}

import PipelineModel
import PipelineRuntime
import WireTypes

/// One event of a pipeline's history as a JSON object.
enum EventBody {
  static func render(_ event: PipelineEvent, _ selector: EventRoutes.Selector) -> JSONValue {
    let deployment = event.deployment
    var members = [
      JSONMember("event_id", .string(event.id.description)),
      JSONMember("recorded_at", .string(event.recordedAt.rfc3339)),
      JSONMember("deployment_resources_status", .string(deployment.resources.rawValue)),
      JSONMember("deployment_resources_desired_status", .string(deployment.desiredResources.rawValue)),
      JSONMember("deployment_runtime_status", .text(deployment.runtime?.rawValue)),
      JSONMember("deployment_runtime_desired_status", .text(deployment.desiredRuntime?.rawValue)),
      JSONMember("deployment_has_error", .bool(deployment.error != nil)),
      JSONMember("program_status", .string(event.programStatus.rawValue)),
      JSONMember("storage_status", .string(event.storage.status.rawValue)),
    ]
    if selector == .all {
      members += [
        JSONMember("deployment_resources_status_details", .null),
        JSONMember("deployment_runtime_status_details", PipelineBody.runtimeDetails(deployment)),
        JSONMember("deployment_error", PipelineBody.error(deployment.error)),
        JSONMember("storage_status_details", PipelineBody.storageDetails(event.storage)),
      ]
    }
    return .object(members)
  }
}

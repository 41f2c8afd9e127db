import PipelineModel
import PipelineRuntime

/// The status that most clients poll: resources and runtime in one word.
extension DeploymentState {
  var combinedStatus: String {
    switch resources {
    case .stopped, .provisioning, .stopping: resources.rawValue
    case .provisioned: runtime?.rawValue ?? "Unavailable"
    }
  }

  var combinedSince: WallTime {
    resources == .provisioned && runtime != nil ? max(resourcesSince, runtimeSince) : resourcesSince
  }

  var combinedDesired: String {
    if desiredRuntime == .suspended { return Runtime.suspended.rawValue }
    guard desiredResources == .provisioned else { return Resources.stopped.rawValue }
    return desiredRuntime?.rawValue ?? initial?.initial.rawValue.capitalizedFirst ?? "Unavailable"
  }

  var combinedDesiredSince: WallTime {
    desiredRuntime == nil ? desiredResourcesSince : max(desiredResourcesSince, desiredRuntimeSince)
  }
}

package import PipelineModel

extension PipelineLifecycle {
  /// New and changed views are being computed.
  package mutating func bootstrapping(deploymentID: UniqueID, now: WallTime) {
    setResources(.provisioned, now)
    descriptor.deployment.deploymentID = deploymentID
    descriptor.deployment.bootstrap = BootstrapProgress()
    setRuntime(.bootstrapping, now)
    record(at: now)
  }

  /// How far that is. No event of its own; nothing when it is over.
  package mutating func bootstrapped(_ progress: BootstrapProgress) {
    guard descriptor.deployment.runtime == .bootstrapping else { return }
    descriptor.deployment.bootstrap = progress
  }
}

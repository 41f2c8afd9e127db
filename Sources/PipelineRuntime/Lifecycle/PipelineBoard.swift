import PipelineModel
import Synchronization

/// What others read of a pipeline without waiting for its supervisor.
final class PipelineBoard: Sendable {
  private struct State {
    var descriptor: PipelineDescriptor
    var events: [PipelineEvent]
    var running: RunningPipeline?
  }

  private let state: Mutex<State>

  init(_ descriptor: PipelineDescriptor) {
    state = Mutex(State(descriptor: descriptor, events: [], running: nil))
  }

  func publish(_ descriptor: PipelineDescriptor, events: [PipelineEvent], running: RunningPipeline?) {
    state.withLock { $0 = State(descriptor: descriptor, events: events, running: running) }
  }

  var descriptor: PipelineDescriptor {
    let (descriptor, running) = state.withLock { ($0.descriptor, $0.running) }
    guard let running else { return descriptor }
    var current = descriptor
    current.deployment.connectorErrors = running.connectorErrorCount
    if current.storage.status == .inUse { current.storage.checkpoints = running.checkpoints() }
    return current
  }

  /// Newest first.
  var events: [PipelineEvent] { state.withLock { $0.events.reversed() } }

  /// The life that serves data calls. Errors: `pipelineInteractionNotDeployed`, `initializing`.
  func deployed() throws(PipelineError) -> RunningPipeline {
    let live = state.withLock { $0.descriptor.deployment.resources == .provisioned ? $0.running : nil }
    if let live { return live }
    let descriptor = state.withLock { $0.descriptor }
    let status = descriptor.deployment.combinedStatus
    switch descriptor.deployment.resources {
    case .provisioned where descriptor.deployment.runtime == .awaitingApproval:
      throw PipelineError(
        .awaitingApproval,
        "the program of pipeline '\(descriptor.definition.name)' has changed: approve the change, or stop it")
    case .provisioned where descriptor.deployment.runtime == .bootstrapping:
      throw PipelineError.bootstrapInProgress(descriptor)
    case .provisioning, .provisioned:
      throw PipelineError(
        .initializing, "the pipeline '\(descriptor.definition.name)' is starting: \(status)",
        retryAfterSeconds: 1)
    case .stopping, .stopped:
      throw PipelineError(
        .pipelineInteractionNotDeployed,
        "the pipeline '\(descriptor.definition.name)' is not running: \(status)", retryAfterSeconds: 2)
    }
  }
}

extension PipelineError {
  static func bootstrapInProgress(_ descriptor: PipelineDescriptor) -> PipelineError {
    PipelineError(
      .bootstrapInProgress,
      "new and changed views of pipeline '\(descriptor.definition.name)' are being computed: "
        + "deployment_runtime_status_details tells how far",
      retryAfterSeconds: 2)
  }
}

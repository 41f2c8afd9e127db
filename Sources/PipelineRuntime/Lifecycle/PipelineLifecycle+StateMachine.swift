package import PipelineModel
package import SQLFrontend

/// Pure life cycle of one pipeline: commands and facts change the descriptor and answer what is to be done.
///
/// Whoever owns it performs the actions and reports what came of them; every change of a status becomes an
/// event.
package struct PipelineLifecycle {
  package enum Action: Hashable, Sendable {
    /// Compile the program of this version.
    case compile(programVersion: Int64)
    /// Open the state and start the stages.
    case deploy
    case setPaused(Bool)
    /// Stop the stages; with a checkpoint first, if asked.
    case undeploy(checkpoint: Bool)
    case clearStorage
  }

  package internal(set) var descriptor: PipelineDescriptor
  /// Newest last, bounded.
  package private(set) var events: [PipelineEvent] = []
  /// Deployments asked for so far: a stop is for the last one only.
  package private(set) var deployments: UInt64 = 0
  private let makeEventID: @Sendable () -> UniqueID

  package static let eventsMax = 1000

  package init(_ descriptor: PipelineDescriptor, makeEventID: @escaping @Sendable () -> UniqueID) {
    self.descriptor = descriptor
    self.makeEventID = makeEventID
    record(at: descriptor.createdAt)
  }

  mutating func record(at now: WallTime) {
    if events.count == PipelineLifecycle.eventsMax { events.removeFirst() }
    events.append(
      PipelineEvent(
        id: makeEventID(), recordedAt: now, programStatus: descriptor.program.status,
        deployment: descriptor.deployment, storage: descriptor.storage))
  }

  private var isStopped: Bool {
    descriptor.deployment.resources == .stopped && descriptor.deployment.desiredResources == .stopped
  }

  // MARK: Commands

  package mutating func start(_ options: StartOptions, now: WallTime) throws(PipelineError) -> [Action] {
    try checkStartOptions(options)
    if descriptor.deployment.desiredResources == .provisioned {
      try checkSameStart(options)
      return []
    }
    guard descriptor.deployment.resources == .stopped else {
      throw PipelineError(
        .illegalPipelineAction, "cannot start the pipeline while it is stopping: wait until it is Stopped")
    }
    if descriptor.storage.status == .clearing {
      throw PipelineError(
        .cannotStartWhileClearingStorage, "cannot start the pipeline while its storage is cleared")
    }
    if [.sqlError, .rustError, .systemError].contains(descriptor.program.status) {
      throw PipelineError(
        .cannotStartWithCompilationError,
        "cannot start the pipeline: its program did not compile (program_status: "
          + "\(descriptor.program.status.rawValue))")
    }
    if descriptor.deployment.error != nil {
      guard options.dismissError else {
        throw PipelineError(
          .cannotStartWithUndismissedError,
          "cannot start the pipeline: dismiss its deployment error first (dismiss_error)")
      }
      dismiss()
    }
    descriptor.deployment.desiredResources = .provisioned
    descriptor.deployment.desiredResourcesSince = now
    descriptor.deployment.desiredRuntime = options.initial == .paused ? .paused : .running
    descriptor.deployment.desiredRuntimeSince = now
    descriptor.deployment.initial = options
    descriptor.deployment.isApproved = false
    record(at: now)
    if descriptor.storage.status != .inUse {
      descriptor.storage = StorageState(status: .inUse, checkpoints: [])
      record(at: now)
    }
    return descriptor.program.status == .success ? provision(now: now) : []
  }

  private func checkStartOptions(_ options: StartOptions) throws(PipelineError) {
    if options.initial == .standby {
      throw PipelineError(.initialStandbyNotAllowed, "starting in standby needs checkpoint synchronisation")
    }
    if options.silentBootstrap, options.concurrentBootstrap {
      throw PipelineError(
        .invalidBootstrapConfig, "silent_bootstrap and concurrent_bootstrap exclude each other")
    }
    if options.discardsLater, options.fromCheckpoint == nil {
      throw PipelineError(.invalidParam, "'discard' needs 'from_checkpoint': the log is cut behind a checkpoint")
    }
    // After a restart of the server they are known only when the storage is opened.
    if let id = options.fromCheckpoint, let known = descriptor.storage.checkpoints, !known.isEmpty,
      !known.contains(where: { $0.id == id })
    {
      throw PipelineError(.invalidParam, "'from_checkpoint' names no checkpoint of the pipeline: \(id)")
    }
  }

  private func checkSameStart(_ options: StartOptions) throws(PipelineError) {
    guard let current = descriptor.deployment.initial else { return }
    if current.initial != options.initial {
      throw PipelineError(
        .initialImmutableUnlessStopped,
        "the pipeline was started with initial=\(current.initial.rawValue): stop it to start it otherwise")
    }
    if options.discardsLater, !current.discardsLater || current.fromCheckpoint != options.fromCheckpoint {
      throw PipelineError(
        .illegalPipelineAction, "the pipeline is started already, without a cut of its log: stop it to rewind it")
    }
    if current.bootstrapPolicy != options.bootstrapPolicy {
      throw PipelineError(
        .bootstrapPolicyImmutableUnlessStopped,
        "the pipeline was started with bootstrap_policy=\(current.bootstrapPolicy): stop it to start it otherwise"
      )
    }
  }

  private mutating func provision(now: WallTime) -> [Action] {
    setResources(.provisioning, now)
    deployments += 1
    record(at: now)
    return [.deploy]
  }

  package mutating func setPaused(_ paused: Bool, now: WallTime) throws(PipelineError) -> [Action] {
    guard descriptor.deployment.resources == .provisioned,
      descriptor.deployment.desiredResources == .provisioned
    else {
      throw PipelineError(
        .pipelineInteractionNotDeployed,
        "the pipeline is not running: \(descriptor.deployment.combinedStatus); start it first")
    }
    descriptor.deployment.desiredRuntime = paused ? .paused : .running
    descriptor.deployment.desiredRuntimeSince = now
    return [.setPaused(paused)]
  }

  package mutating func stop(force: Bool, now: WallTime) -> [Action] {
    guard
      descriptor.deployment.desiredResources == .provisioned || descriptor.deployment.resources != .stopped
    else { return [] }
    let first = descriptor.deployment.desiredResources == .provisioned
    if !force, descriptor.deployment.runtime != nil { descriptor.deployment.desiredRuntime = .suspended }
    setDesiredStopped(now)
    if first { record(at: now) }
    switch descriptor.deployment.resources {
    case .stopped:
      // Was waiting for the compiler.
      clearDeployment()
      return []
    case .stopping: return force ? [.undeploy(checkpoint: false)] : []
    case .provisioning, .provisioned: return [.undeploy(checkpoint: !force)]
    }
  }

  package mutating func clear(now: WallTime) throws(PipelineError) -> [Action] {
    guard isStopped else {
      throw PipelineError(
        .storageStatusImmutableUnlessStopped, "storage can be cleared only when the pipeline is Stopped")
    }
    guard descriptor.storage.status == .inUse else { return [] }
    descriptor.storage = StorageState(status: .clearing, checkpoints: nil)
    record(at: now)
    return [.clearStorage]
  }

  package mutating func dismissError(now: WallTime) throws(PipelineError) {
    guard descriptor.deployment.error != nil else { return }
    guard isStopped else {
      throw PipelineError(
        .dismissErrorRestrictedToFullyStopped,
        "an error can be dismissed only when the pipeline is fully stopped")
    }
    dismiss()
    record(at: now)
  }

  /// Replaces the definition; the caller has checked the new one. Answers a compilation when the program
  /// changed.
  package mutating func edit(_ definition: PipelineDefinition, now: WallTime) throws(PipelineError)
    -> [Action]
  {
    let old = descriptor.definition
    let programChanged =
      old.programCode != definition.programCode || old.udfRust != definition.udfRust
      || old.udfToml != definition.udfToml || old.programConfig != definition.programConfig
    let coreChanged = programChanged || old.runtimeConfig != definition.runtimeConfig
    if coreChanged || old.name != definition.name {
      guard isStopped else {
        throw PipelineError(
          .updateRestrictedToStopped,
          "the program, configuration and name can be edited only when it is Stopped")
      }
      try checkClearedStorage(for: definition)
    }
    descriptor.definition = definition
    guard coreChanged else { return [] }
    descriptor.counters.version += 1
    descriptor.counters.refreshVersion += 1
    if programChanged { descriptor.counters.programVersion += 1 }
    descriptor.program = ProgramState(status: .pending, since: now)
    record(at: now)
    return [.compile(programVersion: descriptor.counters.programVersion)]
  }

  private func checkClearedStorage(for definition: PipelineDefinition) throws(PipelineError) {
    guard descriptor.storage.status != .cleared else { return }
    var blocked = definition.runtimeConfig.restrictedChanges(from: descriptor.definition.runtimeConfig)
    if definition.name != descriptor.definition.name { blocked.append("`name`") }
    guard blocked.isEmpty else {
      throw PipelineError(
        .editRestrictedToClearedStorage,
        "these can be edited only when storage is Cleared: \(blocked.joined(separator: ", "))",
        details: "{\"not_allowed\":[\(blocked.map { "\"\($0)\"" }.joined(separator: ","))]}")
    }
  }

  package func checkDeletable() throws(PipelineError) {
    guard isStopped else {
      throw PipelineError(
        .deleteRestrictedToFullyStopped, "a pipeline can be deleted only when it is fully stopped")
    }
    guard descriptor.storage.status == .cleared else {
      throw PipelineError(
        .deleteRestrictedToClearedStorage,
        "a pipeline can be deleted only when its storage is Cleared (clear)")
    }
  }

  // MARK: Facts

  /// A phase of the compilation was reached; false when the program was edited meanwhile.
  package mutating func compiled(
    to status: ProgramState.Status, version: Int64, diagnostics: [SQLDiagnostic]?, program: Program?,
    now: WallTime
  ) -> [Action]? {
    guard version == descriptor.counters.programVersion, descriptor.program.status != .success else {
      return nil
    }
    descriptor.program = ProgramState(status: status, since: now, diagnostics: diagnostics, compiled: program)
    if [.sqlCompiled, .success, .sqlError, .systemError].contains(status) {
      descriptor.counters.refreshVersion += 1
    }
    record(at: now)
    let waiting =
      descriptor.deployment.desiredResources == .provisioned && descriptor.deployment.resources == .stopped
    guard waiting else { return [] }
    switch status {
    case .success: return provision(now: now)
    case .sqlError, .systemError:
      descriptor.deployment.error = DeploymentError(
        code: .cannotStartWithCompilationError, message: "the program did not compile: \(status.rawValue)")
      setDesiredStopped(now)
      clearDeployment()
      record(at: now)
      return []
    default: return []
    }
  }

  /// `log`: the one that the opened storage holds.
  package mutating func initializing(deploymentID: UniqueID, log: LogID, now: WallTime) {
    descriptor.storage.log = log
    setResources(.provisioned, now)
    descriptor.deployment.deploymentID = deploymentID
    descriptor.deployment.bootstrap = nil
    setRuntime(.initializing, now)
    record(at: now)
  }

  /// The program has changed, and the start does not allow it yet.
  package mutating func awaitingApproval(_ diff: ApprovalDiff, deploymentID: UniqueID, now: WallTime) {
    setResources(.provisioned, now)
    descriptor.deployment.deploymentID = deploymentID
    descriptor.deployment.approvalDiff = diff
    setRuntime(.awaitingApproval, now)
    record(at: now)
  }

  package mutating func approve(silent: Bool, concurrent: Bool, now: WallTime) throws(PipelineError) -> [Action] {
    guard descriptor.deployment.runtime == .awaitingApproval,
      descriptor.deployment.desiredResources == .provisioned
    else {
      throw PipelineError(
        .illegalPipelineAction, "pipeline '\(descriptor.definition.name)' does not await approval")
    }
    descriptor.deployment.initial?.silentBootstrap = silent
    descriptor.deployment.initial?.concurrentBootstrap = concurrent
    descriptor.deployment.isApproved = true
    descriptor.deployment.approvalDiff = nil
    setResources(.provisioning, now)
    descriptor.deployment.runtime = nil
    record(at: now)
    return [.deploy]
  }

  package mutating func reached(_ runtime: DeploymentState.Runtime, now: WallTime) {
    guard descriptor.deployment.resources == .provisioned, descriptor.deployment.runtime != runtime else {
      return
    }
    setRuntime(runtime, now)
    record(at: now)
  }

  /// The storage failed and is to be opened again: a new life of the same deployment.
  package mutating func reopening(now: WallTime) {
    setResources(.provisioning, now)
    descriptor.deployment.runtime = nil
    record(at: now)
  }

  package mutating func stopping(error: DeploymentError?, now: WallTime) {
    if descriptor.deployment.desiredResources == .provisioned {
      setDesiredStopped(now)
      record(at: now)
    }
    setResources(.stopping, now)
    descriptor.deployment.runtime = nil
    descriptor.deployment.approvalDiff = nil
    descriptor.deployment.desiredRuntime = nil
    if let error { descriptor.deployment.error = error }
    record(at: now)
  }

  package mutating func stopped(error: DeploymentError?, checkpoints: [CheckpointSummary], now: WallTime) {
    setResources(.stopped, now)
    if let error { descriptor.deployment.error = error }
    clearDeployment()
    if descriptor.storage.status == .inUse { descriptor.storage.checkpoints = checkpoints }
    record(at: now)
  }

  package mutating func cleared(now: WallTime) {
    descriptor.storage = StorageState(status: .cleared, checkpoints: nil)
    record(at: now)
  }

  /// The directory could not be removed.
  package mutating func notCleared(now: WallTime) {
    descriptor.storage = StorageState(status: .inUse, checkpoints: [])
    record(at: now)
  }

  // MARK: Parts

  private mutating func dismiss() {
    descriptor.deployment.error = nil
    descriptor.deployment.dismissals += 1
  }

  mutating func setResources(_ status: DeploymentState.Resources, _ now: WallTime) {
    descriptor.deployment.resources = status
    descriptor.deployment.resourcesSince = now
  }

  mutating func setRuntime(_ status: DeploymentState.Runtime, _ now: WallTime) {
    descriptor.deployment.runtime = status
    descriptor.deployment.runtimeSince = now
  }

  private mutating func setDesiredStopped(_ now: WallTime) {
    guard descriptor.deployment.desiredResources != .stopped else { return }
    descriptor.deployment.desiredResources = .stopped
    descriptor.deployment.desiredResourcesSince = now
  }

  private mutating func clearDeployment() {
    descriptor.deployment.runtime = nil
    descriptor.deployment.desiredRuntime = nil
    descriptor.deployment.deploymentID = nil
    descriptor.deployment.initial = nil
    descriptor.deployment.approvalDiff = nil
    descriptor.deployment.bootstrap = nil
    descriptor.deployment.connectorErrors = 0
  }
}

extension DeploymentState {
  /// The one word of `deployment_status`.
  package var combinedStatus: String {
    switch resources {
    case .stopped: "Stopped"
    case .provisioning: "Provisioning"
    case .stopping: "Stopping"
    case .provisioned: runtime?.rawValue ?? "Initializing"
    }
  }
}

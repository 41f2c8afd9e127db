import Logging
import PipelineModel
import Platform
import SQLFrontend
import StepEngine
import StorageAPI

/// Performs what the life cycle of one pipeline decides; the only writer of its descriptor.
actor PipelineSupervisor {
  nonisolated let id: PipelineID
  nonisolated let board: PipelineBoard
  nonisolated let log: PipelineLogBuffer
  let environment: HostEnvironment
  var lifecycle: PipelineLifecycle
  private(set) var running: RunningPipeline?
  /// Of the change of the program that is under way.
  var bootstrap: BootstrapControl?
  /// Deploy, undeploy and clear run one after the other.
  private var transition: Task<Void, Never>?
  private var deleted = false
  /// The server ends: nothing is deployed any more.
  private(set) var isClosing = false
  /// What was told of a life before it was known.
  private var earlyFailure: (incarnation: Incarnation, error: DeploymentError)?
  /// How often in a row the storage was opened again after a failure.
  private var reopenings = 0
  /// How often the board was written.
  private var publications: UInt64 = 0

  init(_ descriptor: PipelineDescriptor, environment: HostEnvironment) {
    id = descriptor.id
    self.environment = environment
    board = PipelineBoard(descriptor)
    var logger = environment.logger
    logger[metadataKey: "pipeline"] = "\(descriptor.definition.name)"
    log = PipelineLogBuffer(clock: environment.clock, logger: logger)
    lifecycle = PipelineLifecycle(descriptor, makeEventID: { environment.newID() })
  }

  var now: WallTime { environment.clock.wall() }
  var descriptor: PipelineDescriptor { lifecycle.descriptor }

  // MARK: Commands

  /// Writes the row of a new pipeline and compiles it.
  func created() async throws(PipelineError) {
    try await persist()
    perform([.compile(programVersion: lifecycle.descriptor.counters.programVersion)])
  }

  /// After a restart of the server: compiles, and starts again if that was desired.
  func bringBack(start options: StartOptions?) async {
    perform([.compile(programVersion: lifecycle.descriptor.counters.programVersion)])
    guard let options else { return }
    do { try await start(options) } catch { log.error("cannot come back: \(error.message)") }
  }

  func start(_ options: StartOptions) async throws(PipelineError) {
    try await change { lifecycle, now throws(PipelineError) in try lifecycle.start(options, now: now) }
  }

  func setPaused(_ paused: Bool) async throws(PipelineError) {
    try await change { lifecycle, now throws(PipelineError) in try lifecycle.setPaused(paused, now: now) }
  }

  func stop(force: Bool) async throws(PipelineError) {
    try checkExists()
    let actions = lifecycle.stop(force: force, now: now)
    publish()
    // A stop needs no disk: it is done also when the row cannot be written.
    perform(actions)
    try await persist()
  }

  func clear() async throws(PipelineError) {
    try await change { lifecycle, now throws(PipelineError) in try lifecycle.clear(now: now) }
  }

  func dismissError() async throws(PipelineError) {
    try await change { lifecycle, now throws(PipelineError) in
      try lifecycle.dismissError(now: now)
      return []
    }
  }

  func edit(_ definition: PipelineDefinition) async throws(PipelineError) -> PipelineDescriptor {
    try await change { lifecycle, now throws(PipelineError) in try lifecycle.edit(definition, now: now) }
    return lifecycle.descriptor
  }

  func delete() async throws(PipelineError) {
    try checkExists()
    try lifecycle.checkDeletable()
    deleted = true
    publications += 1
    let (environment, id) = (environment, id)
    let failure: String? = await environment.catalogPool.run { () -> String? in
      do throws(StorageError) {
        try environment.catalog.remove(id)
        return nil
      } catch { return error.description }
    }
    if let failure {
      deleted = false
      throw PipelineError(.internalError, "the catalog cannot be written: \(failure)")
    }
  }

  /// The server ends: stops within the time of the design, and keeps what was desired.
  func shutDown() async {
    isClosing = true
    bootstrap?.cancel()
    // Also a deployment under way ends first: its store must not outlive the lock of the directory.
    while let last = transition {
      await last.value
      if transition == last { break }
    }
    guard let running else { return }
    let outcome = await running.shutDown(
      RunningPipeline.Ending(checkpoint: true, bounded: true, reason: .stopped))
    if let failure = outcome.failure { log.warning("no checkpoint at stop: \(failure.message)") }
    self.running = nil
    publish()
  }

  func change(
    _ body: (inout PipelineLifecycle, WallTime) throws(PipelineError) -> [PipelineLifecycle.Action]
  ) async throws(PipelineError) {
    try checkExists()
    let before = lifecycle
    let actions = try body(&lifecycle, now)
    publish()
    let change = publications
    do throws(PipelineError) { try await persist() } catch {
      // Without its row the command has not happened, unless other facts have come since: these need it done.
      guard publications == change else {
        perform(actions)
        throw error
      }
      lifecycle = before
      publish()
      throw error
    }
    perform(actions)
  }

  /// A request may still hold a pipeline that was deleted meanwhile.
  private func checkExists() throws(PipelineError) {
    guard !deleted else {
      throw PipelineError.unknownPipeline(lifecycle.descriptor.definition.name)
    }
  }

  func publish() {
    publications += 1
    board.publish(lifecycle.descriptor, events: lifecycle.events, running: running)
  }

  private func persist() async throws(PipelineError) {
    guard !deleted else { return }
    let record = PipelineRecord(lifecycle.descriptor)
    let environment = environment
    let failure: String? = await environment.catalogPool.run { () -> String? in
      do throws(StorageError) {
        try environment.catalog.save(record)
        return nil
      } catch { return error.description }
    }
    if let failure { throw PipelineError(.internalError, "the catalog cannot be written: \(failure)") }
  }

  private func persistLater() {
    Task {
      do throws(PipelineError) { try await persist() } catch { log.error(error.message) }
    }
  }

  // MARK: Actions

  private func perform(_ actions: [PipelineLifecycle.Action]) {
    for action in actions {
      switch action {
      case .compile(let version): Task { await compile(version) }
      case .setPaused:
        // Commands may come here in another order than they were decided: the last decision counts.
        let paused = lifecycle.descriptor.deployment.desiredRuntime == .paused
        running?.setPaused(paused)
        if running?.isReady == true { lifecycle.reached(paused ? .paused : .running, now: now) }
        publish()
      case .deploy: enqueue { await $0.deploy() }
      case .undeploy(let checkpoint):
        let deployment = lifecycle.deployments
        giveUp(force: !checkpoint)
        enqueue { await $0.undeploy(deployment, checkpoint: checkpoint) }
      case .clearStorage: enqueue { await $0.clearStorage() }
      }
    }
  }

  func enqueue(_ body: @escaping @Sendable (PipelineSupervisor) async -> Void) {
    let before = transition
    transition = Task {
      await before?.value
      await body(self)
    }
  }

  private func compile(_ version: Int64) async {
    let code = lifecycle.descriptor.definition.programCode
    guard phase(.compilingSql, version, nil, nil) else { return }
    let result = await environment.pool.run { ConnectorCheck.compile(code) }
    switch result {
    case .success(let program):
      // The engine interprets plans: the phases of native code generation pass at once, but clients wait for
      // them.
      for status in [ProgramState.Status.sqlCompiled, .compilingRust, .success] {
        guard phase(status, version, program.warnings, program) else { return }
      }
    case .failure(let errors): _ = phase(.sqlError, version, errors.diagnostics, nil)
    }
    persistLater()
  }

  private func phase(
    _ status: ProgramState.Status, _ version: Int64, _ diagnostics: [SQLDiagnostic]?, _ program: Program?
  ) -> Bool {
    let actions = lifecycle.compiled(
      to: status, version: version, diagnostics: diagnostics, program: program, now: now)
    publish()
    perform(actions ?? [])
    return actions != nil
  }

  /// `isConverted`: the state was just made the program's.
  func deploy(isConverted: Bool = false) async {
    guard !isClosing, lifecycle.descriptor.deployment.desiredResources == .provisioned,
      let program = lifecycle.descriptor.program.compiled
    else { return }
    let descriptor = lifecycle.descriptor
    let reporter = RunningPipeline.Reporter(
      ready: { incarnation in Task { await self.engineReady(incarnation) } },
      failed: { incarnation, error in Task { await self.engineFailed(incarnation, error) } })
    let environment = environment
    let log = log
    // A life that follows a failure begins at the newest good one.
    let wanted = reopenings == 0 ? descriptor.deployment.initial?.restorePoint : nil
    let opened: Result<RunningPipeline, PipelineError> = await environment.pool.run {
      Result { () throws(PipelineError) in
        try PipelineAssembly(
          environment: environment, descriptor: descriptor, program: program,
          programCode: descriptor.definition.programCode, log: log, from: isConverted ? nil : wanted
        ).assemble(reporter)
      }
    }
    switch opened {
    case .failure(let error) where error.code == .bootstrapNotAllowed && !isConverted:
      await convert(to: program)
    case .failure(let error):
      log.error("start failed: \(error.message)")
      let failure = DeploymentError(code: error.code, message: error.message, details: error.details)
      if reopenings > 0, error.code == .storageFailure, canReopen { return reopenLater(failure) }
      lifecycle.stopping(error: failure, now: now)
      finishStop(failure)
    case .success(let pipeline):
      running = pipeline
      lifecycle.initializing(
        deploymentID: pipeline.incarnation.value, log: pipeline.identity.log, now: now)
      publish()
      if descriptor.storage.log == nil { persistLater() }
      pipeline.setPaused(lifecycle.descriptor.deployment.desiredRuntime == .paused)
      pipeline.begin()
      if !pipeline.isReady { lifecycle.reached(.replaying, now: now) }
      publish()
      if let early = earlyFailure, early.incarnation == pipeline.incarnation {
        engineFailed(early.incarnation, early.error)
      }
      earlyFailure = nil
    }
  }

  private func engineReady(_ incarnation: Incarnation) {
    guard let running, running.incarnation == incarnation,
      lifecycle.descriptor.deployment.resources == .provisioned
    else { return }
    let paused = lifecycle.descriptor.deployment.desiredRuntime == .paused
    running.becameReady(paused: paused)
    lifecycle.reached(paused ? .paused : .running, now: now)
    reopenings = 0
    log.info("pipeline is \(paused ? "paused" : "running") incarnation=\(incarnation)")
    publish()
  }

  private func engineFailed(_ incarnation: Incarnation, _ error: DeploymentError) {
    guard let running, running.incarnation == incarnation else {
      // A sink may fail before its life is known here.
      if self.running == nil, isStarting { earlyFailure = (incarnation, error) }
      return
    }
    log.error("pipeline failed: \(error.message)")
    running.noteFailure(error)
    enqueue { await $0.undeployFailed(incarnation, error) }
  }

  private func undeployFailed(_ incarnation: Incarnation, _ error: DeploymentError) async {
    guard let running, running.incarnation == incarnation else { return }
    let reopens = error.code == .storageFailure && canReopen
    if !reopens {
      lifecycle.stopping(error: error, now: now)
      publish()
    }
    _ = await running.shutDown(RunningPipeline.Ending(checkpoint: false, bounded: false, reason: .crashed))
    if reopens { reopenLater(error) } else { finishStop(error) }
  }

  /// Whether somebody still wants it to run, and the storage has not failed too often in a row.
  private var canReopen: Bool {
    lifecycle.descriptor.deployment.desiredResources == .provisioned && !isClosing
      && reopenings < Limits.storageReopeningsMax
  }

  /// The storage failed: it is opened again when the disk has room, so that service returns by itself.
  private func reopenLater(_ error: DeploymentError) {
    guard canReopen else { return finishStop(error) }
    running = nil
    reopenings += 1
    lifecycle.reopening(now: now)
    publish()
    let deployment = lifecycle.deployments
    let pause = Limits.storageReopenNanoseconds << UInt64(min(reopenings, 5))
    log.warning("the storage is opened again, when the disk has room: \(error.message)")
    Task {
      repeat { try? await Task.sleep(for: .nanoseconds(pause)) } while await isDiskFull() && wants(deployment)
      if wants(deployment) { enqueue { await $0.deploy() } }
    }
  }

  private func isDiskFull() async -> Bool {
    let (fileSystem, directory) = (environment.fileSystem, environment.dataDirectory)
    return await environment.pool.run {
      ((try? fileSystem.freeBytes(at: directory)) ?? .max) < SpaceGuard.freeBytesMin
    }
  }

  private func undeploy(_ deployment: UInt64, checkpoint: Bool) async {
    guard deployment == lifecycle.deployments else { return }
    guard let running else {
      if lifecycle.descriptor.deployment.resources != .stopped { finishStop(nil) }
      return
    }
    var failure: DeploymentError?
    if checkpoint, running.isReady, case .failed(let message) = await running.checkpointBeforeStop() {
      failure = RunningPipeline.checkpointError(message)
    }
    lifecycle.stopping(error: failure, now: now)
    publish()
    let outcome = await running.shutDown(
      RunningPipeline.Ending(checkpoint: false, bounded: false, reason: checkpoint ? .suspended : .stopped))
    finishStop(running.firstFailure ?? failure ?? outcome.failure)
  }

  func finishStop(_ error: DeploymentError?) {
    let checkpoints = running?.checkpoints() ?? lifecycle.descriptor.storage.checkpoints ?? []
    running = nil
    lifecycle.stopped(error: error, checkpoints: checkpoints, now: now)
    log.info("pipeline is stopped")
    publish()
    persistLater()
  }

  /// Renames the directory first, so that a crash leaves either all of the state or none.
  private func clearStorage() async {
    let (directory, fileSystem) = (environment.stateDirectory(of: id), environment.fileSystem)
    let parent = "\(environment.dataDirectory)/pipelines"
    let failure: String? = await environment.pool.run { () -> String? in
      let doomed = directory + ClearedDirectory.suffix
      do throws(FileError) {
        try fileSystem.removeTree(doomed)
        if fileSystem.exists(directory) {
          try fileSystem.rename(directory, to: doomed)
          try fileSystem.syncDirectory(parent)
        }
        try fileSystem.removeTree(doomed)
        return nil
      } catch { return error.description }
    }
    if let failure {
      log.error("storage cannot be cleared: \(failure)")
      lifecycle.notCleared(now: now)
    } else {
      lifecycle.cleared(now: now)
    }
    publish()
    persistLater()
  }
}

import PipelineModel
import Platform
import SQLFrontend
import StepEngine

/// A program that differs from that of the stored state.
extension PipelineSupervisor {
  func approve(silent: Bool, concurrent: Bool) async throws(PipelineError) {
    guard !silent || !concurrent else {
      throw PipelineError(
        .invalidBootstrapConfig, "silent_bootstrap and concurrent_bootstrap exclude each other")
    }
    try await change { lifecycle, now throws(PipelineError) in
      try lifecycle.approve(silent: silent, concurrent: concurrent, now: now)
    }
  }

  func diff(_ code: String?) async throws(PipelineError) -> ApprovalDiff {
    let new = try await program(code)
    try checkNotBootstrapping()
    // The store has one user at a time.
    let answer = FirstAnswer<Result<ApprovalDiff, PipelineError>>()
    enqueue { supervisor in answer.give(await supervisor.storedDiff(new)) }
    return try await answer.wait().get()
  }

  private func program(_ code: String?) async throws(PipelineError) -> Program {
    guard let code else {
      if let program = descriptor.program.compiled { return program }
      throw PipelineError(.programNotCompiled, "the program is not compiled: \(descriptor.program.status.rawValue)")
    }
    switch await environment.pool.run({ ConnectorCheck.compile(code) }) {
    case .success(let program): return program
    case .failure(let errors):
      throw PipelineError(
        .invalidNewProgramSql,
        "the new program does not compile: \(errors.diagnostics.first?.message ?? "unknown error")")
    }
  }

  private func storedDiff(_ new: Program) async -> Result<ApprovalDiff, PipelineError> {
    let (conversion, running) = (conversion(to: new, BootstrapControl(clock: environment.clock) { _, _ in }), running)
    return await environment.pool.run {
      Result { () throws(PipelineError) in
        if let running { return try conversion.diff(from: running.program, running.stages.store) }
        return try conversion.storedDiff()
      }
    }
  }

  private func conversion(to program: Program, _ control: BootstrapControl) -> ProgramConversion {
    let deployment = lifecycle.deployments
    return ProgramConversion(
      environment: environment, descriptor: lifecycle.descriptor, program: program, log: log,
      isWanted: { await self.wants(deployment) }, control: control)
  }

  /// Whether a start that is not over is still the last one asked for.
  func wants(_ deployment: UInt64) -> Bool {
    !isClosing && deployment == lifecycle.deployments && isStarting
      && lifecycle.descriptor.deployment.desiredResources == .provisioned
  }

  /// A deployment is under way: its life is not known yet.
  var isStarting: Bool {
    lifecycle.descriptor.deployment.resources == .provisioning
      || lifecycle.descriptor.deployment.runtime == .bootstrapping
  }

  /// What would wait until changed views are computed is refused instead.
  func checkNotBootstrapping() throws(PipelineError) {
    guard lifecycle.descriptor.deployment.runtime == .bootstrapping else { return }
    throw PipelineError.bootstrapInProgress(lifecycle.descriptor)
  }

  /// A stop waits for no computation of other pipelines; a forced one neither for a checkpoint nor for the own one.
  func giveUp(force: Bool) {
    if let bootstrap { environment.bootstraps.giveUp(bootstrap) }
    guard force else { return }
    running?.giveUpCheckpoint()
    bootstrap?.cancel()
  }

  /// The program has changed since its state was written.
  func convert(to program: Program) async {
    let deployment = lifecycle.deployments
    // A stop that came while the state was opened found nothing to cancel.
    guard wants(deployment) else { return }
    let log = log
    let control = BootstrapControl(clock: environment.clock) { progress, isLine in
      if isLine {
        log.info(
          "bootstrapping rows_done=\(progress.rowsDone) rows_total=\(progress.rowsTotal) "
            + "records_done=\(progress.recordsDone) records_total=\(progress.recordsTotal)"
            + (progress.isWaiting ? " waiting=true" : ""))
      }
      Task { await self.note(progress, deployment) }
    }
    bootstrap = control
    let result = await converted(to: program, control, deployment)
    bootstrap = nil
    switch result {
    case .success(nil): await deploy(isConverted: true)
    case .success(let diff?):
      guard wants(deployment) else { return }
      log.info("the change of the program awaits approval")
      lifecycle.awaitingApproval(diff, deploymentID: environment.newID(), now: now)
      publish()
    case .failure(let error):
      // A stop that was asked for, or the end of the server, is no failure of the pipeline.
      guard wants(deployment) else { return }
      log.error("start failed: \(error.message)")
      let failure = DeploymentError(code: error.code, message: error.message, details: error.details)
      lifecycle.stopping(error: failure, now: now)
      finishStop(failure)
    }
  }

  private func converted(
    to program: Program, _ control: BootstrapControl, _ deployment: UInt64
  ) async -> Result<ApprovalDiff?, PipelineError> {
    var conversion = conversion(to: program, control)
    conversion.begun = { await self.bootstrapping(deployment) }
    do throws(PipelineError) { return .success(try await conversion.run()) } catch { return .failure(error) }
  }

  private func bootstrapping(_ deployment: UInt64) {
    guard wants(deployment) else { return }
    lifecycle.bootstrapping(deploymentID: environment.newID(), now: now)
    publish()
  }

  private func note(_ progress: BootstrapProgress, _ deployment: UInt64) {
    let known = lifecycle.descriptor.deployment.bootstrap ?? progress
    // What is told late is passed over.
    guard bootstrap != nil, wants(deployment), progress.rowsDone >= known.rowsDone,
      progress.recordsDone >= known.recordsDone, !progress.isWaiting || known == BootstrapProgress()
    else { return }
    lifecycle.bootstrapped(progress)
    // Not counted as a fact: it must not make a refused command stand.
    board.publish(lifecycle.descriptor, events: lifecycle.events, running: running)
  }
}

import PipelineModel
import Platform
import SQLFrontend

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
    let (conversion, former) = (conversion(to: new), running?.program)
    return await environment.pool.run {
      Result { () throws(PipelineError) in
        let old: Program
        if let former { old = former } else { old = try conversion.formerProgram() }
        return try ApprovalDiff(from: old, to: new)
      }
    }
  }

  private func conversion(to program: Program) -> ProgramConversion {
    let deployment = lifecycle.deployments
    return ProgramConversion(
      environment: environment, descriptor: lifecycle.descriptor, program: program, log: log,
      isWanted: { await self.wants(deployment) })
  }

  /// The program has changed since its state was written.
  func convert(to program: Program) async {
    let deployment = lifecycle.deployments
    do throws(PipelineError) {
      guard let diff = try await conversion(to: program).run() else { return await deploy(isConverted: true) }
      guard wants(deployment) else { return }
      log.info("the change of the program awaits approval")
      lifecycle.awaitingApproval(diff, deploymentID: environment.newID(), now: now)
      publish()
    } catch {
      // A stop that was asked for, or the end of the server, is no failure of the pipeline.
      guard wants(deployment) else { return }
      log.error("start failed: \(error.message)")
      let failure = DeploymentError(code: error.code, message: error.message, details: error.details)
      lifecycle.stopping(error: failure, now: now)
      finishStop(failure)
    }
  }
}

import AccessControl
import PipelineRuntime

/// Routes that stop, start or change a pipeline, as seen from the work that one of them holds: the work in memory
/// must not outlive the log that it was read from.
enum WorkPipeline {
  /// The work is closed when the call was taken, and goes on if the pipeline still does.
  static func dropping(_ handler: @escaping Route.Handler) -> Route.Handler {
    { call in
      let response = try await handler(call)
      guard call.pipelineName == WorkProgram.name, await !stillRuns(call) else { return response }
      await call.environment.work.drop(call.principal.slug)
      await call.environment.work.resume(call.principal.slug)
      return response
    }
  }

  /// Only what does not matter to the work was changed.
  private static func stillRuns(_ call: APICall) async -> Bool {
    guard let pipeline = try? await call.directory.descriptor(WorkProgram.name) else { return false }
    return pipeline.definition.programCode == WorkProgram.code && pipeline.deployment.runtime == .running
      && pipeline.deployment.desiredResources == .provisioned
  }

  /// The work goes on without being asked for. A start that may rewind the log closes what was read from it first.
  static func resuming(_ handler: @escaping Route.Handler) -> Route.Handler {
    { call in
      let response = try await handler(call)
      guard call.pipelineName == WorkProgram.name else { return response }
      let work = call.environment.work
      if call.query["from_checkpoint"] != nil { await work.drop(call.principal.slug) }
      await work.resume(call.principal.slug)
      return response
    }
  }
}

import AccessControl
import HummingbirdCore
import PipelineRuntime

/// Routes that stop, start or change a pipeline, as seen from the work that one of them holds: the work in memory
/// must not outlive the log that it was read from.
enum WorkPipeline {
  /// The work is closed when the call was taken, and goes on if the pipeline still does. A change of its program by the
  /// server ends before the call: whoever stops the pipeline does not find it started again.
  static func dropping(_ handler: @escaping Route.Handler) -> Route.Handler {
    { call in
      guard call.pipelineName == WorkProgram.name else { return try await handler(call) }
      let (work, slug) = (call.environment.work, call.principal.slug)
      await work.hold(slug)
      let response: Response
      do {
        let endsChange = try await takeChange(call)
        do { response = try await handler(call) } catch {
          if endsChange { try? await describe(WorkProgram.changing, call) }
          throw error
        }
      } catch {
        await work.letGo(slug)
        await work.resume(slug)
        throw error
      }
      if await !stillRuns(call) { await work.drop(slug) }
      await work.letGo(slug)
      await work.resume(slug)
      return response
    }
  }

  /// Whether the server was changing the program: it does so no longer.
  private static func takeChange(_ call: APICall) async throws -> Bool {
    await call.environment.work.dropOpening(call.principal.slug)
    guard let found = try? await call.directory.descriptor(WorkProgram.name),
      found.definition.description == WorkProgram.changing
    else { return false }
    try await describe(WorkProgram.description, call)
    return true
  }

  private static func describe(_ text: String, _ call: APICall) async throws {
    var patch = PipelinePatch()
    patch.description = text
    _ = try await call.directory.patch(WorkProgram.name, with: patch)
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

import Hummingbird
import PipelineModel
import PipelineRuntime

/// Calls of the dialect that this server does not have yet: refused by name.
enum UnsupportedRoutes {
  static func refuse(_ call: String) -> Route.Handler {
    { request in
      if !request.pipelineName.isEmpty { _ = try await request.directory.descriptor(request.pipelineName) }
      throw PipelineError(.notSupported, "'\(call)' is not supported by this server")
    }
  }
}

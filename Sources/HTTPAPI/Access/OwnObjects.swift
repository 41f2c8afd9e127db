import HTTPTypes
import Hummingbird
import HummingbirdCore
import PipelineRuntime

/// Looks up what a path names by the names of its parameters: a pipeline, a cargo, a batch.
enum OwnObjects {
  /// Throws the dialect's 404 unless the caller's project has it.
  static let find: Route.Finder = { call in
    // PUT of a pipeline creates it, so there is nothing to find.
    if !call.pipelineName.isEmpty, call.request.method != .put {
      _ = try await call.directory.descriptor(call.pipelineName)
    }
    if let cargo = call.parameters["cargo_id"] {
      _ = try await CargoRoutes.item(cargo, try await call.work().service)
    }
    if call.parameters["batch"] != nil { try await BatchRoutes.find(call) }
  }
}

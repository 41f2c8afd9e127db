import HTTPTypes
import Hummingbird
import HummingbirdCore
import PipelineModel
import PipelineRuntime
import WireTypes

/// Copies of the data directory while the server runs.
enum BackupRoutes {
  static let create: Route.Handler = { call in
    let body = try await call.json()
    guard let name = body["name"]?.stringValue else {
      throw PipelineError(.invalidBody, "'name' must be text: what the backup is called")
    }
    let report = try await call.directory.backUp(name)
    return Answer.json(
      ["name": .string(name), "path": .string(report.path), "pipelines": .integer(report.pipelines)],
      status: .created)
  }
}

import Hummingbird
import HummingbirdCore
import PipelineModel
import PipelineRuntime
import Platform
import SQLFrontend
import WireTypes

/// Checks of programs without a pipeline.
enum ProgramRoutes {
  static let validate: Route.Handler = { call in
    let body = try await call.json()
    guard let code = body["program_code"]?.stringValue else {
      throw PipelineError(.invalidBody, "'program_code' is missing or not a string")
    }
    guard code.utf8.count <= Limits.sqlTextBytesMax else {
      throw PipelineError(.bodyTooLarge, "the program has more than \(Limits.sqlTextBytesMax) bytes")
    }
    switch await call.environment.compile(code) {
    case .success(let program):
      return Answer.json(["Success": ["program_info": ProgramInfo.render(program), "dataflow": nil]])
    case .failure(let errors):
      return Answer.json([
        "SqlError": ["info": ProgramErrors.sqlCompilation(exitCode: 1, diagnostics: errors.diagnostics)]
      ])
    }
  }
}

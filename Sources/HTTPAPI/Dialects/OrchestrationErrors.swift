import HTTPTypes
import PipelineModel
import PipelineRuntime
import WireTypes

/// Errors as Cargo gives them: `{"errorMessage": text, "reason": code}`.
enum OrchestrationErrors {
  static func answer(_ error: PipelineError) -> WholeAnswer {
    var answer = WholeAnswer(
      ["errorMessage": .string(error.message), "reason": .string(reason(error.code))],
      status: ErrorMapping.status(of: error.code))
    answer.retryAfterSeconds = error.retryAfterSeconds.map { Int($0) }
    return answer
  }

  /// The last part of the code, in camel case.
  private static func reason(_ code: ErrorCode) -> String {
    let name = code.rawValue.split(separator: ".").last.map(String.init) ?? code.rawValue
    return name.prefix(1).lowercased() + name.dropFirst()
  }
}

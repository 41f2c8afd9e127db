import HTTPTypes
import PipelineModel
import PipelineRuntime
import WireTypes

/// Errors as Convoy gives them: `{"detail": text}`.
enum CargoErrors {
  static func answer(_ error: PipelineError) -> WholeAnswer {
    var answer = WholeAnswer(
      ["detail": .string(error.message)], status: ErrorMapping.status(of: error.code))
    answer.retryAfterSeconds = error.retryAfterSeconds.map { Int($0) }
    return answer
  }
}

/// A body or query that is not as it should be, field by field: 422 in the form of FastAPI.
struct InvalidFields: AnsweringError {
  struct Problem: Sendable {
    /// Such as `body`, `slug`.
    let place: [String]
    let message: String
    /// Such as `missing`, `string_type`, `value_error`.
    let kind: String
  }

  private(set) var problems: [Problem] = []

  var isEmpty: Bool { problems.isEmpty }

  mutating func add(_ place: [String], _ message: String, kind: String = "value_error") {
    problems.append(Problem(place: place, message: message, kind: kind))
  }

  func answer(requestID: String) -> WholeAnswer {
    let details = problems.map { problem -> JSONValue in
      [
        "loc": .array(problem.place.map { .string($0) }), "msg": .string(problem.message),
        "type": .string(problem.kind),
      ]
    }
    return WholeAnswer(["detail": .array(details)], status: .unprocessableContent)
  }
}

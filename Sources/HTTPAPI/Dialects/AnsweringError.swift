import HTTPTypes
import PipelineModel
import PipelineRuntime
import WireTypes
import Workflows

/// An error that brings its own answer.
protocol AnsweringError: Error {
  func answer(requestID: String) -> WholeAnswer
}

extension CargoFailure: AnsweringError {
  func answer(requestID: String) -> WholeAnswer {
    var answer = WholeAnswer(["detail": detail], status: status)
    answer.retryAfterSeconds = retryAfterSeconds
    return answer
  }
}

extension BatchFailure: AnsweringError {
  func answer(requestID: String) -> WholeAnswer {
    var answer = WholeAnswer(body(requestID: requestID), status: .init(code: status))
    answer.retryAfterSeconds = retryAfterSeconds
    return answer
  }
}

extension PipelineError {
  init(_ error: WorkError) {
    switch error.code {
    case .unavailable, .inDoubt, .full: self.init(.pipelineUnavailable, error.message, retryAfterSeconds: 1)
    case .conflict: self.init(.duplicateName, error.message)
    case .failed: self.init(.internalError, error.message)
    }
  }
}

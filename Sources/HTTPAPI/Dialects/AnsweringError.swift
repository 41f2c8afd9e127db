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
    case .unavailable, .full: self.init(.pipelineUnavailable, error.message, retryAfterSeconds: 1)
    // Not asked to be sent again: it may be there.
    case .inDoubt: self.init(.pipelineUnavailable, error.message)
    case .conflict: self.init(.duplicateName, error.message)
    case .failed: self.init(.internalError, error.message)
    }
  }
}

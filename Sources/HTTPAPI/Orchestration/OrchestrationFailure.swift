import HTTPTypes
import Hummingbird
import PipelineModel
import PipelineRuntime
import WireTypes
import Workflows

/// An error of the orchestration dialect: `{"errorMessage", "reason"}`.
struct OrchestrationFailure: Error, AnsweringError {
  let status: Int
  let reason: String
  let message: String
  var retryAfterSeconds: Int?

  init(_ status: Int, _ reason: String, _ message: String) {
    self.status = status
    self.reason = reason
    self.message = message
  }

  var isTooLarge: Bool { status == 413 }

  static func invalid(_ message: String) -> OrchestrationFailure {
    OrchestrationFailure(400, "invalidPayload", message)
  }

  init(_ error: any Error) {
    switch error {
    case let failure as OrchestrationFailure: self = failure
    case let refusal as WorkflowBook.Refusal: self.init(refusal)
    case let refusal as SegmentBook.Refusal: self.init(refusal)
    case FileBook.Refusal.unknownFile:
      self.init(404, "fileNotFound", "there is no such file: it is kept as long as results are")
    case let error as WorkError where error.code == .conflict: self.init(409, "conflict", error.message)
    case let error as WorkError where error.code == .failed: self.init(500, "internalError", error.message)
    case let error as WorkError:
      self.init(503, "unavailable", error.message)
      retryAfterSeconds = 1
    case let error as PipelineError:
      let status = ErrorMapping.status(of: error.code).code
      self.init(status, status == 413 ? "payloadTooLarge" : "invalidPayload", error.message)
      retryAfterSeconds = error.retryAfterSeconds
    default: self = .invalid("the request broke off: \(error)")
    }
  }

  private init(_ refusal: WorkflowBook.Refusal) {
    switch refusal {
    case .unknownWorkflow: self.init(404, "workflowNotFound", "there is no such workflow")
    case .unknownRelease: self.init(404, "releaseNotFound", "there is no such release")
    case .notValid(let verdict): self.init(verdict)
    case .noNodes: self.init(400, "nodesNotFound", "the draft has no nodes")
    case .versionTaken(let version):
      self.init(409, "conflict", "the workflow has a release '\(version)' already")
    case .full: self.init(409, "conflict", "the workflow was changed too often: make another")
    case .work(let error): self.init(error)
    }
  }

  private init(_ refusal: SegmentBook.Refusal) {
    switch refusal {
    case .unknownSegment: self.init(404, "segmentNotFound", "there is no such segment")
    case .full: self.init(409, "conflict", "the segment was changed too often: make another")
    }
  }

  /// Of a graph that cannot run: its first finding.
  init(_ verdict: GraphVerdict) {
    let first = verdict.invalidNodes.first
    self.init(400, first?.reason.rawValue ?? "nodesNotFound", first?.message ?? "the nodes are not valid")
  }

  /// Runs a look-up; what it throws becomes an error of the dialect.
  static func rethrown<Found>(_ find: () async throws -> Found) async throws -> Found {
    do { return try await find() } catch let error as any AnsweringError { throw error } catch {
      throw OrchestrationFailure(error)
    }
  }

  func answer(requestID: String) -> WholeAnswer {
    var answer = WholeAnswer(
      ["errorMessage": .string(message), "reason": .string(reason)], status: .init(code: status))
    answer.retryAfterSeconds = retryAfterSeconds
    return answer
  }
}

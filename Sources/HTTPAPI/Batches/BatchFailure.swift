import HTTPTypes
import Hummingbird
import HummingbirdCore
import PipelineModel
import PipelineRuntime
package import WireTypes
import Workflows

/// An error answer of the batch dialect.
package struct BatchFailure: Error, Sendable {
  package let status: Int
  package let code: String
  package let message: String
  package var details: JSONValue?
  package var suggestion: String?
  package var retryAfterSeconds: Int?

  package init(_ status: Int, _ code: String, _ message: String, details: JSONValue? = nil) {
    self.status = status
    self.code = code
    self.message = message
    self.details = details
  }

  static func invalid(_ message: String, _ error: String) -> BatchFailure {
    BatchFailure(400, "validation_error", message, details: ["error": .string(error)])
  }

  static func notFound(_ id: String) -> BatchFailure {
    BatchFailure(
      404, "not_found", "Batch \(id) not found",
      details: ["resource_type": "batch", "resource_id": .string(id)])
  }

  static func tooLarge(_ message: String, limit: Int) -> BatchFailure {
    BatchFailure(413, "payload_too_large", message, details: ["limit": .integer(limit)])
  }

  /// `what`: "retrieve batch status"; `operation`: "get_batch_status".
  static func processing(_ what: String, _ operation: String, _ batch: String?, _ reason: String)
    -> BatchFailure
  {
    var details: [JSONMember] = [JSONMember("operation", .string(operation))]
    if let batch { details.append(JSONMember("batch_id", .string(batch))) }
    return BatchFailure(500, "processing_error", "Failed to \(what): \(reason)", details: .object(details))
  }

  /// Errors of the work and of its pipelines in this dialect; nil for those that bring their own answer.
  init?(_ error: any Error, _ operation: BatchOperation, _ batch: String?) {
    switch error {
    case let failure as BatchFailure: self = failure
    case let fault as MultipartFault: self = .invalid("Invalid request body", fault.message)
    case let error as WorkError where error.code != .failed && error.code != .conflict:
      self.init(
        503, "service_unavailable", "Failed to \(operation.what): \(error.message)",
        details: ["operation": .string(operation.rawValue), "batch_id": .text(batch)])
      retryAfterSeconds = 1
      suggestion = "Try again in a moment"
    case let error as WorkError: self = .processing(operation.what, operation.rawValue, batch, error.message)
    case let error as PipelineError where ErrorMapping.status(of: error.code).code == 413:
      self = BatchFailure(413, "payload_too_large", error.message)
    case let error as PipelineError where ErrorMapping.status(of: error.code).code == 400:
      self = .invalid("Invalid request", error.message)
    case let error as PipelineError:
      self = .processing(operation.what, operation.rawValue, batch, error.message)
    default: return nil
    }
  }

  package func body(requestID: String) -> JSONValue {
    var members = [
      JSONMember("success", false), JSONMember("message", .string(message)),
      JSONMember("code", .string(code)),
      JSONMember("status_code", .integer(status)),
    ]
    if let details { members.append(JSONMember("details", details)) }
    members.append(JSONMember("request_id", .string(requestID)))
    if let suggestion { members.append(JSONMember("suggestion", .string(suggestion))) }
    return .object(members)
  }

  func response(requestID: String) -> Response {
    var response = Answer.json(body(requestID: requestID), status: .init(code: status))
    if let retryAfterSeconds { response.headers[.retryAfter] = String(retryAfterSeconds) }
    return response
  }
}

/// What a request of the dialect does, for its errors.
enum BatchOperation: String, Sendable {
  case create = "create_batch"
  case status = "get_batch_status"
  case results = "get_batch_results"
  case state = "update_batch_state"
  case list = "list_batches"
  case account = "get_status"

  var what: String {
    switch self {
    case .create: "create batch"
    case .status: "retrieve batch status"
    case .results: "retrieve batch results"
    case .state: "update batch state"
    case .list: "list batches"
    case .account: "retrieve status"
    }
  }
}

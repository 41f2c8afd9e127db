import HTTPTypes
import PipelineModel
import PipelineRuntime
import WireTypes

/// Errors as Wickson gives them: `{"success": false, "message", "code", "status_code", "details", "request_id"}`.
enum BatchErrors {
  static func answer(_ error: PipelineError, requestID: String) -> WholeAnswer {
    let status = ErrorMapping.status(of: error.code)
    var members = [
      JSONMember("success", false), JSONMember("message", .string(error.message)),
      JSONMember("code", .string(code(status.code))), JSONMember("status_code", .integer(status.code)),
    ]
    if let details = try? JSONValue(parsing: error.details), details.members?.isEmpty == false {
      members.append(JSONMember("details", details))
    }
    if !requestID.isEmpty { members.append(JSONMember("request_id", .string(requestID))) }
    if let suggestion = suggestion(error) { members.append(JSONMember("suggestion", .string(suggestion))) }
    var answer = WholeAnswer(.object(members), status: status)
    answer.retryAfterSeconds = error.retryAfterSeconds.map { Int($0) }
    return answer
  }

  private static func code(_ status: Int) -> String {
    switch status {
    case 401: "authentication_error"
    case 403: "forbidden"
    case 404: "not_found"
    case 405: "method_not_allowed"
    case 408: "request_timeout"
    case 409, 410: "conflict"
    case 413: "payload_too_large"
    case 429: "rate_limit_error"
    case 503: "service_unavailable"
    case 500...: "processing_error"
    default: "validation_error"
    }
  }

  private static func suggestion(_ error: PipelineError) -> String? {
    switch error.code {
    case .invalidApiKey: "Send a valid key in the X-Api-Key header"
    case .rateLimitExceeded:
      error.retryAfterSeconds.map { "Wait \($0) seconds, then try again" }
    default: nil
    }
  }
}

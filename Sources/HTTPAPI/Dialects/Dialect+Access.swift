import AccessControl
import PipelineModel
import PipelineRuntime
import Platform
import WireTypes

/// What stands against a request before its route runs, in the words of each dialect.
extension Dialect {
  func answer(_ failure: AccessFailure, requestID: String) -> WholeAnswer {
    let code: ErrorCode =
      switch failure {
      case .missing, .malformed, .unknown, .expired, .adminMissing, .adminUnknown: .invalidApiKey
      case .inactiveProject, .insufficientScope, .otherProject: .permissionDenied
      case .adminNotConfigured: .internalError
      }
    var answer = answer(PipelineError(code, failure.text), requestID: requestID)
    if let challenge = challenge(failure) { answer.fields.append(("WWW-Authenticate", challenge)) }
    return answer
  }

  /// RFC 9110 wants one with every 401; Convoy's clients know theirs.
  private func challenge(_ failure: AccessFailure) -> String? {
    switch failure {
    case .inactiveProject, .otherProject, .adminNotConfigured: nil
    case .adminMissing, .adminUnknown: "AdminApiKey"
    case .insufficientScope(let scope):
      self == .cargo ? nil : "Bearer realm=\"tidemark\", error=\"insufficient_scope\", scope=\"\(scope)\""
    case .missing: self == .cargo ? "ApiKey" : "Bearer realm=\"tidemark\""
    case .malformed, .unknown, .expired:
      self == .cargo ? "ApiKey" : "Bearer realm=\"tidemark\", error=\"invalid_token\""
    }
  }

  func answer(_ refusal: QuotaRefusal, now: WallTime, requestID: String) -> WholeAnswer {
    let standing = refusal.standing
    let reset = now.microseconds / 1_000_000 + Int64(clamping: standing.resetSeconds)
    let details: JSONValue = [
      "limit": .integer(standing.limit), "remaining": .integer(standing.remaining), "reset_time": .integer(reset),
      "window_size": .integer(standing.windowSeconds), "unit": .string(standing.unit.rawValue),
      "of": .string(standing.owner.rawValue),
    ]
    let error = PipelineError(
      .rateLimitExceeded,
      "the limit of \(standing.limit) \(standing.unit.rawValue) in \(standing.windowSeconds) s of this "
        + "\(standing.owner.rawValue) is reached",
      details: details.encoded, retryAfterSeconds: Int(clamping: standing.resetSeconds))
    var answer = answer(error, requestID: requestID)
    answer.fields += QuotaFields.fields([standing], now: now)
    return answer
  }
}

import HTTPTypes
import PipelineModel
import WireTypes

/// Which errors the operations of the primary dialect may answer beside their own, and how errors look.
enum PrimaryErrors {
  /// Of calls that need a key, where the server wants keys or has quotas.
  private static let access: [ErrorCode] = [.invalidApiKey, .permissionDenied, .rateLimitExceeded]
  /// Of calls that need the pipeline to run.
  static let running: [ErrorCode] = [
    .pipelineInteractionNotDeployed, .initializing, .awaitingApproval, .bootstrapInProgress,
    .pipelineUnavailable, .terminating,
  ]
  /// Of calls that take tokens.
  static let token: [ErrorCode] = running + [.pipelineRestarted, .unknownEndpointInCompletionToken]

  /// Errors by status: what every request may meet, what its parts bring with them, and its own.
  static func answers(_ operation: APIOperation) -> [APIAnswer] {
    var codes: [ErrorCode] = [.invalidParam]
    if operation.body != nil { codes += [.invalidBody, .bodyTooLarge] }
    if operation.pathNames.contains("pipeline") { codes.append(.unknownPipelineName) }
    if operation.parameters.contains(where: { $0.isRequired && $0.place == .query }) {
      codes.append(.missingUrlEncodedParam)
    }
    if operation.access != .open { codes += access }
    codes += operation.codes
    let byStatus = Dictionary(grouping: codes) { ErrorMapping.status(of: $0).code }
    return byStatus.map { answer(status: $0.key, unique($0.value)) } + [answer(status: 414, [.invalidParam])]
  }

  private static func unique(_ codes: [ErrorCode]) -> [ErrorCode] {
    ErrorCode.allCases.filter { codes.contains($0) }
  }

  private static func answer(status: Int, _ codes: [ErrorCode]) -> APIAnswer {
    let names = codes.map(\.rawValue)
    let more = JSONSchema([
      JSONMember("properties", ["error_code": JSONSchema.choice(names).json])
    ])
    var answer = APIAnswer(
      status: status, meaning: names.joined(separator: ", "),
      contents: [("application/json", .ref("Error", and: more))])
    if status == 429 || status == 503 {
      answer.headers = [
        ("Retry-After", .integer(from: 1), "Seconds to wait before asking again, when known.")
      ]
    }
    return answer
  }
}

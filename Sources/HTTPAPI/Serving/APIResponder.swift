import AccessControl
import HTTPTypes
package import Hummingbird
import Logging
import PipelineModel
import PipelineRuntime
import Platform
import Workflows

/// Finds the route of a request, lets it in, and turns every error into the body of the route's dialect.
package struct APIResponder: HTTPResponder {
  package typealias Context = ConnectionContext

  private let environment: APIEnvironment
  private let table = RouteTable(routes: RouteTable.all)

  package init(environment: APIEnvironment) { self.environment = environment }

  package func respond(to request: Request, context: ConnectionContext) async throws -> Response {
    let target = request.head.path ?? "/"
    let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    let path = parts.first ?? "/"
    var response: Response
    do {
      response = try await answer(to: request, context, path: path, query: parts.count > 1 ? parts[1] : "")
    } catch {
      response = Answer.whole(answer(to: error, request, context, dialect: Dialect(path: path)))
    }
    log(request, context, status: response.status)
    // The head of what GET would answer; a body would be taken for the next answer.
    if request.method == .head { response = response.createHeadResponse() }
    if let name = HTTPField.Name("x-request-id") { response.headers[name] = context.requestID }
    return response
  }

  private func answer(
    to request: Request, _ context: ConnectionContext, path: Substring, query: Substring
  ) async throws -> Response {
    let urlBytesMax = environment.limits.urlBytes
    guard (request.head.path?.utf8.count ?? 0) <= urlBytesMax else {
      throw APIFailure(.uriTooLong, .invalidParam, "the URL has more than \(urlBytesMax) bytes")
    }
    switch table.find(method: request.method, segments: try PercentCoding.segments(of: path)) {
    case .route(let route, let parameters):
      let admission = Admission(route: route, environment: environment)
      var principal: Principal?
      var response: Response
      do {
        principal = try admission.principal(request.headers)
        let call = APICall(
          request: request, parameters: parameters, query: try QueryParameters(query), environment: environment,
          connection: context, principal: principal ?? .nobody)
        try await admission.checkScope(call)
        try admission.takeQuota(call)
        response = try await route.handler(call)
      } catch {
        response = Answer.whole(answer(to: error, request, context, dialect: route.dialect))
      }
      if let principal, principal.isLimited { tellQuota(principal, &response) }
      return response
    case .otherMethods(let methods):
      var response = Answer.whole(
        Dialect(path: path).answer(
          PipelineError(.methodNotAllowed, "\(request.method.rawValue) is not supported here"),
          requestID: context.requestID))
      response.headers[.allow] = methods.joined(separator: ", ")
      return response
    case .unknown:
      throw PipelineError(.notFound, "there is no '\(path)'")
    }
  }

  /// The refusal of a quota has told of the limit that counts.
  private func tellQuota(_ principal: Principal, _ response: inout Response) {
    guard response.status != .tooManyRequests || response.headers[.retryAfter] == nil else { return }
    let fields = QuotaFields.fields(environment.access.standings(principal), now: environment.clock.wall())
    Answer.add(fields, to: &response)
  }

  private func answer(
    to error: any Error, _ request: Request, _ context: ConnectionContext, dialect: Dialect
  ) -> WholeAnswer {
    let id = context.requestID
    switch error {
    case let error as PipelineError: return dialect.answer(error, requestID: id)
    case let error as AccessFailure: return dialect.answer(error, requestID: id)
    case let error as QuotaRefusal: return dialect.answer(error, now: environment.clock.wall(), requestID: id)
    case let error as AccessError: return dialect.answer(PipelineError(error), requestID: id)
    case let error as WorkError: return dialect.answer(PipelineError(error), requestID: id)
    case let error as any AnsweringError: return error.answer(requestID: id)
    case let error as APIFailure:
      var answer = dialect.answer(error.error, requestID: id)
      answer.status = error.status
      return answer
    default:
      // The body could not be read to its end, or the task was cancelled because the connection is gone.
      environment.logger.debug("request broken off: \(error)", metadata: metadata(context))
      return dialect.answer(PipelineError(.invalidBody, "the request broke off: \(error)"), requestID: id)
    }
  }

  private func log(_ request: Request, _ context: ConnectionContext, status: HTTPResponse.Status) {
    let level: Logger.Level = status.code >= 500 && status.code != 503 ? .warning : .debug
    guard environment.logger.logLevel <= level else { return }
    environment.logger.log(
      level: level, "\(request.method.rawValue) \(request.uri.path) \(status.code)", metadata: metadata(context))
  }

  private func metadata(_ context: ConnectionContext) -> Logger.Metadata {
    ["request": "\(context.requestID)"]
  }
}

extension PipelineError {
  init(_ error: AccessError) {
    let code: ErrorCode =
      switch error.code {
      case .slugTaken, .nameTaken: .duplicateName
      case .unknownProject: .unknownProject
      case .unknownKey: .unknownApiKey
      case .tooMany: .rateLimitExceeded
      case .storage: .storageFailure
      }
    self.init(code, error.description)
  }
}

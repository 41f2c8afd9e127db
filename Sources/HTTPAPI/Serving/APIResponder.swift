import HTTPTypes
package import Hummingbird
import Logging
import PipelineModel
import PipelineRuntime
import Platform

/// Finds the route of a request and turns every error into the dialect's body.
package struct APIResponder: HTTPResponder {
  package typealias Context = ConnectionContext

  private let environment: APIEnvironment
  private let table = RouteTable(routes: RouteTable.all)

  package init(environment: APIEnvironment) { self.environment = environment }

  package func respond(to request: Request, context: ConnectionContext) async throws -> Response {
    var response: Response
    do {
      response = try await answer(to: request, context: context)
    } catch let error as PipelineError {
      response = Answer.error(error)
    } catch let error as APIFailure {
      response = error.response
    } catch {
      // The body could not be read to its end, or the task was cancelled because the connection is gone.
      environment.logger.debug("request broken off: \(error)", metadata: metadata(request, context))
      response = Answer.error(PipelineError(.invalidBody, "the request broke off: \(error)"))
    }
    log(request, context, status: response.status)
    if let name = HTTPField.Name("x-request-id") { response.headers[name] = context.requestID }
    return response
  }

  private func answer(to request: Request, context: ConnectionContext) async throws -> Response {
    let target = request.head.path ?? "/"
    guard target.utf8.count <= Limits.urlBytesMax else {
      throw APIFailure(.uriTooLong, .invalidParam, "the URL has more than \(Limits.urlBytesMax) bytes")
    }
    let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    let segments = try PercentCoding.segments(of: parts.first ?? "/")
    switch table.find(method: request.method, segments: segments) {
    case .route(let handler, let parameters):
      let query = try QueryParameters(parts.count > 1 ? parts[1] : "")
      return try await handler(
        APICall(
          request: request, parameters: parameters, query: query, environment: environment,
          connection: context))
    case .otherMethods(let methods):
      var response = Answer.error(
        PipelineError(.methodNotAllowed, "\(request.method.rawValue) is not supported here"))
      response.headers[.allow] = methods.joined(separator: ", ")
      return response
    case .unknown:
      throw PipelineError(.notFound, "there is no '\(parts.first ?? "/")'")
    }
  }

  private func log(_ request: Request, _ context: ConnectionContext, status: HTTPResponse.Status) {
    let level: Logger.Level = status.code >= 500 && status.code != 503 ? .warning : .debug
    guard environment.logger.logLevel <= level else { return }
    environment.logger.log(
      level: level, "\(request.method.rawValue) \(request.uri.path) \(status.code)",
      metadata: metadata(request, context))
  }

  private func metadata(_ request: Request, _ context: ConnectionContext) -> Logger.Metadata {
    ["request": "\(context.requestID)"]
  }
}

import AccessControl
import DataModel
import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore
import PipelineModel
import PipelineRuntime
import Platform
import WireTypes
import Workflows

/// One request on its way through a route.
struct APICall: Sendable {
  let request: Request
  let parameters: [String: String]
  let query: QueryParameters
  let environment: APIEnvironment
  let connection: ConnectionContext
  /// Who asks: project, its slug, scopes.
  let principal: Principal
  /// The pipelines of the principal's project, as if there were no others.
  let directory: any PipelineDirectory

  init(
    request: Request, parameters: [String: String], query: QueryParameters, environment: APIEnvironment,
    connection: ConnectionContext, principal: Principal
  ) {
    self.request = request
    self.parameters = parameters
    self.query = query
    self.environment = environment
    self.connection = connection
    self.principal = principal
    directory = environment.directory(of: principal)
  }

  /// A path parameter of the matched route; names are those of its pattern.
  func path(_ name: String) -> String { parameters[name] ?? "" }

  var pipelineName: String { path("pipeline") }

  /// The work of the caller's project. Errors: `WorkError`.
  func work() async throws(WorkError) -> WorkPlace { try await environment.work.place(of: principal.slug) }

  func deployed() throws(PipelineError) -> any DeployedPipeline { try directory.deployed(pipelineName) }

  func identifier(_ name: String) -> SQLIdentifier { SQLIdentifier(urlForm: path(name)) }

  /// What ends a long answer early.
  func interruption() async -> Interruption {
    Interruption(latches: [environment.draining] + (await connection.watch().map { [$0] } ?? []))
  }

  // MARK: Body

  /// Bytes promised by the client; nil when the body is chunked or absent.
  var announcedLength: Int? { request.headers[.contentLength].flatMap { Int($0) } }

  /// The whole body, at most `limit` bytes of it; unless it is given, as many as a control request may have.
  func bodyBytes(limit: Int? = nil) async throws -> [UInt8] {
    let limit = limit ?? environment.limits.bodyBytes
    let tooLarge = PipelineError(.bodyTooLarge, "the body has more than \(limit) bytes")
    if let announcedLength, announcedLength > limit { throw tooLarge }
    var bytes: [UInt8] = []
    for try await buffer in request.body {
      guard bytes.count + buffer.readableBytes <= limit else { throw tooLarge }
      bytes += buffer.readableBytesView
    }
    try checkLength(bytes.count)
    note(bytes: bytes.count)
    return bytes
  }

  /// Refuses a body that ended before its announced length.
  func checkLength(_ count: Int) throws(PipelineError) {
    guard let announcedLength, announcedLength != count else { return }
    throw PipelineError(.invalidBody, "the body has \(count) bytes, Content-Length says \(announcedLength)")
  }

  /// The body as JSON; empty counts as null.
  func json() async throws -> JSONValue {
    let bytes = try await bodyBytes()
    guard !bytes.isEmpty else { return .null }
    do { return try JSONValue(parsing: bytes, nestingMax: environment.limits.nesting) } catch {
      throw PipelineError(.invalidBody, "the body is not JSON: \(error.message) at byte \(error.offset)")
    }
  }
}

/// A failure whose HTTP status is not that of its error code.
struct APIFailure: Error {
  let status: HTTPResponse.Status
  let error: PipelineError

  init(_ status: HTTPResponse.Status, _ code: ErrorCode, _ message: String) {
    self.status = status
    error = PipelineError(code, message)
  }
}

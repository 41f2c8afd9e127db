import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore
import PipelineModel
import PipelineRuntime
import WireTypes

/// Records into a table.
enum IngressRoutes {
  private enum Until: String, CaseIterable { case durable, delivered }

  static let ingest: Route.Handler = { call in
    try refuseUnsupported(call)
    let options = try options(call.query)
    let until: Until = try call.query.choice("until", default: .delivered)
    let wait = try WaitTime.read(call)
    let pipeline = try call.deployed()
    let table = call.identifier("table")
    // A paused pipeline keeps the request waiting here, before a byte of its body is read.
    let session = try await call.interruption().cancelling {
      try await pipeline.openIngress(table: table, options: options)
    }
    let receipt = try await receive(call, into: session)
    guard receipt.errorCount == 0, let wait, until == .delivered else {
      return Answer.whole(WholeAnswer(receipt))
    }
    let report = try await CompletionRoutes.wait(call, for: receipt.token, follow: false, seconds: wait)
    return waited(report, receipt.token)
  }

  private static func options(_ query: QueryParameters) throws(PipelineError) -> IngressOptions {
    var options = IngressOptions()
    options.format = query["format"]
    options.updateFormat = query["update_format"]
    options.jsonFlavor = query["json_flavor"]
    options.array = try query.flag("array", default: false)
    options.force = try query.flag("force", default: false)
    return options
  }

  /// Promises that this server does not keep are refused, never ignored.
  private static func refuseUnsupported(_ call: APICall) throws(PipelineError) {
    if try call.query.flag("atomic", default: false) {
      throw PipelineError(.notSupported, "atomic=true is not supported")
    }
    if let durability = call.query["durability"], durability != "sync" {
      throw PipelineError(.notSupported, "durability '\(durability)' is not supported: only sync")
    }
    if let name = HTTPField.Name("idempotency-key"), call.request.headers[name] != nil {
      throw PipelineError(.notSupported, "the header Idempotency-Key is not supported")
    }
  }

  /// Feeds the body chunk by chunk; whatever goes wrong, the session is ended.
  private static func receive(_ call: APICall, into session: any IngressSession) async throws
    -> IngressReceipt
  {
    do {
      var count = 0
      for try await buffer in call.request.body {
        count += buffer.readableBytes
        try await session.feed(Array(buffer.readableBytesView))
      }
      try call.checkLength(count)
    } catch {
      await session.cancel()
      throw error
    }
    return try await session.finish()
  }

  private static func waited(_ report: CompletionReport, _ token: String) -> Response {
    let body = CompletionRoutes.body(report)
    var response = Answer.json(
      .object(
        [JSONMember("token", .string(token))] + (body.json.members ?? []).filter { $0.name != "token" }),
      status: report.complete ? .ok : .accepted)
    if !report.complete { response.headers[.retryAfter] = String(CompletionRoutes.retryAfterSeconds(report)) }
    return response
  }
}

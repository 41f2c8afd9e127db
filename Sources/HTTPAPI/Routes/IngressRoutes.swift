import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore
import PipelineModel
import PipelineRuntime
import Platform
import WireTypes

/// Records into a table.
enum IngressRoutes {
  static let ingest: Route.Handler = { call in
    try refuseUnsupported(call)
    let options = try options(call)
    let until = try until(call.query)
    let wait = try WaitTime.read(call)
    let decompressor = try decompressor(call)
    let pipeline = try call.deployed()
    try pipeline.check(until)
    let table = call.identifier("table")
    // A paused pipeline keeps the request waiting here, before a byte of its body is read.
    let session = try await call.interruption().cancelling {
      try await pipeline.openIngress(table: table, options: options)
    }
    let receipt = try await receive(call, through: decompressor, into: session)
    if !receipt.isReplay { call.note(records: receipt.accepted + receipt.errorCount) }
    var response: Response
    if receipt.errorCount == 0, let wait, until != .durable {
      response = await waited(call, pipeline, receipt, until, seconds: wait)
    } else {
      response = Answer.whole(WholeAnswer(receipt))
    }
    if options.idempotencyKey != nil { tellIdempotency(receipt, &response) }
    return response
  }

  private static func tellIdempotency(_ receipt: IngressReceipt, _ response: inout Response) {
    if receipt.isReplay, let name = HTTPField.Name("idempotency-replayed") { response.headers[name] = "true" }
    if let name = HTTPField.Name("idempotency-retention") {
      response.headers[name] = "\(Limits.idempotencyRetentionSeconds)s"
    }
  }

  private static func until(_ query: QueryParameters) throws(PipelineError) -> Milestone {
    guard let text = query["until"] else { return .delivered }
    guard let milestone = Milestone(text) else {
      throw PipelineError(
        .invalidParam,
        "'until' must be durable, processed, delivered, visible:<view> or delivered:<sink>, not '\(text)'")
    }
    return milestone
  }

  private static func options(_ call: APICall) throws(PipelineError) -> IngressOptions {
    let query = call.query
    var options = IngressOptions()
    options.idempotencyKey = HTTPField.Name("idempotency-key").flatMap { call.request.headers[$0] }
    options.format = query["format"]
    options.updateFormat = query["update_format"]
    options.jsonFlavor = query["json_flavor"]
    options.array = try query.flag("array", default: false)
    options.force = try query.flag("force", default: false)
    options.isAsync = try isAsync(query)
    return options
  }

  /// Promises that this server does not keep are refused, never ignored.
  private static func refuseUnsupported(_ call: APICall) throws(PipelineError) {
    if try call.query.flag("atomic", default: false) {
      throw PipelineError(.notSupported, "atomic=true is not supported")
    }
  }

  private static func isAsync(_ query: QueryParameters) throws(PipelineError) -> Bool {
    switch query["durability"] {
    case nil, "sync": return false
    case "async" where query["until"] == "durable":
      throw PipelineError(.invalidParam, "'until=durable' contradicts 'durability=async'")
    case "async": return true
    case .some(let other):
      throw PipelineError(.invalidParam, "'durability' must be sync or async, not '\(other)'")
    }
  }

  /// For a body with a `Content-Encoding`; nil for a plain one.
  private static func decompressor(_ call: APICall) throws(PipelineError) -> Decompressor? {
    guard let name = HTTPField.Name("content-encoding"), let value = call.request.headers[name] else { return nil }
    let text = value.lowercased()
    if text == "identity" { return nil }
    guard let coding = ContentCoding(rawValue: text == "x-gzip" ? "gzip" : text) else {
      let known = ContentCoding.allCases.map(\.rawValue).joined(separator: ", ")
      throw PipelineError(
        .notSupported, "Content-Encoding '\(value.prefix(100))' is not supported: one of \(known), or identity")
    }
    guard let decompressor = Decompressor(coding, bytesMax: Limits.decompressedBytesMax) else {
      throw PipelineError(.pipelineUnavailable, "no memory to decompress the body", retryAfterSeconds: 1)
    }
    return decompressor
  }

  /// Feeds the body chunk by chunk; whatever goes wrong, the session is ended.
  private static func receive(
    _ call: APICall, through decompressor: Decompressor?, into session: any IngressSession
  ) async throws -> IngressReceipt {
    do {
      var count = 0
      for try await buffer in call.request.body {
        count += buffer.readableBytes
        let bytes = Array(buffer.readableBytesView)
        guard let decompressor else {
          try await session.feed(bytes)
          continue
        }
        decompressor.push(bytes)
        while let piece = try decompressor.next() { try await session.feed(piece) }
      }
      try call.checkLength(count)
      call.note(bytes: count)
      try decompressor?.finish()
    } catch let error as DecompressionError {
      await session.cancel()
      throw PipelineError(error.code == .tooLarge ? .bodyTooLarge : .invalidBody, error.description)
    } catch {
      await session.cancel()
      throw error
    }
    return try await session.finish()
  }

  /// 200 when the records have come so far, else 202; the token is in both. The records are taken, so what
  /// goes wrong while waiting is a 202 as well.
  private static func waited(
    _ call: APICall, _ pipeline: any DeployedPipeline, _ receipt: IngressReceipt, _ until: Milestone,
    seconds: Double
  ) async -> Response {
    let token = receipt.token
    let report = try? await call.interruption().cancelling {
      try await pipeline.wait(for: token, until: until, follow: true, seconds: seconds)
    }
    guard let report else {
      let body = JSONValue.object([
        JSONMember("token", .string(token)), JSONMember("status", "inprogress"),
      ] + WholeAnswer.durability(receipt))
      return Answer.json(body, status: .accepted)
    }
    let body = CompletionRoutes.body(report.completion)
    var response = Answer.json(
      .object(
        [JSONMember("token", .string(token))] + (body.json.members ?? []).filter { $0.name != "token" }
          + (report.reached ? [] : WholeAnswer.durability(receipt))),
      status: report.reached ? .ok : .accepted)
    if !report.reached {
      response.headers[.retryAfter] = String(CompletionRoutes.retryAfterSeconds(report.completion))
    }
    return response
  }
}

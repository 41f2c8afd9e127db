import HTTPTypes
import PipelineModel
import PipelineRuntime
import WireTypes

/// A JSON answer that is known whole, whoever writes it: hummingbird or a hot route.
struct WholeAnswer: Sendable {
  var status: HTTPResponse.Status
  let body: [UInt8]
  var retryAfterSeconds: Int?
  /// Further header fields.
  var fields: [(name: String, value: String)] = []

  init(_ json: JSONValue, status: HTTPResponse.Status = .ok) {
    self.status = status
    body = json.encodedBytes
  }

  init(_ error: PipelineError) {
    let details = (try? JSONValue(parsing: error.details)) ?? .emptyObject
    self.init(
      ErrorBody(message: error.message, errorCode: error.code.rawValue, details: details).json,
      status: ErrorMapping.status(of: error.code))
    retryAfterSeconds = error.retryAfterSeconds.map { Int($0) }
  }

  /// What an ingress request gets: its token, or the list of bad records with the token of the others.
  init(_ receipt: IngressReceipt) {
    guard receipt.errorCount > 0 else {
      self.init(.object([JSONMember("token", .string(receipt.token))] + WholeAnswer.durability(receipt)))
      return
    }
    let errors = receipt.errors.map { record in
      var body = RecordErrorBody(description: record.description, eventNumber: record.eventNumber)
      body.field = record.field
      body.invalidText = record.invalidText
      body.suggestion = record.suggestion
      body.tag = record.tag
      return body
    }
    let body = ParseErrorsBody.make(count: receipt.errorCount, errors: errors, token: receipt.token)
    self.init(
      .object((body.json.members ?? []) + WholeAnswer.durability(receipt)),
      status: ErrorMapping.status(of: .parseErrors))
  }

  /// Says so when the answer comes before the records are durable.
  static func durability(_ receipt: IngressReceipt) -> [JSONMember] {
    receipt.isAsync ? [JSONMember("durability", "async")] : []
  }

  /// What a completion poll gets.
  init(_ report: CompletionReport) {
    self.init(CompletionRoutes.body(report).json, status: report.complete ? .ok : .accepted)
    if !report.complete { retryAfterSeconds = CompletionRoutes.retryAfterSeconds(report) }
  }
}

import Hummingbird
import HummingbirdCore
import PipelineModel
import PipelineRuntime
import WireTypes

/// Records that were refused or that no step could take: list, one, take again.
enum DeadLetterRoutes {
  private static let listedMax = 1000

  static let list: Route.Handler = { call in
    var query = DeadLetterQuery()
    query.table = call.query["table"]
    query.reason = call.query["reason"]
    query.token = call.query["token"]
    query.after = call.query["after"]
    if call.query["replayed"] != nil { query.isReplayed = try call.query.flag("replayed", default: false) }
    let limit = try limit(call.query)
    let letters = try await call.deployed().deadLetters(query, limit: limit)
    return Answer.json([
      "dead_letters": .array(letters.map(letter)),
      "next": letters.count == limit ? .text(letters.last?.id) : .null,
    ])
  }

  private static func limit(_ query: QueryParameters) throws(PipelineError) -> Int {
    guard let text = query["limit"] else { return 100 }
    guard let limit = Int(text), (1...listedMax).contains(limit) else {
      throw PipelineError(.invalidParam, "'limit' must be 1 to \(listedMax), not '\(text)'")
    }
    return limit
  }

  static let get: Route.Handler = { call in
    var query = DeadLetterQuery()
    query.ids = [call.path("letter")]
    guard let found = try await call.deployed().deadLetters(query, limit: 1).first else {
      throw PipelineError(.unknownDeadLetter, "there is no dead letter '\(call.path("letter"))'")
    }
    return Answer.json(letter(found))
  }

  static let replay: Route.Handler = { call in
    let body = try await call.json()
    let (query, edits) = try selection(body)
    var options = IngressOptions()
    options.format = body["format"]?.stringValue
    options.updateFormat = body["update_format"]?.stringValue
    options.array = body["array"]?.boolValue ?? false
    options.force = try call.query.flag("force", default: false)
    let pipeline = try call.deployed()
    let report = try await pipeline.replayDeadLetters(query, edits: edits, options: options)
    return Answer.json([
      "replays": .array(report.attempts.map(attempt)),
      "skipped": .array(report.skipped.map { ["id": .string($0.id), "reason": .string($0.reason)] }),
    ])
  }

  private static func selection(
    _ body: JSONValue
  ) throws(PipelineError) -> (DeadLetterQuery, edits: [String: String]) {
    var query = DeadLetterQuery()
    var edits: [String: String] = [:]
    for member in body["edits"]?.members ?? [] {
      guard let text = member.value.stringValue else {
        throw PipelineError(.invalidBody, "'edits' must map ids to the text to take instead")
      }
      edits[member.name] = text
    }
    if let ids = body["ids"]?.elements { query.ids = ids.map { $0.stringValue ?? "" } }
    query.reason = body["reason"]?.stringValue
    query.token = body["token"]?.stringValue
    query.table = body["table"]?.stringValue
    query.isReplayed = body["replayed"]?.boolValue
    if query.isOpen, !edits.isEmpty { query.ids = edits.keys.sorted() }
    guard !query.isOpen else {
      throw PipelineError(.invalidParam, "say which letters: 'ids', 'reason', 'token', 'table' or 'edits'")
    }
    return (query, edits)
  }

  private static func letter(_ letter: DeadLetterRecord) -> JSONValue {
    [
      "id": .string(letter.id), "table": .string(letter.table), "endpoint": .text(letter.endpoint),
      "at": .string(letter.at.rfc3339), "reason": .string(letter.reason),
      "position": [
        "offset": .integer(letter.offset.rawValue), "event_number": letter.eventNumber.map { .integer($0) } ?? .null,
      ],
      "step": letter.step.map { .integer($0.rawValue) } ?? .null,
      "raw": .string(String(decoding: letter.raw, as: UTF8.self)), "raw_base64": .string(Base64.text(letter.raw)),
      "truncated": .bool(letter.isTruncated), "replayed": .integer(letter.replayed),
    ]
  }

  private static func attempt(_ attempt: DeadLetterReplayReport.Attempt) -> JSONValue {
    let receipt = attempt.receipt
    return [
      "token": .string(receipt.token), "table": .string(attempt.table),
      "ids": .array(attempt.ids.map { .string($0) }), "accepted": .integer(receipt.accepted),
      "rejected": .integer(receipt.errorCount), "errors": .array(receipt.errors.map { .string($0.description) }),
    ]
  }
}

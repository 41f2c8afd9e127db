import HTTPTypes
import PipelineModel
import Platform
import WireTypes

extension APIDialect {
  /// What clients of Convoy speak.
  static let cargo = APIDialect(
    name: "cargo", title: "Tidemark: cargo", version: "1.2",
    about:
      "Compatible with Convoy: one request is batched and processed, and its result is sent to a callback.",
    chapters: [
      APIChapter(
        "Cargo", "Requests that are processed behind the scenes.",
        [CargoOperations.load, CargoOperations.list] + CargoOperations.single),
      APIChapter(
        "Cargo server", "What the server offers to clients of this dialect.", CargoOperations.server),
      CargoOperations.projects,
    ],
    schemas: CargoSchemas.all + CargoSchemas.projects,
    pathParameters: [
      "cargo_id": (.text(1...200), "Id of a cargo, or of an item of another dialect."),
      "slug": (.text(1...63), "Slug of a project."), "id": (.text(1...100), "Id of a key."),
    ],
    errors: CargoErrorAnswers.answers)
}

/// Errors of the cargo dialect: `{"detail": …}`.
enum CargoErrorAnswers {
  static func answers(_ operation: APIOperation) -> [APIAnswer] {
    var answers = [
      answer(400, "The request cannot be read.", .ref("CargoError")),
      answer(414, "The URL is too long.", .ref("CargoError")),
    ]
    if !operation.pattern.hasPrefix("/admin") {
      answers.append(answer(503, "The work of the dialects is not open: try again.", .ref("CargoError")))
    }
    if operation.access != .open {
      answers.append(answer(401, "There is no key, or it is not valid.", .ref("CargoError")))
      answers.append(answer(403, "The project is inactive, or the key may not do this.", .ref("CargoError")))
      answers.append(answer(429, "A quota is used up.", .ref("CargoError")))
    }
    if operation.body != nil { answers.append(answer(413, "The body is too large.", .ref("CargoError"))) }
    if !operation.pathNames.isEmpty {
      answers.append(answer(404, "There is no such thing.", .ref("CargoError")))
    }
    return answers
  }

  private static func answer(_ status: Int, _ meaning: String, _ schema: JSONSchema) -> APIAnswer {
    var answer = APIAnswer(status: status, meaning: meaning, contents: [("application/json", schema)])
    if status == 429 || status == 503 {
      answer.headers = [("Retry-After", .integer(from: 1), "Seconds to wait.")]
    }
    return answer
  }
}

enum CargoOperations {
  private static let one = "/cargo/{cargo_id}"
  private static let statuses = JSONSchema.choice(CargoSchemas.statuses)

  static let load = APIOperation(
    .post, "/cargo/load", "loadCargo", "Takes a request in; on disk when it answers."
  )
  .header("Idempotency-Key", .text(1...Limits.idempotencyKeyBytesMax), "The same key is the same cargo.")
  .takes(.ref("CargoLoad"))
  .answers(
    200, "The cargo is loaded.",
    .object(["cargo_id": .text, "status": .choice("success"), "message": .text])
  )
  .telling("Idempotency-Replayed", .choice("true"), "A former request had loaded it.")
  .answers(
    400, "The model is not known, or the request cannot be read.",
    .either(.ref("CargoModelError"), .ref("CargoError"))
  )
  .answers(422, "The body is not as it should be.", .ref("CargoInvalid"))

  static let list = APIOperation(.get, "/cargo", "listCargo", "Cargo, the newest first.")
    .query("status", statuses, "Only with this status.")
    .query("model", .text, "Only of this model.")
    .query("limit", JSONSchema.integer(from: 1, to: 1000).byDefault(100), "Cargo of a page.")
    .query("skip", .integer(from: 0, to: 1_000_000_000), "How many to pass over.")
    .query("cursor", .integer(from: 0, to: 1_000_000_000), "`next_cursor` of the page before.")
    .answers(200, "A page.", .object(["cargo": .list(.ref("CargoTracking")), "next_cursor": .text.orNull]))
    .answers(422, "The query is not as it should be.", .ref("CargoInvalid"))

  static let single = [
    APIOperation(.get, one, "getCargo", "All that is known of a cargo.")
      .answers(200, "Its status, history and callback.", .ref("CargoDetail")),
    APIOperation(.delete, one, "cancelCargo", "Cancels a cargo that is not processed yet.")
      .answers(200, "It is cancelled.", .ref("CargoTracking"))
      .answers(409, "It cannot be cancelled any more.", .ref("CargoError")),
    APIOperation(.get, "\(one)/tracking", "trackCargo", "Where a cargo stands.")
      .answers(200, "Its status.", .ref("CargoTracking")),
    APIOperation(.get, "\(one)/result", "getCargoResult", "What the callback of a cargo says.")
      .answers(200, "The result.", .ref("CargoResult"))
      .answers(202, "There is none yet.", .ref("CargoTracking"))
      .telling("Retry-After", .integer(from: 1), "Seconds to wait."),
    APIOperation(
      .post, "\(one)/callback/retry", "retryCargoCallback", "Sends a callback that has ended again."
    )
    .answers(202, "It waits for its next attempt.", .ref("CargoDetail"))
    .answers(409, "There is no callback that has ended.", .ref("CargoError")),
  ]

  static let server = [
    APIOperation(.get, "/models", "listModels", "The models that a cargo may name.")
      .answers(200, "The models.", .ref("CargoModels")),
    APIOperation(.get, "/health", "getCargoHealth", "Whether every face of the server serves.")
      .answers(200, "It does.", .object(["status": .choice("ok")])),
    APIOperation(.get, "/cargo/openapi.json", "getCargoOpenAPI", "OpenAPI 3.1 of the cargo dialect.")
      .answers(200, "The document.", .object(["openapi": .text(pattern: "^3\\.1\\.")], isOpen: true)),
  ]
}

import HTTPTypes
import PipelineModel
import Platform
import WireTypes

extension APIDialect {
  /// What clients of Wickson speak.
  static let batches = APIDialect(
    name: "batches", title: "Tidemark: batches", version: "1.0",
    about: "Compatible with Wickson: a batch of files or items; poll it, then read its results.",
    chapters: [
      APIChapter("Batches", "Batches of files or items.", BatchOperations.all),
      APIChapter("Account", "The account and this document.", BatchOperations.account),
    ],
    schemas: BatchSchemas.all,
    pathParameters: ["batch": (.text(1...128, pattern: "^[A-Za-z0-9-]+$"), "Id of a batch.")],
    errors: BatchErrorAnswers.answers)
}

/// Errors of the batch dialect: `{"success": false, "message", "code", "status_code", …}`.
enum BatchErrorAnswers {
  static func answers(_ operation: APIOperation) -> [APIAnswer] {
    var answers = [
      answer(400, "The request is not as it should be.", error(400, "validation_error")),
      answer(414, "The URL is too long.", error(414, "validation_error")),
      answer(503, "The work of the dialects is not open: try again.", error(503, "service_unavailable")),
    ]
    if operation.access != .open {
      answers += [
        answer(401, "There is no key, or it is not valid.", error(401, "authentication_error")),
        answer(403, "The project is inactive, or the key may not do this.", error(403, "forbidden")),
        answer(429, "A quota is used up.", error(429, "rate_limit_error")),
      ]
    }
    if operation.body != nil {
      answers.append(answer(413, "The body is too large.", error(413, "payload_too_large")))
    }
    if operation.pathNames.contains("batch") {
      answers.append(answer(404, "There is no such batch.", error(404, "not_found")))
    }
    return answers
  }

  static func error(_ status: Int, _ code: String) -> JSONSchema {
    let members: JSONValue = [
      "code": JSONSchema.choice(code).json, "status_code": ["const": .integer(status)],
    ]
    return .ref("BatchError", and: JSONSchema([JSONMember("properties", members)]))
  }

  private static func answer(_ status: Int, _ meaning: String, _ schema: JSONSchema) -> APIAnswer {
    var answer = APIAnswer(status: status, meaning: meaning, contents: [("application/json", schema)])
    if status == 429 || status == 503 {
      answer.headers = [("Retry-After", .integer(from: 1), "Seconds to wait.")]
    }
    return answer
  }
}

enum BatchOperations {
  private static let one = "/v1/batches/{batch}"
  private static let flag = JSONSchema.choice("true", "false", "1", "0", "yes", "no", "on", "off")

  static let all = [
    create,
    APIOperation(.get, "/v1/batches", "listBatches", "Batches, the newest first.")
      .query(
        "status", .text(pattern: "^(created|running|paused|completed|failed|cancelled)(,.*)?$"),
        "Only with one of these statuses."
      )
      .query("page", JSONSchema.integer(from: 1, to: 1_000_000).byDefault(1), "Which page.")
      .query("page_size", JSONSchema.integer(from: 1, to: 1000).byDefault(20), "Batches of a page.")
      .answers(200, "A page.", BatchSchemas.envelope(BatchSchemas.list)),
    kept(
      APIOperation(.get, one, "getBatch", "Where a batch stands.")
        .query("include_job_details", flag.byDefault("false"), "With every job.")
        .query("metrics_only", flag.byDefault("false"), "Progress and timing only.")
        .query("include_errors", flag.byDefault("true"), "With a summary of what failed.")
        .query("fields", .text, "Members of `data` that are wanted, separated by commas."),
      BatchSchemas.status),
    kept(
      APIOperation(.get, "\(one)/results", "getBatchResults", "What came of the jobs.")
        .query("page", JSONSchema.integer(from: 1, to: 1_000_000).byDefault(1), "Which page.")
        .query("page_size", JSONSchema.integer(from: 1, to: 1000).byDefault(100), "Jobs of a page."),
      BatchSchemas.results),
    APIOperation(.put, "\(one)/state", "setBatchState", "Cancels, pauses or resumes a batch.")
      .takes(
        JSONSchema.object(
          [], optional: [("state", JSONSchema.choice("cancelled", "paused", "running").orNull)], isOpen: true
        ).orNull.said("Cancels when it is empty."), required: false
      )
      .answers(
        200, "It has changed.",
        BatchSchemas.envelope(
          .object([
            "batch_id": .text, "previous_state": BatchSchemas.state, "current_state": BatchSchemas.state,
            "timestamp": .time,
          ]))
      )
      .answers(409, "It cannot become that.", BatchErrorAnswers.error(409, "conflict")),
  ]

  /// An answer with a validator, that may be kept.
  private static func kept(_ operation: APIOperation, _ data: JSONSchema) -> APIOperation {
    operation
      .header("If-None-Match", .text, "The ETag that is known.")
      .answers(200, "As it is now.", BatchSchemas.envelope(data))
      .telling("ETag", .text, "Changes with every change of the batch.")
      .telling("Cache-Control", .text, "Batches that have ended stay as they are.")
      .answers(304, "It is as it was.")
  }

  private static let create =
    APIOperation(.post, "/v1/batches", "createBatch", "Makes a batch of files or items.")
    .details(
      "Settings are fields of the form, members of the body or parameters; they go over `batch_options`."
    )
    .query("batch_name", .text(1...255), "What it is called.")
    .query("collection_id", .text(1...64, pattern: "^[A-Za-z0-9._-]+$"), "What processes it.")
    .query("force_overwrite", flag, "Also files that were processed before.")
    .query("max_concurrent", .integer(from: 1, to: 1000), "Jobs at once.")
    .query("priority", .choice("low", "normal", "high"), "Before or behind others.")
    .query("timeout", .integer(from: 1, to: 2_592_000), "Seconds until it fails.")
    .query("notification_enabled", flag, "Whether somebody is told of its end.")
    .query("batch_options", .text, "A JSON object with these settings.")
    .header("Idempotency-Key", .text(1...Limits.idempotencyKeyBytesMax), "The same key is the same batch.")
    .takes([
      ("application/json", BatchSchemas.items), ("application/x-ndjson", .text),
      (
        "multipart/form-data",
        .object(
          ["file": .list(JSONSchema.text(format: "binary"), 1...25)],
          optional: ["batch_name": .text(1...255)],
          isOpen: true)
      ),
    ])
    .answers(202, "It is made, and on disk.", BatchSchemas.envelope(BatchSchemas.created))
    .telling("Idempotency-Replayed", .choice("true", "false"), "Whether a former request had made it.")
    .answers(422, "The key was used with another request.", BatchErrorAnswers.error(422, "validation_error"))

  static let account = [
    APIOperation(.get, "/v1/status", "getAccountStatus", "What the account has open.")
      .answers(200, "The status.", BatchSchemas.envelope(BatchSchemas.account)),
    APIOperation(.get, "/v1/batches/openapi.json", "getBatchOpenAPI", "OpenAPI 3.1 of the batch dialect.")
      .answers(200, "The document.", .object(["openapi": .text(pattern: "^3\\.1\\.")], isOpen: true)),
  ]
}

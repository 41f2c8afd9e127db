import HTTPTypes
import PipelineModel
import WireTypes

extension APIDialect {
  /// What clients of Cargo speak.
  static let orchestration = APIDialect(
    name: "orchestration", title: "Tidemark: orchestration", version: "1.0",
    about: "Compatible with Cargo: batches of runs of a node graph; poll them, then read their outputs.",
    chapters: [
      APIChapter("Orchestration batches", "Batches of runs.", OrchestrationOperations.batches),
      APIChapter("Runs", "Runs of a graph: those of a batch, and single ones.", OrchestrationOperations.runs),
      APIChapter("Records", "The newest run of each record, and documents to fetch.", RecordOperations.all),
      APIChapter("Workflows", "Graphs with a name, a draft and frozen releases.", WorkflowOperations.all),
      APIChapter("Segments", "Stored choices of records, for plays.", SegmentOperations.all),
      APIChapter("Files", "Records of files, for tools.", SegmentOperations.files),
      APIChapter("Nodes", "Graphs before they run, and this document.", OrchestrationOperations.nodes),
    ],
    schemas: OrchestrationSchemas.all,
    pathParameters: [
      "uuid": (
        OrchestrationSchemas.id, "UUID of what the path names; of a batch or run also its id in another dialect."
      )
    ],
    errors: OrchestrationErrorAnswers.answers)
}

/// Errors of the orchestration dialect: `{"errorMessage", "reason"}`.
enum OrchestrationErrorAnswers {
  static func answers(_ operation: APIOperation) -> [APIAnswer] {
    var answers = [
      answer(400, "The request is not as it should be.", badRequest(operation)),
      answer(414, "The URL is too long.", ["invalidParam"]),
    ]
    if operation.access != .open {
      answers += [
        answer(401, "There is no key, or it is not valid.", ["invalidApiKey"]),
        answer(403, "The project is inactive, or the key may not do this.", ["permissionDenied"]),
        answer(429, "A quota is used up.", ["rateLimitExceeded"]),
      ]
      if needsWork(operation) {
        answers.append(answer(503, "The work of the dialects is not open: try again.", ["unavailable"]))
      }
    }
    if operation.body != nil {
      answers.append(answer(413, "The body, or what is in it, is too large.", ["payloadTooLarge"]))
    }
    if operation.pathNames.contains("uuid") {
      let names = [
        "batches": "batch", "runs": "run", "workflows": "workflow", "releases": "release", "segments": "segment",
      ]
      let part = operation.pattern.split(separator: "/").dropFirst(2).first.map(String.init) ?? ""
      let name = names[part] ?? "batch"
      answers.append(answer(404, "There is no such \(name).", ["\(name)NotFound"]))
    }
    return answers
  }

  /// Reasons of every operation with such parts.
  private static func badRequest(_ operation: APIOperation) -> [String] {
    var reasons = ["invalidParam"]
    if operation.body != nil { reasons.append("invalidPayload") }
    if operation.pathNames.contains("uuid") { reasons.append("invalidUuid") }
    return reasons
  }

  /// Graphs are looked at without the work of the project.
  private static func needsWork(_ operation: APIOperation) -> Bool {
    !operation.pattern.hasPrefix("/v1/orchestration/nodes/")
  }

  static func error(_ reasons: [String]) -> JSONSchema {
    let members: JSONValue = ["reason": JSONSchema.choice(reasons).json]
    return .ref("OrchestrationError", and: JSONSchema([JSONMember("properties", members)]))
  }

  private static func answer(_ status: Int, _ meaning: String, _ reasons: [String]) -> APIAnswer {
    var answer = APIAnswer(
      status: status, meaning: meaning, contents: [("application/json", error(reasons))])
    if status == 429 || status == 503 {
      answer.headers = [("Retry-After", .integer(from: 1), "Seconds to wait.")]
    }
    return answer
  }
}

extension APIOperation {
  /// An error of its own in the orchestration dialect, with every reason that the status may have.
  func refuses(_ status: Int, _ meaning: String, _ reasons: [String]) -> APIOperation {
    answers(status, meaning, OrchestrationErrorAnswers.error(reasons))
  }
}

import HTTPTypes
import Platform
import WireTypes

/// Documents to fetch, and the newest run of each record.
enum RecordOperations {
  private static let base = "/v1/orchestration"
  private static let bad = "The request is not as it should be."
  private static let reasons = ["invalidParam", "invalidPayload", "invalidUuid"]
  private static let page = JSONSchema.integer(from: 1, to: 1000).byDefault(50)
  private static let offset = JSONSchema.integer(from: 0, to: Int64(Limits.workListMax)).byDefault(0)

  /// Members of a body that say which runs are meant; these lists must be there.
  static func choice(_ needed: [String]) -> [(String, JSONSchema)] {
    needed.map { ($0, .list(.text, 0...Limits.workListMax)) }
  }

  private static let optional: [(String, JSONSchema)] = [
    ("format", JSONSchema.choice("csv", "json").orNull.byDefault("csv")),
    ("batchUuid", OrchestrationSchemas.id.orNull), ("workflowUuid", JSONSchema.uuid.orNull),
    ("releaseUuid", JSONSchema.uuid.orNull), ("ids", JSONSchema.list(.text, 0...Limits.workListMax).orNull),
    ("statuses", JSONSchema.list(.text, 0...Limits.workListMax).orNull),
  ]

  private static func link(_ operation: APIOperation) -> APIOperation {
    operation
      .takes(
        .object(
          [("outputNodeSlug", .text(1...255, pattern: "^[A-Za-z0-9_]+$"))], optional: optional, isOpen: true)
      )
      .answers(
        200, "A link that works without a key, for \(OutputLink.secondsMax) seconds.",
        .object(["url": .text(pattern: "/v1/orchestration/runs/outputs\\?project=")])
      )
      .refuses(400, bad, reasons)
      .refuses(404, "There is no such batch.", ["batchNotFound"])
  }

  static let all: [APIOperation] = [
    OrchestrationOperations.selecting(
      APIOperation(.get, "\(base)/runs/download", "downloadRuns", "Whole runs, a line of JSON each.")
    )
    .answers(200, "The lines.", [("application/x-ndjson", .text)])
    .refuses(400, bad, reasons),
    link(
      APIOperation(
        .post, "\(base)/runs/download-outputs", "downloadRunOutputs", "Where to fetch a node's outputs.")),
    APIOperation(.get, "\(base)/runs/outputs", "getRunOutputs", "What a node has put out, run by run.")
      .details("Follow a link of `download-outputs`: it is signed, and needs no key.")
      .query("project", .text, "Of the link.", required: true)
      .query("order", .text, "Of the link.", required: true)
      .query("expires", .text, "Of the link.", required: true)
      .query("signature", .text, "Of the link.", required: true)
      .answers(
        200, "The outputs of the runs that have one.",
        [
          (
            "application/json",
            .list(.object(["runUuid": .text, "output": .any], optional: ["id": .text]))
          ),
          ("text/csv", .text),
        ]
      )
      .refuses(400, "The link is not one of this server's.", reasons + ["invalidLink"])
      .refuses(403, "The project of the link is inactive.", ["permissionDenied"])
      .refuses(404, "The batch of the link is gone.", ["batchNotFound"])
      .refuses(413, "More runs would be read than one request may.", ["payloadTooLarge"])
      .refuses(410, "The time of the link is over.", ["linkExpired"])
      .refuses(503, "The work of the dialects is not open: try again.", ["unavailable"]),
    OrchestrationOperations.selecting(
      APIOperation(.get, "\(base)/records/list", "listRecords", "The newest run of each record, newest first.")
        .query("limit", page, "Records of a page.")
        .query("offset", offset, "How many to pass over.")
    )
    .answers(200, "A page.", .object(["records": .list(.ref("OrchestrationRecord"))]))
    .refuses(400, bad, reasons),
    OrchestrationOperations.selecting(
      APIOperation(.get, "\(base)/records/count", "countRecords", "How many records there are.")
    )
    .answers(200, "Their number.", .object(["count": .count]))
    .refuses(400, bad, reasons),
    OrchestrationOperations.selecting(
      APIOperation(
        .get, "\(base)/records/get-metrics", "getRecordMetrics", "Executions of each node in the newest runs.")
    )
    .answers(
      200, "The nodes, as they were first seen.",
      .object(["recordMetrics": .list(.ref("OrchestrationNodeMetrics"))])
    )
    .refuses(400, bad, reasons),
    APIOperation(.post, "\(base)/records/cancel", "cancelRecords", "Cancels the newest runs of records.")
      .takes(.object(choice(["ids"]), isOpen: true))
      .answers(200, "No further node of them begins.", .object([] as [(String, JSONSchema)]))
      .refuses(400, bad, reasons)
      .refuses(404, "There is no such batch.", ["batchNotFound"])
      .refuses(409, "They changed meanwhile.", ["conflict"]),
    link(
      APIOperation(
        .post, "\(base)/records/download-outputs", "downloadRecordOutputs",
        "Where to fetch a node's outputs of the newest runs.")),
  ]
}

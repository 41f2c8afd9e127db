import HTTPTypes
import PipelineModel
import Platform
import WireTypes
import Workflows

enum OrchestrationOperations {
  private static let base = "/v1/orchestration"
  private static let bad = "The request is not as it should be."
  private static let reasons = GraphReason.allCases.map(\.rawValue)
  private static let page = JSONSchema.integer(from: 1, to: 1000).byDefault(50)
  private static let offset = JSONSchema.integer(from: 0, to: Int64(Limits.workListMax)).byDefault(0)
  private static let empty = JSONSchema.object([] as [(String, JSONSchema)])

  // MARK: Batches

  static let batches: [APIOperation] = [
    APIOperation(.post, "\(base)/batches", "createOrchestrationBatch", "Makes a batch: a run a record.")
      .takes(.ref("NewOrchestrationBatch"))
      .answers(200, "It is made, and on disk.", .object(["batch": .ref("OrchestrationBatch")]))
      .refuses(
        400, "The request or its graph is not as it should be.",
        ["invalidParam", "invalidPayload", "invalidDataKind", "invalidUuid"] + reasons
      )
      .refuses(
        404, "There is no such release, workflow, model, segment or file.",
        ["releaseNotFound", "workflowNotFound", "modelNotFound", "segmentNotFound", "fileNotFound"]
      )
      .refuses(409, "Its id is taken.", ["conflict"]),
    listBatches,
    APIOperation(
      .post, "\(base)/batches/preview", "previewOrchestrationBatch", "What a batch would run over."
    )
    .takes(
      .object(
        ["data": .ref("OrchestrationData")], optional: ["workflowUuid": JSONSchema.uuid.orNull], isOpen: true))
    .answers(
      200, "How many records, and the first ones.",
      .object(["outcome": .choice("previewed"), "count": .count, "records": .list(.any, 0...10)])
    )
    .refuses(400, bad, ["invalidParam", "invalidPayload", "invalidDataKind", "invalidUuid"])
    .refuses(
      404, "There is no such workflow, model, segment or file.",
      ["workflowNotFound", "modelNotFound", "segmentNotFound", "fileNotFound"]),
    APIOperation(.get, "\(base)/batches/{uuid}", "getOrchestrationBatch", "Where a batch stands.")
      .answers(200, "As it is now.", .object(["batch": .ref("OrchestrationBatch")])),
    APIOperation(.post, "\(base)/batches/{uuid}/cancel", "cancelOrchestrationBatch", "Cancels a batch.")
      .answers(200, "No further node of it begins.", empty)
      .refuses(
        409, "It has ended, or belongs to another dialect.",
        ["notCancellable", "batchAlreadyFinished", "conflict"]),
    APIOperation(
      .post, "\(base)/batches/{uuid}/webhook/retry", "retryOrchestrationWebhook",
      "Tells of a batch's end once more."
    )
    .details("New attempts with counters of their own, under the same id.")
    .answers(200, "The first attempt follows at once.", empty)
    .refuses(
      409, "It has not ended, has no webhook, or an attempt is owed already.",
      ["batchNotFinished", "noWebhook", "webhookUnderWay", "conflict"]),
  ]

  private static let listBatches =
    APIOperation(.get, "\(base)/batches/list", "listOrchestrationBatches", "Batches, the newest first.")
    .details("No batch here was made by a run: with a parent the list is empty.")
    .query("limit", page, "Batches of a page.")
    .query("offset", offset, "How many to pass over.")
    .query("uuids", .text, "Only these, separated by commas.")
    .query("statuses", .text, "Only with one of these statuses, separated by commas.")
    .query("workflowUuids", .text, "Only of these workflows, separated by commas.")
    .query("releaseUuid", .text, "Only of this release.")
    .query("parentBatchUuid", .text, "Only of this batch.")
    .query("parentRunUuid", .text, "Only of this run.")
    .query("parentNodeUuid", .text, "Only of this node.")
    .answers(200, "A page.", .object(["batches": .list(.ref("OrchestrationBatch"))]))
    .refuses(400, bad, ["invalidParam", "invalidPayload"])

  // MARK: Runs

  static let runs: [APIOperation] = [
    APIOperation(.post, "\(base)/runs", "createRun", "Makes a run without a batch.")
      .takes(.ref("NewOrchestrationRun"))
      .answers(200, "It is made, and on disk.", .object(["run": .ref("OrchestrationRun")]))
      .refuses(
        400, "The request or its graph is not as it should be.",
        ["invalidParam", "invalidPayload", "invalidUuid", "playNotCompatible"] + reasons
      )
      .refuses(404, "There is no such release or workflow.", ["releaseNotFound", "workflowNotFound"])
      .refuses(409, "Its id is taken.", ["conflict"]),
    selecting(
      APIOperation(.get, "\(base)/runs/list", "listRuns", "Runs: of a batch by position, else newest first.")
        .query("limit", page, "Runs of a page.")
        .query("offset", offset, "How many to pass over.")
    )
    .answers(200, "A page.", .object(["runs": .list(.ref("OrchestrationRun"))]))
    .refuses(400, bad, ["invalidParam", "invalidPayload", "invalidUuid"]),
    selecting(APIOperation(.get, "\(base)/runs/count", "countRuns", "How many runs there are."))
      .answers(200, "Their number.", .object(["count": .count]))
      .refuses(400, bad, ["invalidParam", "invalidUuid"]),
    selecting(APIOperation(.get, "\(base)/runs/get-metrics", "getRunMetrics", "Executions of each node."))
      .answers(
        200, "The nodes, as they were first seen.",
        .object(["runMetrics": .list(.ref("OrchestrationNodeMetrics"))])
      )
      .refuses(400, bad, ["invalidParam", "invalidUuid"]),
    APIOperation(.post, "\(base)/runs/cancel", "cancelRuns", "Cancels runs; those that have ended stay.")
      .takes(.object(RecordOperations.choice(["uuids"]), isOpen: true))
      .answers(200, "No further node of them begins.", empty)
      .refuses(400, bad, ["invalidParam", "invalidPayload", "invalidUuid"])
      .refuses(404, "There is no such run or batch; none is cancelled.", ["runNotFound", "batchNotFound"])
      .refuses(409, "One belongs to another dialect; none is cancelled.", ["notCancellable", "conflict"]),
    APIOperation(.get, "\(base)/runs/{uuid}", "getRun", "A run with the outputs of its nodes.")
      .answers(
        200, "The run, and outputs and configs by the slugs of its nodes.",
        .object([
          "run": .ref("OrchestrationRun"), "runContext": .map(.any), "runComputedConfigs": .map(.any),
        ])),
  ]

  /// Parameters that say which runs are meant.
  static func selecting(_ operation: APIOperation) -> APIOperation {
    operation
      .query("batchUuid", OrchestrationSchemas.id, "Only of this batch.")
      .query("uuids", .text, "Only these, separated by commas; not together with `batchUuid`.")
      .query("ids", .text, "Only of these records, separated by commas.")
      .query("statuses", .text, "Only with one of these statuses, separated by commas.")
      .query("workflowUuid", .uuid, "Only of this workflow.")
      .query("releaseUuid", .uuid, "Only of this release.")
      .refuses(404, "There is no such batch.", ["batchNotFound"])
      .refuses(413, "More runs would be read than one request may.", ["payloadTooLarge"])
  }

  // MARK: Nodes

  static let nodes: [APIOperation] = [
    APIOperation(.post, "\(base)/nodes/validate", "validateNodes", "Whether a graph can run.")
      .takes(.object(["nodes": .any], isOpen: true))
      .answers(
        200, "The verdict.",
        .either(.object(["outcome": .choice("valid")]), .ref("OrchestrationNotValid"))),
    APIOperation(.post, "\(base)/nodes/diagram", "drawNodes", "A graph as a Mermaid flow chart.")
      .takes(.object(["nodes": .list(.ref("OrchestrationNode"))], isOpen: true))
      .answers(
        200, "The chart.",
        .object(["diagram": .text, "format": .choice("mermaid"), "warnings": .list(.text)])
      )
      .answers(
        400, "The graph cannot run, or the request is not as it should be.",
        .either(
          .ref("OrchestrationNotValid"),
          OrchestrationErrorAnswers.error(["invalidParam", "invalidPayload"]))),
    APIOperation(
      .get, "\(base)/openapi.json", "getOrchestrationOpenAPI", "OpenAPI 3.1 of the orchestration dialect."
    )
    .answers(200, "The document.", .object(["openapi": .text(pattern: "^3\\.1\\.")], isOpen: true)),
  ]
}

import PipelineModel
import Platform
import WireTypes
import Workflows

/// The shapes of bodies of the orchestration dialect.
enum OrchestrationSchemas {
  /// A UUID, or the id that another dialect has for it.
  static let id = JSONSchema.text(
    pattern: "^((crg_|batch-|job-)[0-9a-fA-F]{32}|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})$")

  static let nodes = JSONSchema.list(.ref("OrchestrationNode"))
  private static let kinds = JSONSchema.choice(NodeKind.allCases.map(\.rawValue))

  static let all: [(name: String, schema: JSONSchema)] = [
    ("OrchestrationError", .object(["errorMessage": .text, "reason": .text])),
    ("NewOrchestrationBatch", newBatch), ("NewOrchestrationRun", newRun), ("OrchestrationData", data),
    ("OrchestrationNode", node), ("OrchestrationBatch", .object(batch)), ("OrchestrationRun", .object(run)),
    ("OrchestrationExecution", .object(execution)), ("OrchestrationNodeMetrics", .object(metrics)),
    (
      "OrchestrationNotValid",
      .object([
        "outcome": .choice("notValid"), "invalidNodes": .list(.ref("OrchestrationInvalidNode")),
      ])
    ),
    ("OrchestrationInvalidNode", invalidNode), ("OrchestrationRecord", .object(record)),
    ("NewWorkflow", WorkflowSchemas.newWorkflow), ("NewSegment", SegmentSchemas.new),
    ("OrchestrationSegment", .object(SegmentSchemas.segment)),
    ("NewDraftRelease", WorkflowSchemas.newDraft), ("NewRelease", WorkflowSchemas.newRelease),
    ("OrchestrationWorkflow", .object(WorkflowSchemas.workflow)),
    ("OrchestrationRelease", .object(WorkflowSchemas.release(isDraft: false))),
    ("OrchestrationDraft", .object(WorkflowSchemas.release(isDraft: true))),
  ]

  // MARK: Requests

  private static let origin: [(String, JSONSchema)] = [
    ("nodes", nodes.orNull.said("What the runs take, unless there is a release.")),
    ("releaseUuid", JSONSchema.uuid.orNull.said("The release that the runs take; not together with `nodes`.")),
    ("workflowUuid", JSONSchema.uuid.orNull.said("Without nodes and a release, its newest release is taken.")),
  ]

  static let threshold = JSONSchema.number.with("minimum", 0).with("maximum", 100).orNull
    .said("Share of good runs of a healthy batch, in percent.")

  private static let newBatch = JSONSchema.object(
    [("data", .ref("OrchestrationData"))], optional: [("healthThreshold", threshold)] + webhook + origin,
    isOpen: true)

  private static let webhook: [(String, JSONSchema)] = [
    ("webhookUrl", JSONSchema.text.orNull.said("Gets the batch at its end, as a signed POST.")),
    (
      "webhookSecret",
      JSONSchema.text.orNull.said("Signs it, in the place of the project's own. It is never shown again.")
    ),
  ]

  private static let newRun = JSONSchema.object(
    [], optional: [("data", JSONSchema.any.said("What its start node puts out."))] + origin, isOpen: true)

  private static let ids = JSONSchema.list(.text, 0...Limits.batchRunsMax)

  private static let data = JSONSchema.either(
    .object(
      ["kind": .choice("records"), "records": .list(.any, 0...Limits.batchRunsMax)], isOpen: true),
    .object(["kind": .choice("recordIds"), "ids": ids], optional: ["modelUuid": model.orNull], isOpen: true),
    .object(["kind": .choice("recordIds"), "recordIds": ids], isOpen: true),
    .object(
      ["kind": .choice("filter"), "modelUuid": model, "filter": filter],
      optional: ["limit": JSONSchema.integer(from: 1, to: Int64(Limits.batchRunsMax)).orNull], isOpen: true),
    .object(["kind": .choice("segment"), "segmentUuid": .uuid], isOpen: true),
    .object(["kind": .choice("change")], isOpen: true),
    .object(["kind": .choice("file"), "s3Filename": .text], isOpen: true))

  static let model = JSONSchema.text.said(
    "A materialized view or table, as `pipeline.view`, or the UUID derived from this name.")

  private static let conjonction = JSONSchema.choice("and", "or")

  static let filter = JSONSchema.object(
    [
      "conjonction": conjonction,
      "groups": .list(
        .object(
          [
            "conjonction": conjonction,
            "conditions": .list(
              .object(
                ["kind": .choice("string", "number", "boolean", "date"), "columnSlug": .text, "operator": .text],
                optional: ["value": .any, "values": .any, "firstValue": .any, "lastValue": .any], isOpen: true)),
          ], isOpen: true)),
    ], isOpen: true)

  private static let retry = JSONSchema.object(
    [],
    optional: [
      ("maximumAttempts", .integer(from: 1, to: Int64(Limits.nodeAttemptsMax))),
      (
        "initialInterval",
        JSONSchema.number.with("minimum", 0).with("maximum", .integer(Limits.nodeRetryMillisecondsMax))
          .said("Milliseconds.")
      ),
      ("backoffCoefficient", JSONSchema.number.with("minimum", 1).with("maximum", 100)),
    ], isOpen: true)

  private static let version4 =
    "^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-4[0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}$"

  /// Shown exactly as it was given, so it is open.
  private static let node = JSONSchema.object(
    [
      ("uuid", .text(pattern: version4)),
      ("slug", .text(1...255, pattern: "^[A-Za-z0-9_]+$")), ("kind", kinds),
    ],
    optional: [
      ("actionSlug", JSONSchema.text.orNull), ("config", JSONSchema.map(.any).orNull),
      ("childrenUuids", JSONSchema.list(.text).orNull), ("fallbackOnFailure", JSONSchema.flag.orNull),
      ("fallbackChildUuid", JSONSchema.text.orNull), ("retry", retry.orNull),
    ], isOpen: true)

  // MARK: Answers

  private static let batch: [(String, JSONSchema)] = [
    ("uuid", .uuid), ("workspaceUuid", .uuid), ("workflowUuid", JSONSchema.uuid.orNull),
    ("releaseUuid", JSONSchema.uuid.orNull), ("nodes", nodes), ("temporalWorkflowId", .text),
    (
      "data",
      .object(
        ["kind": .choice("records", "recordIds", "filter", "segment", "change", "file")],
        optional: [
          "modelUuid": JSONSchema.text.orNull, "filter": .any, "limit": JSONSchema.integer.orNull,
          "segmentUuid": .any, "s3Filename": .any,
        ])
    ), ("errorMessage", JSONSchema.text.orNull),
    (
      "status",
      .choice("pending", "syncing", "running", "cancelling", "success", "error", "cancelled", "skipped")
    ),
    ("runsStatus", .choice("healthy", "unhealthy")), ("runsCount", .count), ("executedRunsCount", .count),
    ("failedRunsCount", .count), ("creditsUsedCount", .integer), ("createdAt", .time), ("updatedAt", .time),
    ("finishedAt", JSONSchema.time.orNull),
  ]

  private static let run: [(String, JSONSchema)] = [
    ("uuid", .uuid), ("workspaceUuid", .uuid), ("workflowUuid", JSONSchema.uuid.orNull),
    ("userUuid", .null), ("releaseUuid", JSONSchema.uuid.orNull), ("nodes", nodes),
    ("batchUuid", JSONSchema.uuid.orNull), ("traceUuid", .uuid), ("temporalWorkflowId", .text),
    ("recordId", JSONSchema.text.orNull), ("recordTitle", JSONSchema.text.orNull),
    ("contextS3Filename", .null), ("computedConfigsS3Filename", .null), ("parentUuid", .null),
    ("parentNodeUuid", .null), ("parentBatchUuid", .null), ("parentAgentUuid", .null),
    ("parentChatUuid", .null), ("parentMessageUuid", .null), ("isGroupParent", .flag),
    ("status", .choice("pending", "running", "cancelling", "success", "error", "cancelled")),
    ("errorMessage", JSONSchema.text.orNull), ("executions", .list(.ref("OrchestrationExecution"))),
    ("createdAt", .time), ("updatedAt", .time), ("finishedAt", JSONSchema.time.orNull), ("deletedAt", .null),
  ]

  private static let record: [(String, JSONSchema)] = {
    let own: [(String, JSONSchema)] = [
      ("id", .text), ("title", JSONSchema.text.orNull), ("runUuid", .uuid), ("parentRunUuid", .null),
    ]
    let others: Set<String> = ["uuid", "userUuid", "traceUuid", "recordId", "recordTitle", "parentUuid", "deletedAt"]
    return own + run.filter { !others.contains($0.0) }
  }()

  private static let execution: [(String, JSONSchema)] = [
    ("nodeUuid", .uuid), ("nodeSlug", .text), ("nodeKind", kinds),
    ("nodeActionSlug", JSONSchema.text.orNull), ("nodeBatchUuid", .null), ("nodeRunUuid", .null),
    ("nodeMessageUuid", .null), ("nodeChildIndex", JSONSchema.count.orNull),
    ("nextNodeUuid", JSONSchema.uuid.orNull),
    ("status", .choice(NodeExecution.Status.allCases.map(\.rawValue))),
    ("errorMessage", JSONSchema.text.orNull), ("title", JSONSchema.text.orNull), ("iconUrl", .null),
    ("creditsUsedCount", .count), ("startedAt", .time), ("updatedAt", .time),
    ("finishedAt", JSONSchema.time.orNull),
  ]

  private static let metrics: [(String, JSONSchema)] = [
    ("nodeUuid", .uuid), ("totalExecutionsCount", .count), ("pendingExecutionsCount", .count),
    ("runningExecutionsCount", .count), ("successExecutionsCount", .count),
    ("errorExecutionsCount", .count), ("cancelledExecutionsCount", .count), ("creditsUsedCount", .count),
  ]

  private static let invalidNode = JSONSchema.object(
    [
      (
        "node",
        JSONSchema.object([("uuid", JSONSchema.text.orNull), ("slug", JSONSchema.text.orNull)]).orNull
          .said("Null where it cannot be told.")
      ),
      ("reason", .choice(GraphReason.allCases.map(\.rawValue))),
    ],
    optional: [
      ("invalidNodes", JSONSchema.list(.ref("OrchestrationInvalidNode")).said("Of the graph of a group."))
    ])
}

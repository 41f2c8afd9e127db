import Platform
import WireTypes
import Workflows

/// The shapes of workflows and releases.
enum WorkflowSchemas {
  private static let kind = JSONSchema.choice(Workflow.Kind.allCases.map(\.rawValue))
  private static let nodes = OrchestrationSchemas.nodes
  private static let description = JSONSchema.text.with("maxLength", 10_000).orNull

  static let newWorkflow = JSONSchema.object([name, ("kind", kind)], optional: [draft] + settings)
  static let change = JSONSchema.object([], optional: [name] + settings)

  private static let name: (String, JSONSchema) = ("name", .text(1...255))
  private static let draft: (String, JSONSchema) = (
    "nodes", nodes.orNull.said("Of its draft, which need not be able to run.")
  )
  private static let settings: [(String, JSONSchema)] =
    [("description", description), ("healthThreshold", OrchestrationSchemas.threshold)] + play

  private static let kinds = JSONSchema.list(.choice(ChangeKind.allCases.map(\.rawValue)), 1...3).orNull
  private static let rule = JSONSchema.choice(RunCreationRule.allCases.map(\.rawValue)).orNull
  private static let schedule = JSONSchema.either(
    .object(["type": .choice("cron"), "cron": JSONSchema.text.said("Five fields, in UTC.")]),
    .object(["type": .choice("interval"), "seconds": .integer(from: 1, to: PlaySchedule.intervalSecondsMax)]), .null)

  /// What only plays have.
  private static let play: [(String, JSONSchema)] = [
    ("segmentUuid", JSONSchema.uuid.orNull.said("What its changes are looked for in.")),
    ("changeKinds", kinds.said("Changes that get a run; all unless given.")),
    ("runCreationRule", rule.said("`noConcurrency` leaves a record with a run for later.")),
    ("schedule", schedule.said("When batches of changes are made by themselves.")),
    ("isEnabled", JSONSchema.flag.orNull.said("False lets the schedule rest.")),
  ]

  static let newDraft = JSONSchema.object(
    ["workflowUuid": .uuid, "nodes": nodes], isOpen: true)

  static let newRelease = JSONSchema.object(
    ["workflowUuid": .uuid],
    optional: [
      "nodes": nodes.orNull.said("Else those of the draft."), "description": description,
      "version": JSONSchema.text(1...64).orNull.said("Else 1.0.0, 1.0.1 and so on."),
    ], isOpen: true)

  static let workflow: [(String, JSONSchema)] = [
    ("uuid", .uuid), ("workspaceUuid", .uuid), ("name", .text), ("kind", kind),
    ("description", JSONSchema.text.orNull), ("healthThreshold", JSONSchema.number.orNull),
    ("playUuid", JSONSchema.uuid.orNull), ("toolUuid", JSONSchema.uuid.orNull), ("folderUuid", .null),
    ("deployedRelease", .either(.ref("OrchestrationRelease"), .null)), ("createdAt", .time), ("updatedAt", .time),
    ("deletedAt", .null), ("segmentUuid", JSONSchema.uuid.orNull), ("changeKinds", kinds), ("runCreationRule", rule),
    ("schedule", schedule), ("isEnabled", JSONSchema.flag.orNull),
    (
      "nextRunAt",
      JSONSchema.time.orNull.said(
        "When its schedule lets it run; in the past while it waits for its former batch. Null without a schedule, and "
          + "for a moment after a change.")
    ),
    (
      "postponedReason",
      JSONSchema.text.orNull.said(
        "Why its batch was not made at its time and is made at `nextRunAt`: a quota of the project has no room for it.")
    ),
  ]

  /// The nodes of a draft may be anything.
  static func release(isDraft: Bool) -> [(String, JSONSchema)] {
    let first: [(String, JSONSchema)] = [
      ("uuid", .uuid), ("parentUuid", JSONSchema.uuid.orNull), ("workspaceUuid", .uuid), ("userUuid", .null),
      ("workflowUuid", .uuid), ("description", isDraft ? .null : JSONSchema.text.orNull),
      ("version", isDraft ? .null : .text), ("status", .choice(isDraft ? "draft" : "deployed")),
      ("templateSlug", .null),
    ]
    return first + [
      ("nodes", isDraft ? .list(.any) : nodes), ("formFields", .null), ("testRecords", .null),
      ("deployedAt", isDraft ? .null : .time), ("createdAt", .time), ("updatedAt", .time), ("deletedAt", .null),
    ]
  }
}

import WireTypes

extension PrimarySchemas {
  static let pipelines: [Named] = [
    ("Pipeline", pipeline(PipelineSelector.all.keys)),
    ("PipelineStatus", pipeline(PipelineSelector.status.keys)),
    ("PipelineStatusWithConnectors", pipeline(PipelineSelector.statusWithConnectors.keys)),
    (
      "EditedPipeline",
      pipeline(PipelineSelector.all.keys.filter { !PipelineBody.bootstrapKeys.contains($0) })
    ),
    (
      "NewPipeline",
      .object(
        [("name", .ref("PipelineName")), ("program_code", .text.said("SQL text."))], optional: editable,
        isOpen: true)
    ),
    (
      "PipelinePatch",
      .object(
        [],
        optional: [("name", JSONSchema.ref("PipelineName").orNull), ("program_code", JSONSchema.text.orNull)]
          + editable,
        isOpen: true)
    ),
    (
      "PipelineEvent",
      .object(
        [
          "event_id": .uuid, "recorded_at": .time, "deployment_resources_status": resources,
          "deployment_resources_desired_status": desiredResources,
          "deployment_runtime_status": runtime.orNull,
          "deployment_runtime_desired_status": runtime.orNull, "deployment_has_error": .flag,
          "program_status": programStatus, "storage_status": storage,
        ],
        optional: [
          "deployment_resources_status_details": .null, "deployment_runtime_status_details": details,
          "deployment_error": JSONSchema.ref("Error").orNull, "storage_status_details": storageDetails,
        ])
    ),
    ("ProgramDiff", diff),
    (
      "Checkpoint",
      .object([
        "uuid": .uuid, "identifier": .null, "fingerprint": .text, "size": .count, "steps": .count,
        "processed_records": .count,
      ])
    ),
  ]

  private static func pipeline(_ keys: [String]) -> JSONSchema {
    .object(keys.map { ($0, members[$0] ?? .any) })
  }

  private static let editable: [(String, JSONSchema)] = [
    ("description", JSONSchema.text(0...300).orNull),
    ("tags", JSONSchema.list(tag, 0...50).orNull),
    ("runtime_config", JSONSchema.ref("RuntimeConfigInput").orNull),
    ("program_config", JSONSchema.ref("ProgramConfigInput").orNull),
    ("udf_rust", JSONSchema.text.orNull.said("Kept, not run.")),
    ("udf_toml", JSONSchema.text.orNull.said("Kept, not read.")),
  ]

  private static let tag = JSONSchema.text(1...50, pattern: #"^[A-Za-z0-9 ._/|\\:=-]+$"#)
  private static let resources = JSONSchema.choice("Stopped", "Provisioning", "Provisioned", "Stopping")
  private static let desiredResources = JSONSchema.choice("Stopped", "Provisioned")
  private static let runtime = JSONSchema.choice(
    "Initializing", "Replaying", "AwaitingApproval", "Bootstrapping", "Paused", "Running", "Suspended")
  private static let storage = JSONSchema.choice("Cleared", "InUse", "Clearing")
  private static let programStatus = JSONSchema.choice(
    "Pending", "CompilingSql", "SqlCompiled", "CompilingRust", "Success", "SqlError", "RustError",
    "SystemError")
  private static let details = JSONSchema.object(
    [:],
    optional: [
      "connector_stats": .object(["num_errors": .count]), "approval_diff": .ref("ProgramDiff"),
      "bootstrap": .object([
        "rows_done": .count, "rows_total": .count, "records_done": .count, "records_total": .count,
        "waiting": .flag.said("Others are being computed first."),
      ]),
    ]
  ).orNull
  private static let storageDetails = JSONSchema.object(["checkpoints": .list(.ref("Checkpoint"))]).orNull

  /// Every key that a pipeline may show.
  private static let members: [String: JSONSchema] =
    Dictionary(uniqueKeysWithValues: definitionMembers + deploymentMembers + resourceMembers)

  private static let definitionMembers: [(String, JSONSchema)] = [
    ("id", .uuid), ("name", .ref("PipelineName")), ("description", .text), ("tags", .list(.text)),
    ("created_at", .time), ("version", .integer(from: 1)), ("platform_version", .text),
    ("runtime_config", .ref("RuntimeConfig")), ("program_code", .text), ("udf_rust", .text),
    ("udf_toml", .text),
    ("program_config", .ref("ProgramConfig")), ("program_version", .integer(from: 1)),
    ("program_status", programStatus), ("program_status_since", .time),
    ("program_error", JSONSchema.ref("ProgramError").orNull),
    ("program_info", JSONSchema.ref("ProgramInfo").orNull),
    ("refresh_version", .integer(from: 1)),
  ]

  private static let deploymentMembers: [(String, JSONSchema)] = [
    ("deployment_status", .text.said("The one word that most clients poll.")),
    ("deployment_status_since", .time),
    (
      "deployment_desired_status",
      .choice("Stopped", "Unavailable", "Standby", "Paused", "Running", "Suspended")
    ),
    ("deployment_desired_status_since", .time), ("deployment_error", JSONSchema.ref("Error").orNull),
    ("storage_status", storage), ("storage_status_details", storageDetails),
    ("deployment_id", JSONSchema.uuid.orNull),
    ("deployment_initial", JSONSchema.choice("Running", "Paused", "Standby").orNull),
    ("bootstrap_policy", JSONSchema.choice("await_approval", "allow", "reject").orNull),
    ("silent_bootstrap", JSONSchema.flag.orNull), ("concurrent_bootstrap", JSONSchema.flag.orNull),
    ("connectors", JSONSchema.object(["num_errors": .count]).orNull),
  ]

  private static let resourceMembers: [(String, JSONSchema)] = [
    ("deployment_resources_status", resources), ("deployment_resources_status_details", .null),
    ("deployment_resources_status_since", .time), ("deployment_resources_desired_status", desiredResources),
    ("deployment_resources_desired_status_since", .time), ("deployment_runtime_status", runtime.orNull),
    ("deployment_runtime_status_details", details),
    ("deployment_runtime_status_since", JSONSchema.time.orNull),
    ("deployment_runtime_desired_status", runtime.orNull),
    ("deployment_runtime_desired_status_since", JSONSchema.time.orNull),
  ]

  private static let names = JSONSchema.list(.text)
  private static let diff = JSONSchema.object([
    "added_input_connectors": names, "modified_input_connectors": names, "removed_input_connectors": names,
    "added_output_connectors": names, "modified_output_connectors": names, "removed_output_connectors": names,
    "program_diff": .object([
      "added_tables": names, "added_views": names, "modified_tables": names, "modified_views": names,
      "removed_tables": names, "removed_views": names,
    ]),
    "program_diff_error": JSONSchema.text.orNull.said("Why the change cannot be made with the stored state."),
  ])
}

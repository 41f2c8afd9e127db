import PipelineModel

/// The shapes of bodies that operations of the primary dialect share.
enum PrimarySchemas {
  typealias Named = (name: String, schema: JSONSchema)

  static let all: [Named] =
    [
      (
        "Error",
        .object(
          ["message": .text, "error_code": .text.said("Stable: clients decide by it."), "details": .any],
          optional: [
            "token": .text.said("Over the accepted records of a partly bad body."), "durability": .choice("async"),
          ])
      ),
      (
        "PipelineName",
        .text(1...PipelineName.lengthMax, pattern: "^[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?$")
      ),
      (
        "RelationName",
        .text(1...256).said("A SQL identifier: without quotes upper and lower case are the same.")
      ),
      ("OpenAPI", .object(["openapi": .text(pattern: "^3\\.1\\.")], isOpen: true)),
    ] + server + keys + pipelines + configurations + programs + tokens + letters + statistics + streams

  private static let server: [Named] = [
    (
      "ServerConfig",
      .object([
        "telemetry": .text, "edition": .text, "version": .text, "revision": .text, "runtime_revision": .text,
        "changelog_url": .text, "license_validity": .null, "unstable_features": .text.orNull,
        "update_info": .null,
        "build_info": .object(["build_timestamp": .text, "build_cpu": .text, "build_os": .text]),
      ])
    ),
    (
      "ClusterHealth",
      .object(["all_healthy": .flag, "api": part, "compiler": part, "runner": part])
    ),
    (
      "ClusterEvent",
      .object(
        [
          "id": .uuid, "recorded_at": .time, "all_healthy": .flag, "api_status": .text,
          "compiler_status": .text,
          "runner_status": .text,
        ],
        optional: [
          "api_self_info": .any, "api_resources_info": .any, "compiler_self_info": .any,
          "compiler_resources_info": .any, "runner_self_info": .any, "runner_resources_info": .any,
        ])
    ),
  ]

  private static let part = JSONSchema.object([
    "healthy": .flag, "message": .text, "unchanged_since": .time, "checked_at": .time,
  ])

  private static let streams: [Named] = [
    (
      "EgressLine",
      .object(
        ["sequence_number": .count],
        optional: [
          "snapshot": .flag, "processed_steps": .count.said("All output of so many steps has been sent."),
          "json_data": .list(.any), "text_data": .text,
        ])
    ),
    (
      "EgressConfiguration",
      .object(
        [],
        optional: [
          (
            "format",
            .object(
              [],
              optional: [
                ("name", .text), ("config", .object([], optional: [("array", .flag)], isOpen: true)),
              ],
              isOpen: true)
          ), ("send_snapshot", .flag),
        ], isOpen: true)
    ),
  ]
}

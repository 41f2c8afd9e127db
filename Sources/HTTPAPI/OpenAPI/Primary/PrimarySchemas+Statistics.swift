extension PrimarySchemas {
  static let statistics: [Named] = [
    (
      "Stats",
      .object([
        "checkpoint_activity": .object(["status": .text], isOpen: true),
        "global_metrics": .object(state + transaction + process + counters),
        "inputs": .list(.ref("InputStats")), "outputs": .list(.ref("OutputStats")),
        "permanent_checkpoint_errors": JSONSchema.list(.text).orNull,
        "suspend_error": JSONSchema.map(.any).orNull,
      ])
    ),
    (
      "InputStats",
      .object([
        "endpoint_name": .text, "config": .object(["stream": .text]),
        "metrics": .object([
          "total_bytes": .count, "total_records": .count, "buffered_records": .count,
          "buffered_bytes": .count,
          "num_transport_errors": .count, "num_parse_errors": .count, "end_of_input": .flag,
        ]),
        "fatal_error": .text.orNull, "parse_errors": errors, "transport_errors": errors, "health": health,
        "paused": .flag, "barrier": .flag, "completed_frontier": .null,
      ])
    ),
    (
      "OutputStats",
      .object([
        "endpoint_name": .text, "config": .object(["stream": .text]),
        "metrics": .object([
          "transmitted_records": .count, "transmitted_bytes": .count, "queued_records": .count,
          "queued_batches": .count, "buffered_records": .count, "buffered_batches": .count,
          "num_encode_errors": .count, "num_transport_errors": .count,
          "total_processed_input_records": .count,
          "total_processed_steps": .count, "memory": .count,
        ]),
        "fatal_error": .text.orNull, "encode_errors": errors, "transport_errors": errors, "health": health,
        "paused": .flag,
      ])
    ),
    (
      "Metric",
      .object([
        "key": .text, "type": .choice("counter", "gauge"), "description": .text,
        "values": .list(.object(["value": .count, "labels": .map(.text)])),
      ])
    ),
  ]

  private static let errors = JSONSchema.list(
    .object(["timestamp": .time, "index": .count, "tag": .null, "message": .text])
  ).orNull
  private static let health = JSONSchema.object([
    "status": .choice("Healthy", "Unhealthy"), "description": .text,
  ])
  .orNull

  private static let state: [(String, JSONSchema)] = [
    ("state", .choice("Paused", "Running", "Terminated")), ("bootstrap_in_progress", .flag),
    ("concurrent_bootstrap_phase", .null), ("concurrent_bootstrap_progress", .null),
  ]

  private static let transaction: [(String, JSONSchema)] = [
    ("transaction_status", .choice("NoTransaction", "TransactionInProgress", "CommitInProgress")),
    ("transaction_id", .count), ("transaction_msecs", .count.orNull), ("transaction_records", .count.orNull),
    (
      "commit_progress",
      JSONSchema.object([
        "completed": .count, "in_progress": .count, "remaining": .count,
        "in_progress_processed_records": .count,
        "in_progress_total_records": .count,
      ]).orNull
    ),
    (
      "transaction_initiators",
      .object([
        "transaction_id": .count.orNull, "initiated_by_api": JSONSchema.choice("Started", "Committed").orNull,
        "initiated_by_connectors": .map(.any),
      ])
    ),
  ]

  private static let process: [(String, JSONSchema)] = [
    ("rss_bytes", .count), ("memory_pressure", .text), ("memory_pressure_epoch", .count),
    ("cpu_msecs", .count),
    ("uptime_msecs", .count), ("start_time", .integer), ("initial_start_time", .integer),
    ("incarnation_uuid", .uuid), ("storage_bytes", .count), ("storage_mb_secs", .count),
    ("runtime_elapsed_msecs", .count),
  ]

  private static let counters: [(String, JSONSchema)] =
    [
      "buffered_input_records", "buffered_input_bytes", "total_input_records", "total_input_bytes",
      "total_processed_records", "total_processed_bytes", "total_completed_records", "output_stall_msecs",
      "total_initiated_steps", "total_completed_steps",
    ].map { ($0, .count) } + [("pipeline_complete", .flag)]
}

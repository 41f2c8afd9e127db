import PipelineModel
import PipelineRuntime
import WireTypes

/// `stats` as a JSON object; clients assert its key sets.
enum StatsBody {
  static func render(_ stats: PipelineStats, withErrors: Bool) -> JSONValue {
    [
      "checkpoint_activity": ["status": "idle"],
      "global_metrics": global(stats.global),
      "inputs": .array(
        stats.inputs.sorted { $0.endpointName < $1.endpointName }
          .map { input($0, withErrors: withErrors) }),
      "outputs": .array(
        stats.outputs.sorted { $0.endpointName < $1.endpointName }
          .map { output($0, withErrors: withErrors) }),
      "permanent_checkpoint_errors": nil,
      "suspend_error": nil,
    ]
  }

  private static func global(_ global: PipelineStats.Global) -> JSONValue {
    .object(
      (state(global) + transaction(global.transaction) + process(global) + counters(global)).map {
        JSONMember($0.key, $0.value)
      })
  }

  private static func state(_ global: PipelineStats.Global) -> [(key: String, value: JSONValue)] {
    [
      ("state", .string(global.isPaused ? "Paused" : "Running")),
      ("bootstrap_in_progress", false),
      ("concurrent_bootstrap_phase", nil),
      ("concurrent_bootstrap_progress", nil),
    ]
  }

  private static func transaction(_ transaction: PipelineStats.Transaction?) -> [(key: String, value: JSONValue)] {
    let isCommitting = transaction?.isCommitting ?? false
    let status = transaction == nil ? "NoTransaction" : isCommitting ? "CommitInProgress" : "TransactionInProgress"
    return [
      ("transaction_status", .string(status)),
      ("transaction_id", .integer(transaction?.id ?? 0)),
      ("transaction_msecs", .count(transaction?.milliseconds)),
      ("transaction_records", .count(transaction?.records)),
      ("commit_progress", isCommitting ? progress(transaction) : nil),
      (
        "transaction_initiators",
        [
          "transaction_id": .count(transaction?.id),
          "initiated_by_api": transaction == nil ? nil : isCommitting ? "Committed" : "Started",
          "initiated_by_connectors": .emptyObject,
        ]
      ),
    ]
  }

  /// The circuit counts as one operator: a slice goes through all of them.
  private static func progress(_ transaction: PipelineStats.Transaction?) -> JSONValue {
    [
      "completed": 0, "in_progress": 1, "remaining": 0,
      "in_progress_processed_records": .integer(transaction?.takenRecords ?? 0),
      "in_progress_total_records": .integer(transaction?.records ?? 0),
    ]
  }

  private static func process(_ global: PipelineStats.Global) -> [(key: String, value: JSONValue)] {
    [
      ("rss_bytes", .integer(global.rssBytes)),
      ("memory_pressure", "low"),
      ("memory_pressure_epoch", 0),
      ("cpu_msecs", .integer(global.cpuMilliseconds)),
      ("uptime_msecs", .integer(global.uptimeMilliseconds)),
      ("start_time", .integer(global.startTimeSeconds)),
      ("initial_start_time", .integer(global.initialStartTimeSeconds)),
      ("incarnation_uuid", .string(global.incarnation.description)),
      ("storage_bytes", .integer(global.storageBytes)),
      ("storage_mb_secs", 0),
      ("runtime_elapsed_msecs", .integer(global.uptimeMilliseconds)),
    ]
  }

  private static func counters(_ global: PipelineStats.Global) -> [(key: String, value: JSONValue)] {
    [
      ("buffered_input_records", .integer(global.bufferedInputRecords)),
      ("buffered_input_bytes", .integer(global.bufferedInputBytes)),
      ("total_input_records", .integer(global.totalInputRecords)),
      ("total_input_bytes", .integer(global.totalInputBytes)),
      ("total_processed_records", .integer(global.totalProcessedRecords)),
      ("total_processed_bytes", .integer(global.totalProcessedBytes)),
      ("total_completed_records", .integer(global.totalCompletedRecords)),
      ("output_stall_msecs", 0),
      ("total_initiated_steps", .integer(global.totalInitiatedSteps.rawValue)),
      ("total_completed_steps", .integer(global.totalCompletedSteps.rawValue)),
      ("pipeline_complete", .bool(global.pipelineComplete)),
    ]
  }

  static func input(_ input: PipelineStats.Input, withErrors: Bool) -> JSONValue {
    [
      "endpoint_name": .string(input.endpointName),
      "config": ["stream": .string(input.stream)],
      "metrics": [
        "total_bytes": .integer(input.totalBytes), "total_records": .integer(input.totalRecords),
        "buffered_records": .integer(input.bufferedRecords), "buffered_bytes": .integer(input.bufferedBytes),
        "num_transport_errors": .integer(input.transportErrors),
        "num_parse_errors": .integer(input.parseErrors),
        "end_of_input": .bool(input.endOfInput),
      ],
      "fatal_error": .text(input.fatalError),
      "parse_errors": withErrors ? errors(input.recentErrors) : .null,
      "transport_errors": withErrors ? [] : .null,
      "health": health(input.fatalError),
      "paused": .bool(input.paused),
      "barrier": false,
      "completed_frontier": nil,
    ]
  }

  static func output(_ output: PipelineStats.Output, withErrors: Bool) -> JSONValue {
    [
      "endpoint_name": .string(output.endpointName),
      "config": ["stream": .string(output.stream)],
      "metrics": [
        "transmitted_records": .integer(output.transmittedRecords),
        "transmitted_bytes": .integer(output.transmittedBytes),
        "queued_records": .integer(output.queuedRecords),
        "queued_batches": .integer(output.queuedBatches), "buffered_records": 0, "buffered_batches": 0,
        "num_encode_errors": .integer(output.encodeErrors),
        "num_transport_errors": .integer(output.transportErrors),
        "total_processed_input_records": .integer(output.processedInputRecords),
        "total_processed_steps": .integer(output.processedSteps.rawValue),
        "memory": .integer(output.memoryBytes),
      ],
      "fatal_error": .text(output.fatalError),
      "encode_errors": withErrors ? [] : .null,
      "transport_errors": withErrors ? errors(output.recentErrors) : .null,
      "health": health(output.fatalError),
      "paused": false,
    ]
  }

  /// The index counts from 0 in the list, oldest first.
  private static func errors(_ errors: [PipelineStats.RecentError]) -> JSONValue {
    .array(
      errors.suffix(100).enumerated().map { index, error in
        [
          "timestamp": .string(error.at.rfc3339), "index": .integer(index), "tag": nil,
          "message": .string(error.message),
        ]
      })
  }

  private static func health(_ fatalError: String?) -> JSONValue {
    guard let fatalError else { return .null }
    return ["status": "Unhealthy", "description": .string(fatalError)]
  }
}

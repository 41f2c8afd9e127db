// Goal: statistics have the exact key sets that clients assert. Method: golden key sets over a fake pipeline.

import HTTPTypes
import PipelineModel
import PipelineRuntime
import Synchronization
import Testing
import WireTypes

struct StatsRoutesTests {
  private func keys(_ value: JSONValue?) -> Set<String> { Set(value?.members?.map(\.name) ?? []) }

  private func filled() -> TestAPI {
    let api = TestAPI()
    api.pipeline.state.withLock { state in
      var input = PipelineStats.Input(endpointName: "t.b", stream: "t")
      input.totalRecords = 5
      input.totalBytes = 40
      input.endOfInput = true
      input.recentErrors = [PipelineStats.RecentError(at: FakeDirectory.createdAt, message: "bad")]
      var failed = PipelineStats.Output(endpointName: "v.s", stream: "v")
      failed.fatalError = "disk"
      state.stats.inputs = [input, PipelineStats.Input(endpointName: "t.a", stream: "t")]
      state.stats.outputs = [failed]
      state.stats.global.totalProcessedRecords = 5
      state.stats.global.rssBytes = 9
    }
    return api
  }

  @Test func keySetsAreThoseOfTheContract() async throws {
    let stats = try await filled().get("/v0/pipelines/p/stats").json
    #expect(
      keys(stats) == [
        "checkpoint_activity", "global_metrics", "inputs", "outputs", "permanent_checkpoint_errors",
        "suspend_error",
      ])
    #expect(
      keys(stats["global_metrics"]) == [
        "state", "bootstrap_in_progress", "transaction_status", "transaction_id", "transaction_msecs",
        "transaction_records", "commit_progress", "transaction_initiators", "concurrent_bootstrap_phase",
        "concurrent_bootstrap_progress", "rss_bytes", "memory_pressure", "memory_pressure_epoch", "cpu_msecs",
        "uptime_msecs", "start_time", "initial_start_time", "incarnation_uuid", "storage_bytes",
        "storage_mb_secs",
        "runtime_elapsed_msecs", "buffered_input_records", "buffered_input_bytes", "total_input_records",
        "total_input_bytes", "total_processed_records", "total_processed_bytes", "total_completed_records",
        "output_stall_msecs", "total_initiated_steps", "total_completed_steps", "pipeline_complete",
      ])
    #expect(
      keys(stats["outputs"]?.elements?.first?["metrics"]) == [
        "transmitted_records", "transmitted_bytes", "queued_records", "queued_batches", "buffered_records",
        "buffered_batches", "num_encode_errors", "num_transport_errors", "total_processed_input_records",
        "total_processed_steps", "memory",
      ])
  }

  @Test func endpointsAreSortedAndErrorsAreOnDemand() async throws {
    let api = filled()
    let inputs = try await api.get("/v0/pipelines/p/stats").json["inputs"]?.elements ?? []
    #expect(inputs.map { $0["endpoint_name"]?.stringValue } == ["t.a", "t.b"])
    #expect(inputs.allSatisfy { $0["parse_errors"] == .null && $0["transport_errors"] == .null })
    #expect(
      inputs.last?["metrics"] == [
        "total_bytes": 40, "total_records": 5, "buffered_records": 0, "buffered_bytes": 0,
        "num_transport_errors": 0,
        "num_parse_errors": 0, "end_of_input": true,
      ])
    let detailed = try await api.get("/v0/pipelines/p/stats?include_connector_errors=true").json
    #expect(
      detailed["inputs"]?.elements?.last?["parse_errors"] == [
        ["timestamp": "2026-01-31T08:15:30.000250Z", "index": 0, "tag": nil, "message": "bad"]
      ])
    #expect(
      detailed["outputs"]?.elements?.first?["health"] == ["status": "Unhealthy", "description": "disk"])
  }

  @Test func singleConnectorsAreFound() async throws {
    let api = filled()
    let input = try await api.get("/v0/pipelines/p/tables/T/connectors/b/stats")
    #expect(input.json["endpoint_name"] == "t.b")
    #expect(input.json["parse_errors"]?.elements?.count == 1)
    expectError(
      try await api.get("/v0/pipelines/p/tables/%22T%22/connectors/b/stats"), 404, "UnknownInputEndpoint")
    expectError(try await api.get("/v0/pipelines/p/tables/t/connectors/B/stats"), 404, "UnknownInputEndpoint")
    #expect(try await api.get("/v0/pipelines/p/views/v/connectors/s/stats").status == 200)
    expectError(try await api.get("/v0/pipelines/p/views/v/connectors/x/stats"), 404, "UnknownOutputEndpoint")
  }

  @Test func connectorActions() async throws {
    let api = filled()
    #expect(try await api.post("/v0/pipelines/p/tables/T/connectors/b/pause").status == 200)
    #expect(try await api.post("/v0/pipelines/p/tables/T/connectors/b/start").status == 200)
    let explode = try await api.post("/v0/pipelines/p/tables/T/connectors/b/explode")
    expectError(explode, 400, "InvalidConnectorAction")
    #expect(api.pipeline.state.withLock { $0.connectorCalls.map(\.start) } == [false, true])
  }

  @Test func metricsComeInTwoFormats() async throws {
    let api = filled()
    api.directory.state.withLock { $0.descriptor.definition.runtimeConfig.json = #"{"max_rss_mb":3}"# }
    let text = try await api.get("/v0/pipelines/p/metrics")
    #expect(text.headers[.contentType] == "text/plain")
    #expect(text.text.contains("# TYPE records_processed_total counter\n"))
    #expect(text.text.contains("records_processed_total{pipeline=\"p\"} 5\n"))
    #expect(text.text.contains("max_rss_bytes{pipeline=\"p\"} 3000000\n"))
    let list = try await api.get("/v0/pipelines/p/metrics?format=json").json.elements ?? []
    let processed = list.first { $0["key"] == "records_processed_total" }
    #expect(processed?["values"]?.elements?.first?["value"] == 5)
    expectError(try await api.get("/v0/pipelines/p/metrics?format=xml"), 400, "InvalidParam")
  }
}

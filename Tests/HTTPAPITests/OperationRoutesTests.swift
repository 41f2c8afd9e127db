// Goal: checkpoints, events, logs, health and program checks answer as the contract says.
// Method: golden answers over fakes.

import DataModel
import HTTPTypes
import PipelineModel
import PipelineRuntime
import SQLFrontend
import Synchronization
import Testing
import WireTypes

import HTTPAPI

struct OperationRoutesTests {
  @Test func checkpointCalls() async throws {
    let api = TestAPI()
    let incarnation = api.pipeline.incarnation.description
    let asked = try await api.post("/v0/pipelines/p/checkpoint")
    #expect(asked.text == #"{"checkpoint_sequence_number":41,"incarnation_uuid":"\#(incarnation)"}"#)
    #expect(
      try await api.get("/v0/pipelines/p/checkpoint_status").text == #"{"success":null,"failure":null}"#)
    api.pipeline.state.withLock { state in
      state.activity.success = 40
      state.activity.failure = CheckpointActivity.Failure(
        sequence: 41, error: "e", failedAt: FakeDirectory.createdAt)
      state.checkpoints = [
        CheckpointSummary(
          id: UniqueID(high: 0, low: 1), fingerprint: "ff", sizeBytes: 2, steps: StepCount(3),
          processedRecords: 4)
      ]
    }
    let status = try await api.get("/v0/pipelines/p/checkpoint_status?incarnation_uuid=\(incarnation)")
    #expect(
      status.text == #"{"success":40,"failure":{"sequence_number":41,"error":"e","failed_at":"#
        + #""2026-01-31T08:15:30.000250Z"}}"#)
    let other = try await api.get(
      "/v0/pipelines/p/checkpoint_status?incarnation_uuid=\(UniqueID(high: 9, low: 9))")
    expectError(other, 400, "IncarnationUuidMismatch")
    #expect(
      try await api.get("/v0/pipelines/p/checkpoints").text
        == #"[{"uuid":"00000000-0000-0000-0000-000000000001","identifier":null,"fingerprint":"ff","size":2,"#
        + #""steps":3,"processed_records":4}]"#)
    expectError(try await api.post("/v0/pipelines/p/checkpoint/sync"), 501, "EnterpriseFeature")
  }

  @Test func eventKeySetsAreThoseOfTheContract() async throws {
    let api = TestAPI()
    let events = [2, 1].map { number in
      PipelineEvent(
        id: UniqueID(high: 0, low: number), recordedAt: FakeDirectory.createdAt, programStatus: .success,
        deployment: DeploymentState(at: FakeDirectory.createdAt), storage: StorageState(status: .cleared))
    }
    api.directory.state.withLock { $0.events = events }
    let status: Set<String> = [
      "event_id", "recorded_at", "deployment_resources_status", "deployment_resources_desired_status",
      "deployment_runtime_status", "deployment_runtime_desired_status", "deployment_has_error",
      "program_status",
      "storage_status",
    ]
    let all = status.union([
      "deployment_resources_status_details", "deployment_runtime_status_details", "deployment_error",
      "storage_status_details",
    ])
    let latest = try await api.get("/v0/pipelines/p/events/latest")
    #expect(latest.keys == status)
    #expect(latest.json["event_id"]?.stringValue == events[0].id.description)
    let first = try await api.get("/v0/pipelines/p/events/\(events[1].id)?selector=all")
    #expect(first.keys == all)
    #expect(try await api.get("/v0/pipelines/p/events").json.elements?.count == 2)
    expectError(try await api.get("/v0/pipelines/p/events/\(UniqueID(high: 5, low: 5))"), 404, "NotFound")
    expectError(try await api.get("/v0/pipelines/p/events/x"), 404, "NotFound")
  }

  @Test func clusterEventsHaveTheirKeySets() async throws {
    let api = TestAPI()
    let status: Set<String> = [
      "id", "recorded_at", "all_healthy", "api_status", "compiler_status", "runner_status",
    ]
    let latest = try await api.get("/v0/cluster/events/latest")
    #expect(latest.keys == status)
    let list = try await api.get("/v0/cluster/events").json.elements ?? []
    #expect(list == [latest.json])
    let id = try #require(latest.json["id"]?.stringValue)
    let all = try await api.get("/v0/cluster/events/\(id)?selector=all")
    #expect(
      all.keys
        == status.union(
          ["api", "compiler", "runner"].flatMap { ["\($0)_self_info", "\($0)_resources_info"] }))
    expectError(try await api.get("/v0/cluster/events/x"), 404, "NotFound")
  }

  @Test func healthAndConfiguration() async throws {
    let api = TestAPI()
    #expect(try await api.get("/healthz").text == #"{"status":"healthy"}"#)
    #expect(try await api.get("/config/authentication").text == "{}")
    let health = try await api.get("/v0/cluster_healthz")
    #expect(health.json["all_healthy"] == true)
    #expect(health.keys == ["all_healthy", "api", "compiler", "runner"])
    let config = try await api.get("/v0/config").json
    #expect(config["edition"] == "Enterprise")
    #expect(config["version"] == "9.8.7")
    let names = Set(config.members?.map(\.name) ?? [])
    #expect(
      names.isSuperset(of: [
        "revision", "runtime_revision", "telemetry", "changelog_url", "license_validity", "unstable_features",
        "update_info", "build_info",
      ]))
    #expect(
      try await api.get("/v0/config/session").keys == ["tenant_id", "tenant_name", "role", "memberships"])
  }

  @Test func programsAreChecked() async throws {
    let range = SourceRange(startLine: 1, startColumn: 2, endLine: 3, endColumn: 4)
    let diagnostic = SQLDiagnostic(range: range, isWarning: false, errorType: "E", message: "m", snippet: "s")
    let bad = TestAPI(compiling: .failure(SQLErrors([diagnostic])))
    let reply = try await bad.post("/v0/validate_program", #"{"program_code":"x"}"#)
    #expect(reply.status == 200)
    #expect(
      reply.text
        == #"{"SqlError":{"info":{"exit_code":1,"messages":[{"start_line_number":1,"start_column":2,"#
        + #""end_line_number":3,"end_column":4,"warning":false,"error_type":"E","#
        + #""message":"m","snippet":"s"}]}}}"#
    )
    expectError(try await bad.post("/v0/validate_program", "null"), 400, "InvalidBody")
    let good = try await TestAPI(compiling: .success(OperationRoutesTests.program)).post(
      "/v0/validate_program", #"{"program_code":"x"}"#)
    let info = good.json["Success"]?["program_info"]
    let table = info?["schema"]?["inputs"]?.elements?.first
    #expect(
      table?.members?.map(\.name) == [
        "name", "case_sensitive", "fields", "materialized", "properties", "primary_key", "foreign_keys",
      ])
    #expect(table?["name"] == "T")
    #expect(table?["primary_key"] == ["Id"])
    #expect(
      table?["fields"]?.elements?.map { $0["columntype"]?["type"]?.stringValue } == [
        "INTEGER", "DECIMAL", "VARCHAR",
      ])
    #expect(table?["fields"]?.elements?.map { $0["columntype"]?["precision"] } == [.null, 10, -1])
    #expect(info?["input_connectors"]?.members?.map(\.name) == ["t.a", "t.unnamed-1"])
    #expect(info?["input_connectors"]?["t.a"]?["stream"] == "t")
  }

  private static let program = Program(
    tables: [
      TableDefinition(
        name: SQLIdentifier("T"),
        schema: Schema(
          fields: [
            Field(name: SQLIdentifier("Id"), type: .integer, nullable: false),
            Field(name: SQLIdentifier("d"), type: .decimal(precision: 10, scale: 2), nullable: true),
            Field(name: SQLIdentifier("s"), type: .varchar(length: nil), nullable: true),
          ], primaryKey: [0]), materialized: true, properties: [],
        connectors: #"[{"name":"a","transport":{"name":"datagen"}},{"transport":{"name":"datagen"}}]"#)
    ], views: [], warnings: [])

  @Test func logsGoOnUntilThePipelineIsGone() async throws {
    let api = TestAPI()
    let first = "Fresh start of pipeline log"
    api.directory.state.withLock { $0.logReadings = [[first, "a"], [first, "a", "b"], nil] }
    let reply = try await api.get("/v0/pipelines/p/logs")
    #expect(reply.headers[.contentType] == "text/plain")
    #expect(reply.text == "\(first)\na\nb\n")
    expectError(try await api.get("/v0/pipelines/q/logs"), 404, "UnknownPipelineName")
  }

  @Test func aFollowerSeesEachLineOnce() {
    var follower = LogFollower()
    #expect(follower.unseen(of: ["0", "a", "b", "b"]) == ["0", "a", "b", "b"])
    #expect(follower.unseen(of: ["0", "a", "b", "b"]) == [])
    #expect(follower.unseen(of: ["0", "b", "b", "c"]) == ["c"])
    #expect(follower.unseen(of: ["0", "c", "d", "e"]) == ["d", "e"])
    #expect(follower.unseen(of: ["0", "x", "y", "z"]) == ["x", "y", "z"])
  }
}

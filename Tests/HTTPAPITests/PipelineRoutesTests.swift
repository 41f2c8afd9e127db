// Goal: pipeline objects have the exact key sets that clients assert, bodies are checked before the directory
// is asked, and what the directory gets is what was sent, defaults filled in.
// Method: the routes over a fake directory.

import HTTPTypes
import PipelineModel
import PipelineRuntime
import Synchronization
import Testing
import WireTypes

struct PipelineRoutesTests {
  static let all: Set<String> = [
    "id", "name", "description", "tags", "created_at", "version", "platform_version", "runtime_config",
    "program_code",
    "udf_rust", "udf_toml", "program_config", "program_version", "program_status", "program_status_since",
    "program_error", "program_info", "deployment_status", "deployment_status_since",
    "deployment_desired_status",
    "deployment_desired_status_since", "deployment_error", "refresh_version", "storage_status",
    "storage_status_details", "deployment_resources_status", "deployment_resources_status_details",
    "deployment_resources_status_since", "deployment_resources_desired_status",
    "deployment_resources_desired_status_since", "deployment_runtime_status",
    "deployment_runtime_status_details",
    "deployment_runtime_status_since", "deployment_runtime_desired_status",
    "deployment_runtime_desired_status_since",
    "deployment_initial", "deployment_id", "bootstrap_policy", "silent_bootstrap", "concurrent_bootstrap",
  ]
  static let status = all.subtracting([
    "runtime_config", "program_code", "udf_rust", "udf_toml", "program_error", "program_info",
    "deployment_resources_status_details",
  ])

  @Test func keySetsAreThoseOfTheContract() async throws {
    let api = TestAPI()
    #expect(PipelineRoutesTests.all.count == 40)
    #expect(PipelineRoutesTests.status.count == 33)
    for (query, keys) in [
      ("", PipelineRoutesTests.all), ("?selector=all", PipelineRoutesTests.all),
      ("?selector=status", PipelineRoutesTests.status),
      ("?selector=status_with_connectors", PipelineRoutesTests.status.union(["connectors"])),
    ] {
      #expect(try await api.get("/v0/pipelines/p\(query)").keys == keys)
      let list = try await api.get("/v0/pipelines\(query)").json.elements ?? []
      #expect(list.map { Set($0.members?.map(\.name) ?? []) } == [keys])
    }
    expectError(try await api.get("/v0/pipelines/p?selector=most"), 400, "InvalidParam")
  }

  @Test func everyKeyHasARendering() async throws {
    let api = TestAPI()
    api.directory.state.withLock { state in
      state.descriptor.deployment.resources = .provisioned
      state.descriptor.deployment.desiredResources = .provisioned
      state.descriptor.deployment.runtime = .running
      state.descriptor.deployment.desiredRuntime = .running
      state.descriptor.deployment.initial = StartOptions()
      state.descriptor.deployment.deploymentID = UniqueID(high: 3, low: 4)
      state.descriptor.deployment.connectorErrors = 6
      state.descriptor.deployment.error = DeploymentError(
        code: .workerPanic, message: "m", details: "{\"a\":1}")
      state.descriptor.storage = StorageState(status: .inUse, checkpoints: [])
      state.descriptor.program.status = .success
      state.descriptor.program.diagnostics = []
    }
    let object = try await api.get("/v0/pipelines/p?selector=all").json
    let nulls = object.members?.filter(\.value.isNull).map(\.name)
    #expect(nulls == ["program_info", "deployment_resources_status_details"])
    #expect(object["created_at"] == "2026-01-31T08:15:30.000250Z")
    #expect(object["platform_version"] == "9.8.7")
    #expect(object["deployment_status"] == "Running")
    #expect(object["deployment_initial"] == "Running")
    #expect(object["deployment_runtime_status_details"] == ["connector_stats": ["num_errors": 6]])
    #expect(object["storage_status_details"] == ["checkpoints": []])
    #expect(object["deployment_error"]?["error_code"] == "RuntimeError.WorkerPanic")
    #expect(object["deployment_error"]?["details"] == ["a": 1])
    #expect(object["program_error"]?["sql_compilation"]?["exit_code"] == 0)
    #expect(object["program_error"]?["rust_compilation"]?["exit_code"] == 0)
    #expect(object["runtime_config"]?["workers"] == 8)
  }

  @Test func createPassesTheDefinitionOn() async throws {
    let api = TestAPI()
    let reply = try await api.post(
      "/v0/pipelines",
      #"{"name":"n","program_code":"create","tags":["a"],"runtime_config":{"workers":3},"unknown":1}"#)
    #expect(reply.status == 201)
    #expect(
      reply.keys
        == PipelineRoutesTests.all.subtracting([
          "bootstrap_policy", "silent_bootstrap", "concurrent_bootstrap",
        ]))
    let created = api.directory.state.withLock { $0.created }
    #expect(created.map(\.name) == ["n"])
    #expect(created.first?.tags == ["a"])
    #expect(created.first?.programCode == "create")
    #expect(
      created.first?.runtimeConfig.restricted.first { $0.path == "runtime_config.workers" }?.json == "3")
    #expect(created.first?.runtimeConfig.checkpointIntervalSeconds == 60)
    #expect(reply.json["runtime_config"]?["workers"] == 3)
    #expect(reply.json["program_config"]?["cache"] == true)
  }

  @Test(arguments: [
    ("", "InvalidBody"), ("null", "InvalidBody"), ("[]", "InvalidBody"), ("{", "InvalidBody"),
    ("{}", "InvalidBody"),
    (#"{"name":"n"}"#, "InvalidBody"), (#"{"program_code":""}"#, "InvalidBody"),
    (#"{"name":1,"program_code":""}"#, "InvalidBody"),
    (#"{"name":"n","program_code":"","tags":"x"}"#, "InvalidBody"),
    (#"{"name":"n","program_code":"","runtime_config":{"workers":"x"}}"#, "InvalidRuntimeConfig"),
    (#"{"name":"n","program_code":"","program_config":{"profile":"x"}}"#, "InvalidProgramConfig"),
    (#"{"name":"n","program_code":"","program_config":{"cache":1}}"#, "InvalidProgramConfig"),
    (#"{"name":"n","program_code":"","program_config":{"runtime_version":"x"}}"#, "InvalidProgramConfig"),
  ])
  func badBodiesNeverReachTheDirectory(body: String, code: String) async throws {
    let api = TestAPI()
    expectError(try await api.post("/v0/pipelines", body), 400, code)
    #expect(api.directory.state.withLock { $0.created.isEmpty })
  }

  @Test func errorsOfTheDirectoryAreMapped() async throws {
    let api = TestAPI()
    api.directory.state.withLock { $0.failure = PipelineError(.duplicateName, "twice") }
    let reply = try await api.post("/v0/pipelines", #"{"name":"p","program_code":""}"#)
    expectError(reply, 409, "DuplicateName")
    expectError(try await api.get("/v0/pipelines/other"), 404, "UnknownPipelineName")
    expectError(try await api.get("/v0/pipelines/a."), 404, "UnknownPipelineName")
  }

  @Test func replaceTellsCreatedFromReplaced() async throws {
    let api = TestAPI()
    let body = Array(#"{"name":"x","program_code":"c"}"#.utf8)
    #expect(try await api.call(.put, "/v0/pipelines/p", body: body).status == 200)
    #expect(try await api.call(.put, "/v0/pipelines/x", body: body).status == 201)
  }

  @Test func patchChangesOnlyWhatIsThere() async throws {
    let api = TestAPI()
    let body = Array(#"{"description":"d","tags":null,"runtime_config":{"storage":false}}"#.utf8)
    #expect(try await api.call(.patch, "/v0/pipelines/p", body: body).status == 200)
    let patch = api.directory.state.withLock { $0.patches.first }
    #expect(patch?.description == "d")
    #expect(patch?.tags == nil)
    #expect(patch?.programCode == nil)
    #expect(patch?.runtimeConfig?.storageEnabled == false)
  }

  @Test func deleteAnswersEmpty() async throws {
    let reply = try await TestAPI().call(.delete, "/v0/pipelines/p")
    #expect(reply.status == 200)
    #expect(reply.body.isEmpty)
  }

  @Test func updateRuntimeNeedsAStoppedPipeline() async throws {
    let api = TestAPI()
    #expect(try await api.post("/v0/pipelines/p/update_runtime").status == 200)
    api.directory.state.withLock { $0.descriptor.deployment.desiredResources = .provisioned }
    expectError(try await api.post("/v0/pipelines/p/update_runtime"), 400, "UpdateRestrictedToStopped")
  }
}

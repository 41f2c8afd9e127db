// Goal: life-cycle calls hand their options on and answer as the contract says.
// Method: the routes over a fake directory that records calls.

import HTTPTypes
import PipelineModel
import PipelineRuntime
import Synchronization
import Testing
import WireTypes

struct LifecycleRoutesTests {
  @Test func startHandsItsOptionsOn() async throws {
    let api = TestAPI()
    let reply = try await api.post(
      "/v0/pipelines/p/start?initial=paused&bootstrap_policy=allow&silent_bootstrap=true&dismiss_error=false")
    #expect(reply.status == 202)
    #expect(reply.body.isEmpty)
    let options = try #require(api.directory.state.withLock { $0.starts.first })
    #expect(options.initial == .paused)
    #expect(options.bootstrapPolicy == "allow")
    #expect(options.silentBootstrap)
    #expect(!options.concurrentBootstrap)
    #expect(!options.dismissError)
  }

  @Test func startHasDefaults() async throws {
    let api = TestAPI()
    #expect(try await api.post("/v0/pipelines/p/start", "null").status == 202)
    let options = try #require(api.directory.state.withLock { $0.starts.first })
    #expect(options.initial == .running)
    #expect(options.bootstrapPolicy == "await_approval")
    #expect(options.dismissError)
  }

  @Test(arguments: [
    ("initial=soon", 405, "UnsupportedPipelineAction"), ("bootstrap_policy=x", 400, "InvalidParam"),
    ("dismiss_error=1", 400, "InvalidParam"),
    ("silent_bootstrap=true&concurrent_bootstrap=true", 400, "InvalidBootstrapConfig"),
  ])
  func badOptionsNeverReachTheDirectory(query: String, status: Int, code: String) async throws {
    let api = TestAPI()
    expectError(try await api.post("/v0/pipelines/p/start?\(query)"), status, code)
    #expect(api.directory.state.withLock { $0.calls.isEmpty })
  }

  @Test(arguments: [
    ("pause", 202), ("resume", 202), ("stop", 202), ("stop?force=true", 202), ("clear", 202),
    ("dismiss_error", 200),
  ])
  func actionsAnswerEmpty(action: String, status: Int) async throws {
    let api = TestAPI()
    let reply = try await api.post("/v0/pipelines/p/\(action)")
    #expect(reply.status == status)
    #expect(reply.body.isEmpty)
    #expect(api.directory.state.withLock { $0.calls } == [String(action.prefix { $0 != "?" })])
    if action.hasPrefix("stop") {
      #expect(api.directory.state.withLock { $0.stops } == [action.contains("true")])
    }
    expectError(try await api.post("/v0/pipelines/q/\(action)"), 404, "UnknownPipelineName")
  }

  @Test func refusalsKeepTheirDetails() async throws {
    let api = TestAPI()
    api.directory.state.withLock {
      $0.failure = PipelineError(.pipelineUnavailable, "m", details: #"{"x":[1]}"#, retryAfterSeconds: 7)
    }
    let reply = try await api.post("/v0/pipelines/p/pause")
    expectError(reply, 503, "PipelineUnavailable")
    #expect(reply.headers[.retryAfter] == "7")
    #expect(reply.json["details"] == ["x": [1]])
  }

  @Test func changesOfAProgramAreShownAndApproved() async throws {
    let api = TestAPI()
    #expect(try await api.post("/v0/pipelines/p/approve?silent_bootstrap=true").status == 200)
    let diff = try await api.post("/v0/pipelines/p/diff", #"{"program_code": "create table t (a int);"}"#)
    #expect(diff.status == 200)
    #expect(diff.json["program_diff"]?["added_views"] == [])
    expectError(try await api.post("/v0/pipelines/p/diff", #"{"program_code": 1}"#), 400, "InvalidBody")
    expectError(try await api.post("/v0/pipelines/q/diff", "{}"), 404, "UnknownPipelineName")
  }

  @Test(arguments: ["activate"])
  func statesThatNeverExistAreRefused(action: String) async throws {
    expectError(try await TestAPI().post("/v0/pipelines/p/\(action)"), 400, "IllegalPipelineAction")
    expectError(try await TestAPI().post("/v0/pipelines/q/\(action)"), 404, "UnknownPipelineName")
  }

  @Test(arguments: ["clock/advance"])
  func unsupportedCallsSaySo(call: String) async throws {
    expectError(try await TestAPI().post("/v0/pipelines/p/\(call)", "null"), 400, "NotSupported")
  }
}

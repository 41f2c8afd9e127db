// Goal: each state of a token has its status code, headers and body. Method: golden answers over a fake
// pipeline.

import HTTPTypes
import PipelineModel
import PipelineRuntime
import Synchronization
import Testing
import WireTypes

import HTTPAPI

struct CompletionRoutesTests {
  private static let path = "/v0/pipelines/p/completion_status"

  @Test func completeIs200() async throws {
    let reply = try await TestAPI().get(CompletionRoutesTests.path + "?token=T")
    #expect(reply.status == 200)
    #expect(reply.headers[.retryAfter] == nil)
    #expect(
      reply.text
        == #"{"status":"complete","step":3,"accepted":5,"rejected":0,"dead":0,"view_errors":0,"#
        + #""blocked_by":[],"eta_ms":0}"#)
  }

  @Test func inProgressIs202WithRetryAfter() async throws {
    let api = TestAPI()
    api.pipeline.state.withLock { state in
      var report = CompletionReport(complete: false, step: nil, accepted: 5)
      report.rejected = 2
      report.etaMilliseconds = 2500
      report.followedToken = "N"
      report.blockedBy = [Blocker(kind: "sink", name: "v.f", lagSteps: 4, lastError: "disk")]
      state.report = .success(report)
    }
    let reply = try await api.get(CompletionRoutesTests.path + "?token=T&follow=true")
    #expect(reply.status == 202)
    #expect(reply.headers[.retryAfter] == "3")
    #expect(
      reply.text
        == #"{"status":"inprogress","step":null,"accepted":5,"rejected":2,"dead":0,"view_errors":0,"#
        + #""blocked_by":[{"kind":"sink","name":"v.f","lag_steps":4,"last_error":"disk"}],"#
        + #""eta_ms":2500,"token":"N"}"#
    )
    #expect(api.pipeline.state.withLock { $0.completionCalls.first?.follow } == true)
  }

  @Test func errorsAreTheContracts() async throws {
    let api = TestAPI()
    expectError(try await api.get(CompletionRoutesTests.path), 400, "MissingUrlEncodedParam")
    let cases: [(ErrorCode, Int)] = [
      (.invalidParam, 400), (.pipelineRestarted, 410), (.unknownEndpointInCompletionToken, 410),
      (.terminating, 410),
    ]
    for (code, status) in cases {
      let details = #"{"outcome":"recovered","successor":"S"}"#
      api.pipeline.state.withLock { $0.report = .failure(PipelineError(code, "m", details: details)) }
      let reply = try await api.get(CompletionRoutesTests.path + "?token=T")
      expectError(reply, status, code.rawValue)
      #expect(reply.json["details"]?["successor"] == "S")
    }
    api.directory.state.withLock { $0.deployed = false }
    let stopped = try await api.get(CompletionRoutesTests.path + "?token=T")
    expectError(stopped, 503, "PipelineInteractionNotDeployed")
    expectError(try await api.get("/v0/pipelines/q/completion_status?token=T"), 404, "UnknownPipelineName")
  }

  @Test(
    arguments: [
      ("30s", 30), ("30", 30), ("500ms", 0.5), ("2m", 120), ("0", 0), ("999999999m", 600),
      ("", nil), ("s", nil), ("-1", nil), ("1.5", nil), ("1h", nil), ("1e3", nil), ("١s", nil),
      ("9999999999", nil),
    ] as [(String, Double?)])
  func waitTimesAreRead(text: String, seconds: Double?) {
    #expect(WaitTime.parse(text) == seconds)
  }

  @Test func preferencesAreRead() {
    #expect(WaitTime.preferred("wait=30") == 30)
    #expect(WaitTime.preferred("respond-async, wait = 10; x") == 10)
    #expect(WaitTime.preferred("Wait=\"5\"") == 5)
    #expect(WaitTime.preferred("respond-async, wait=soon") == nil)
  }

  @Test func waitsGoToTheLedger() async throws {
    let api = TestAPI()
    let prefer = try #require(HTTPField.Name("prefer"))
    _ = try await api.get(CompletionRoutesTests.path + "?token=T&wait=500ms")
    _ = try await api.get(CompletionRoutesTests.path + "?token=T", headers: [prefer: "wait=7"])
    _ = try await api.get(CompletionRoutesTests.path + "?token=T&wait=0")
    #expect(api.pipeline.state.withLock { $0.completionCalls.map(\.seconds) } == [0.5, 7, 0])
    expectError(try await api.get(CompletionRoutesTests.path + "?token=T&wait=long"), 400, "InvalidParam")
  }

  @Test func connectorsHaveTokens() async throws {
    let api = TestAPI()
    let reply = try await api.get("/v0/pipelines/p/tables/T1/connectors/c/completion_token")
    #expect(reply.text == #"{"token":"token-of-t1"}"#)
    let unknown = try await api.get("/v0/pipelines/p/tables/T1/connectors/d/completion_token")
    expectError(unknown, 404, "UnknownInputEndpoint")
  }
}

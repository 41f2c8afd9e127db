// Goal: many tokens are one resource: body, statuses and waits of a group. Method: golden answers over a fake pipeline.

import HTTPTypes
import PipelineModel
import PipelineRuntime
import Synchronization
import Testing
import WireTypes

struct TokenGroupRoutesTests {
  private static let path = "/v0/pipelines/p/completion_status"

  private static func report(_ complete: Bool, _ step: UInt64?, eta: UInt64? = nil) -> CompletionReport {
    var report = CompletionReport(complete: complete, step: step.map { StepCount($0) }, accepted: 3)
    report.etaMilliseconds = eta
    return report
  }

  @Test func aCompleteGroupIs200() async throws {
    let api = TestAPI()
    api.pipeline.state.withLock {
      $0.groupReport = .success(
        GroupReport(
          complete: true, step: StepCount(9),
          members: [.success(Self.report(true, 4)), .success(Self.report(true, 9))]))
    }
    let reply = try await api.post(Self.path + "?wait=2s&follow=true", #"{"tokens":["A","B"]}"#)
    #expect(reply.status == 200)
    #expect(reply.json["status"] == "complete" && reply.json["mode"] == "all" && reply.json["step"] == 9)
    #expect(reply.json["total"] == 2 && reply.json["completed"] == 2 && reply.json["accepted"] == 6)
    let group = try #require(api.pipeline.state.withLock { $0.group })
    #expect(group.tokens == ["A", "B"] && group.mode == .all && group.follow)
    #expect(api.pipeline.state.withLock { $0.completionCalls.map(\.seconds) } == [2])
  }

  @Test func aPendingGroupIs202() async throws {
    let api = TestAPI()
    api.pipeline.state.withLock {
      $0.groupReport = .success(
        GroupReport(
          complete: false, step: nil,
          members: [
            .success(Self.report(false, nil, eta: 3000)), .success(Self.report(false, nil, eta: 5000)),
            .failure(PipelineError(.pipelineRestarted, "gone", details: #"{"successor":"S"}"#)),
          ]))
    }
    let reply = try await api.post(Self.path, #"{"tokens":["A","B","C"],"mode":"any"}"#)
    #expect(reply.status == 202 && reply.headers[.retryAfter] == "3")
    #expect(reply.json["eta_ms"] == 3000 && reply.json["completed"] == 0)
    #expect(reply.json["tokens"]?.elements?.last?["status"] == "gone")
    #expect(reply.json["tokens"]?.elements?.last?["details"]?["successor"] == "S")
  }

  @Test(
    arguments: [
      "", "[]", "{}", #"{"tokens":"A"}"#, #"{"tokens":[]}"#, #"{"tokens":[1]}"#, #"{"tokens":["A"],"mode":"most"}"#,
      #"{"tokens":["A"],"mode":1}"#,
    ])
  func badBodiesAreRefused(body: String) async throws {
    let reply = try await TestAPI().post(Self.path, body)
    #expect(reply.status == 400)
  }

  @Test func afterLetsAQueryWaitForItsTokens() async throws {
    let api = TestAPI()
    #expect(try await api.get("/v0/pipelines/p/query?sql=x&after=A,B&wait=4s").status == 200)
    let calls = api.pipeline.state.withLock { ($0.completionCalls.map(\.token), $0.milestones) }
    #expect(calls.0 == ["A", "B"] && calls.1 == [.processed, .processed])
    #expect(api.pipeline.state.withLock { $0.completionCalls.allSatisfy(\.follow) })
    api.pipeline.state.withLock { $0.reached = false }
    expectError(try await api.get("/v0/pipelines/p/query?sql=x&after=A&wait=0"), 503, "NotYetVisible")
    expectError(try await api.post("/v0/pipelines/p/egress/v?after=A&wait=0", ""), 503, "NotYetVisible")
    expectError(try await api.get("/v0/pipelines/p/query?sql=x&after="), 400, "InvalidParam")
  }
}

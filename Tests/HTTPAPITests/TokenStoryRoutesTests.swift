// Goal: the answers to why, what happened, and the events of a token are complete, and a stream resumes where it was
// left. Method: golden answers over a fake pipeline.

import HTTPTypes
import PipelineModel
import PipelineRuntime
import Synchronization
import Testing
import WireTypes

struct TokenStoryRoutesTests {
  private static let path = "/v0/pipelines/p/"

  @Test func whyNamesReasonsAndAdvice() async throws {
    let api = TestAPI()
    var report = CompletionReport(complete: false, step: StepCount(4), accepted: 5)
    report.etaMilliseconds = 700
    var reason = WhyReason(kind: "sink", name: "v.f", message: "fails", advice: "mend it")
    reason.lagSteps = 2
    reason.lastError = "disk"
    let why = WhyReport(completion: report, reasons: [reason], backlogRecords: 0, recordsPerSecond: 1234.4)
    api.pipeline.state.withLock { $0.whyReport = why }
    let reply = try await api.get(Self.path + "why?token=T")
    #expect(
      reply.text
        == #"{"status":"inprogress","step":4,"reasons":[{"kind":"sink","name":"v.f","message":"fails","lag_steps":2,"#
        + #""last_error":"disk","fatal":false,"advice":"mend it"}],"#
        + #""backlog":{"records":0,"records_per_second":1234,"eta_ms":700},"token":null}"#)
  }

  @Test func whyOfAStoppedPipelineSaysSo() async throws {
    let api = TestAPI()
    api.directory.state.withLock { $0.deployed = false }
    let reply = try await api.get(Self.path + "why?token=T")
    #expect(reply.status == 200 && reply.json["reasons"]?.elements?.first?["kind"] == "stopped")
    api.directory.state.withLock {
      $0.descriptor.deployment.error = DeploymentError(code: .workerPanic, message: "overflow")
    }
    let failed = try await api.get(Self.path + "why?token=T")
    #expect(failed.json["reasons"]?.elements?.first?["kind"] == "failed")
    #expect(failed.json["reasons"]?.elements?.first?["last_error"] == "overflow")
    expectError(try await api.get("/v0/pipelines/q/why?token=T"), 404, "UnknownPipelineName")
    expectError(try await api.get(Self.path + "why"), 400, "MissingUrlEncodedParam")
  }

  @Test func explainIsTheTimeline() async throws {
    let api = TestAPI()
    var step = TokenStory.Event("step", at: WallTime(microseconds: 1_769_847_330_000_250))
    step.step = 7
    step.range = .clamped(first: Offset(3), end: Offset(5))
    var sink = TokenStory.Event("delivered", at: nil)
    sink.isDone = false
    sink.sink = "v.f"
    sink.lastError = "disk"
    let story = TokenStory(
      completion: CompletionReport(complete: false, step: StepCount(8), accepted: 2),
      incarnation: api.pipeline.incarnation, range: .clamped(first: Offset(3), end: Offset(5)),
      endpoint: "t.api-ingress-0", table: "t", events: [step, sink])
    api.pipeline.state.withLock { $0.story = story }
    let reply = try await api.get(Self.path + "explain?token=T")
    #expect(reply.json["records"] == [3, 5] && reply.json["table"] == "t")
    #expect(
      reply.text.hasSuffix(
        #""timeline":[{"event":"step","done":true,"at":"2026-01-31T08:15:30.000250Z","step":7,"records":[3,5]},"#
          + #"{"event":"delivered","done":false,"at":null,"sink":"v.f","last_error":"disk"}]}"#))
  }

  private static func standing(_ level: TokenLevel) -> TokenStanding {
    let complete = level == .complete
    return TokenStanding(
      level: level, report: .success(CompletionReport(complete: complete, step: StepCount(2), accepted: 1)))
  }

  private static func events(_ text: String) -> [String] {
    text.split(separator: "\n").filter { $0.hasPrefix("id: ") || $0.hasPrefix("event: ") }.map(String.init)
  }

  @Test func everyLevelIsToldOnceAndTheStreamEnds() async throws {
    let api = TestAPI()
    api.pipeline.state.withLock {
      $0.standings = [
        [Self.standing(.durable), Self.standing(.durable)], [Self.standing(.durable), Self.standing(.complete)],
        [Self.standing(.complete), Self.standing(.complete)],
      ]
    }
    let reply = try await api.get(Self.path + "completion_events?token=A,B")
    #expect(reply.headers[.contentType] == "text/event-stream")
    #expect(
      Self.events(reply.text) == [
        "id: 10", "event: durable", "id: 11", "event: durable", "id: 12", "event: processed", "id: 13",
        "event: complete", "id: 23", "event: processed", "id: 33", "event: complete",
      ])
  }

  @Test func aStreamGoesOnBehindItsLastEvent() async throws {
    let api = TestAPI()
    let lastID = try #require(HTTPField.Name("Last-Event-ID"))
    let gone = TokenStanding(
      level: .gone, report: .failure(PipelineError(.pipelineRestarted, "gone", details: #"{"lost":[[0,1]]}"#)))
    api.pipeline.state.withLock { $0.standings = [[Self.standing(.complete), gone]] }
    let reply = try await api.get(Self.path + "completion_events?token=A,B", headers: [lastID: "21"])
    #expect(Self.events(reply.text) == ["id: 31", "event: complete", "id: 34", "event: gone"])
    #expect(reply.text.contains(#""details":{"lost":[[0,1]]}"#))
    let over = try await api.get(Self.path + "completion_events?token=A,B", headers: [lastID: "34"])
    #expect(over.status == 204)
    for bad in ["3", "333", "xy", "39"] {
      let reply = try await api.get(Self.path + "completion_events?token=A,B", headers: [lastID: bad])
      expectError(reply, 400, "InvalidParam")
    }
  }

  @Test func aBadTokenIsRefusedBeforeTheStream() async throws {
    let api = TestAPI()
    expectError(try await api.get(Self.path + "completion_events?token=x"), 400, "InvalidParam")
    expectError(try await api.get(Self.path + "completion_events"), 400, "MissingUrlEncodedParam")
    let many = Array(repeating: "T", count: 101).joined(separator: ",")
    expectError(try await api.get(Self.path + "completion_events?token=\(many)"), 400, "InvalidParam")
  }
}

// Goal: bodies reach the session whole and in order, the answer is the contract's, and a body that is cut or
// refused ends its session. Method: the routes over a fake session.

import DataModel
import HTTPTypes
import PipelineModel
import PipelineRuntime
import Synchronization
import Testing
import WireTypes

struct IngressRoutesTests {
  private static let path = "/v0/pipelines/p/ingress/t"

  @Test func aGoodBodyAnswersItsToken() async throws {
    let api = TestAPI()
    let reply = try await api.post(
      "/v0/pipelines/p/ingress/%22T%23%25%C3%A9%22?format=json&update_format=raw&array=true"
        + "&force=true&json_flavor=pandas",
      "[{}]")
    #expect(reply.status == 200)
    #expect(reply.text == #"{"token":"T"}"#)
    let state = api.pipeline.state.withLock { ($0.session, $0.opened) }
    #expect(state.0.body == Array("[{}]".utf8))
    #expect(state.0.state.withLock { $0.finished } == 1)
    #expect(state.1.map(\.table.canonical) == ["T#%é"])
    var options = IngressOptions()
    (options.format, options.updateFormat, options.jsonFlavor) = ("json", "raw", "pandas")
    (options.array, options.force) = (true, true)
    #expect(state.1.map(\.options) == [options])
  }

  @Test func theErrorReportIsTheContracts() async throws {
    let api = TestAPI()
    let session = api.pipeline.state.withLock { $0.session }
    var record = RejectedRecord(eventNumber: 2, description: "bad number")
    record.field = "a"
    record.invalidText = "x"
    session.state.withLock { [record] in
      $0.receipt = .success(IngressReceipt(token: "TT", accepted: 1, errorCount: 1, errors: [record]))
    }
    let reply = try await api.post(IngressRoutesTests.path, "1\nx\n")
    #expect(reply.status == 400)
    let errors =
      #"[{"description":"bad number","event_number":2,"field":"a","invalid_bytes":null,"invalid_text":"x","#
      + #""suggestion":null,"tag":null}]"#
    #expect(
      reply.text
        == #"{"message":"Errors parsing input data (1 errors):\n    bad number","error_code":"ParseErrors","#
        + #""details":{"num_errors":1,"errors":\#(errors),"token":"TT"},"token":"TT"}"#)
  }

  @Test func manyErrorsAreCounted() async throws {
    let api = TestAPI()
    let errors = (1...3).map { RejectedRecord(eventNumber: $0, description: "e\($0)") }
    api.pipeline.state.withLock { $0.session }.state.withLock {
      $0.receipt = .success(IngressReceipt(token: "T", accepted: 0, errorCount: 5000, errors: errors))
    }
    let message = try await api.post(IngressRoutesTests.path, "x").json["message"]?.stringValue
    #expect(message?.hasPrefix("Errors parsing input data (5000 errors):") == true)
    #expect(message?.contains("reporting 3 out of 5000") == true)
  }

  @Test func aCutBodyCancelsTheSession() async throws {
    let api = TestAPI()
    let reply = try await api.post(IngressRoutesTests.path, "1\n", headers: [.contentLength: "100"])
    expectError(reply, 400, "InvalidBody")
    let session = api.pipeline.state.withLock { $0.session }
    #expect(session.state.withLock { [$0.finished, $0.cancelled] } == [0, 1])
  }

  @Test func aRefusedChunkCancelsTheSession() async throws {
    let api = TestAPI()
    let session = api.pipeline.state.withLock { $0.session }
    session.state.withLock { $0.feedError = PipelineError(.storageFull, "full", retryAfterSeconds: 5) }
    let reply = try await api.post(IngressRoutesTests.path, "1\n")
    expectError(reply, 503, "StorageFull")
    #expect(reply.headers[.retryAfter] == "5")
    #expect(session.state.withLock { [$0.finished, $0.cancelled] } == [0, 1])
  }

  @Test func unknownTablesAndStoppedPipelinesAreErrors() async throws {
    let api = TestAPI()
    api.pipeline.state.withLock { $0.openError = PipelineError(.unknownInputStream, "no") }
    expectError(try await api.post(IngressRoutesTests.path, "x"), 404, "ConfigError.UnknownInputStream")
    api.directory.state.withLock { $0.deployed = false }
    expectError(try await api.post(IngressRoutesTests.path, "x"), 503, "PipelineInteractionNotDeployed")
    expectError(try await api.post("/v0/pipelines/q/ingress/t", "x"), 404, "UnknownPipelineName")
  }

  @Test(arguments: [
    "array=yes", "force=1", "wait=soon", "until=later", "durability=maybe", "durability=async&until=durable",
  ])
  func badParametersAreRefused(query: String) async throws {
    let api = TestAPI()
    expectError(try await api.post(IngressRoutesTests.path + "?" + query, "x"), 400, "InvalidParam")
    #expect(api.pipeline.state.withLock { $0.opened.isEmpty })
  }

  @Test func promisesThatAreNotKeptAreRefused() async throws {
    let api = TestAPI()
    let path = IngressRoutesTests.path
    expectError(try await api.post(path + "?atomic=true", "x"), 400, "NotSupported")
    #expect(api.pipeline.state.withLock { $0.opened.isEmpty })
    #expect(try await api.post(path + "?atomic=false&durability=sync", "x").status == 200)
  }

  @Test func anAsynchronousAnswerSaysSo() async throws {
    let api = TestAPI()
    let path = IngressRoutesTests.path + "?durability=async"
    var receipt = IngressReceipt(token: "T", accepted: 2, errorCount: 0, errors: [])
    receipt.isAsync = true
    api.pipeline.state.withLock { $0.session.state.withLock { $0.receipt = .success(receipt) } }
    #expect(try await api.post(path, "x").text == #"{"token":"T","durability":"async"}"#)
    #expect(api.pipeline.state.withLock { $0.opened.map(\.options.isAsync) } == [true])
    var bad = IngressReceipt(
      token: "T", accepted: 1, errorCount: 1, errors: [RejectedRecord(eventNumber: 2, description: "bad")])
    bad.isAsync = true
    let refused = bad
    api.pipeline.state.withLock { $0.session.state.withLock { $0.receipt = .success(refused) } }
    let reply = try await api.post(path, "x")
    #expect(reply.status == 400)
    #expect(reply.json["durability"] == "async")
    // A body that was synced all the same says nothing.
    let synced = IngressReceipt(token: "T", accepted: 2, errorCount: 0, errors: [])
    api.pipeline.state.withLock { $0.session.state.withLock { $0.receipt = .success(synced) } }
    #expect(try await api.post(path, "x").text == #"{"token":"T"}"#)
  }

  @Test func waitingAnswersTheOutcome() async throws {
    let api = TestAPI()
    let path = IngressRoutesTests.path
    let done = try await api.post(path + "?wait=5s", "x")
    #expect(done.status == 200)
    #expect(done.json["token"] == "T")
    #expect(done.json["status"] == "complete")
    api.pipeline.state.withLock {
      $0.report = .success(CompletionReport(complete: false, step: nil, accepted: 2))
      $0.reached = false
    }
    let later = try await api.post(path, "x", headers: [try #require(HTTPField.Name("Prefer")): "wait=1"])
    #expect(later.status == 202)
    #expect(later.json["token"] == "T")
    #expect(later.headers[.retryAfter] == "1")
    #expect(try await api.post(path + "?wait=5s&until=durable", "x").text == #"{"token":"T"}"#)
    #expect(api.pipeline.state.withLock { $0.completionCalls.map(\.seconds) } == [5, 1])
  }

  @Test(
    arguments: [
      ("processed", .processed), ("delivered", .delivered), ("visible:V", .visible(SQLIdentifier("v"))),
      ("delivered:v.file", .deliveredTo("v.file")),
    ] as [(String, Milestone)])
  func untilNamesAMilestone(text: String, milestone: Milestone) async throws {
    let api = TestAPI()
    #expect(try await api.post(IngressRoutesTests.path + "?wait=5s&until=\(text)", "x").status == 200)
    #expect(api.pipeline.state.withLock { $0.milestones } == [milestone])
  }

  @Test(arguments: ["later", "visible", "visible:", "delivered:", "durable:x"])
  func otherMilestonesAreRefused(text: String) async throws {
    let api = TestAPI()
    expectError(try await api.post(IngressRoutesTests.path + "?until=\(text)", "x"), 400, "InvalidParam")
    #expect(api.pipeline.state.withLock { $0.opened.isEmpty })
  }

  @Test func aMilestoneThatThePipelineLacksIsRefusedBeforeTheBody() async throws {
    let api = TestAPI()
    api.pipeline.state.withLock { $0.milestoneError = PipelineError(.unknownOutputEndpoint, "no") }
    let reply = try await api.post(IngressRoutesTests.path + "?wait=1&until=delivered:v.x", "x")
    expectError(reply, 404, "UnknownOutputEndpoint")
    #expect(api.pipeline.state.withLock { $0.opened.isEmpty })
  }

  @Test func whatGoesWrongWhileWaitingIsStillA202WithTheToken() async throws {
    let api = TestAPI()
    api.pipeline.state.withLock { $0.report = .failure(PipelineError(.pipelineUnavailable, "no")) }
    let reply = try await api.post(IngressRoutesTests.path + "?wait=1", "x")
    #expect(reply.status == 202 && reply.json["token"] == "T" && reply.json["status"] == "inprogress")
  }

  @Test func idempotencyKeysGoToThePipeline() async throws {
    let api = TestAPI()
    let key = try #require(HTTPField.Name("Idempotency-Key"))
    let replayed = try #require(HTTPField.Name("Idempotency-Replayed"))
    let retention = try #require(HTTPField.Name("Idempotency-Retention"))
    let first = try await api.post(IngressRoutesTests.path, "x", headers: [key: "k 1"])
    #expect(first.status == 200 && first.headers[replayed] == nil && first.headers[retention] == "604800s")
    #expect(api.pipeline.state.withLock { $0.opened.map(\.options.idempotencyKey) } == ["k 1"])
    api.pipeline.state.withLock { $0.session }.state.withLock {
      var receipt = IngressReceipt(token: "T", accepted: 2, errorCount: 0, errors: [])
      receipt.isReplay = true
      $0.receipt = .success(receipt)
    }
    let again = try await api.post(IngressRoutesTests.path, "x", headers: [key: "k 1"])
    #expect(again.status == 200 && again.headers[replayed] == "true" && again.text == #"{"token":"T"}"#)
    api.pipeline.state.withLock { $0.openError = PipelineError(.idempotencyKeyReused, "no") }
    expectError(try await api.post(IngressRoutesTests.path, "x", headers: [key: "k 1"]), 422, "IdempotencyKeyReused")
  }
}

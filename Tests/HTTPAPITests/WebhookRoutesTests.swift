// Goal: webhooks are made, listed and removed as documented, and their secret is told once. Method: the routes over a
// fake pipeline.

import Deliveries
import PipelineModel
import PipelineRuntime
import Synchronization
import Testing
import WireTypes

struct WebhookRoutesTests {
  private static let path = "/v0/pipelines/p/completion_webhooks"

  @Test func aSecretIsToldOnce() async throws {
    let api = TestAPI()
    let made = try await api.post(Self.path, #"{"url":"http://a/b","tokens":["A","B"]}"#)
    #expect(made.status == 201 && made.json["secret"] == "whsec_AQID" && made.json["state"] == "waiting")
    let id = try #require(made.json["id"]?.stringValue)
    let read = try await api.get("\(Self.path)/\(id)")
    #expect(read.status == 200 && read.json["tokens"] == ["A", "B"] && read.json["secret"] == nil)
    #expect(try await api.get(Self.path + "?state=dead").text == #"{"webhooks":[]}"#)
    #expect(try await api.get(Self.path).json["webhooks"]?.elements?.count == 1)
    #expect(try await api.post("\(Self.path)/\(id)/replay", "").status == 202)
    expectError(try await api.get(Self.path + "/x"), 404, "UnknownWebhook")
  }

  @Test func ownSecretsAreTaken() async throws {
    let api = TestAPI()
    let secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"
    let made = try await api.post(Self.path, #"{"url":"http://a","token":"A","secret":"\#(secret)"}"#)
    #expect(made.json["secret"] == .string(secret))
    #expect(api.pipeline.state.withLock { $0.webhooks.first?.secret.count } == 24)
  }

  @Test(
    arguments: [
      "", "{}", #"{"url":"u"}"#, #"{"url":"u","tokens":[]}"#, #"{"url":"u","tokens":[1]}"#,
      #"{"url":"u","token":"A","secret":"x"}"#, #"{"url":"u","token":"A","secret":"whsec_AQID"}"#,
      #"{"url":"u","token":"A","secret":"whsec_!!!!"}"#,
    ])
  func badBodiesAreRefused(body: String) async throws {
    let reply = try await TestAPI().post(Self.path, body)
    #expect(reply.status == 400)
  }
}

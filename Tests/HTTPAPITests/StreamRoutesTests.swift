// Goal: query and egress answers are streamed with the exact content type and the options that were sent.
// Method: the routes over fake streams.

import DataModel
import HTTPTypes
import PipelineModel
import PipelineRuntime
import Synchronization
import Testing
import WireTypes

struct StreamRoutesTests {
  @Test func queriesAreStreamed() async throws {
    let api = TestAPI()
    api.pipeline.state.withLock { $0.queryChunks = .success([Array("ab".utf8), [], Array("c".utf8)]) }
    let reply = try await api.get("/v0/pipelines/p/query?sql=select%201&pipeline_name=x")
    #expect(reply.status == 200)
    #expect(reply.text == "abc")
    #expect(reply.headers[.contentType] == "text/plain")
    #expect(reply.headers[.contentLength] == nil)
    let query = api.pipeline.state.withLock { $0.query }
    #expect(query?.sql == "select 1")
    #expect(query?.format == "text")
  }

  @Test func queryErrorsAreAnswers() async throws {
    let api = TestAPI()
    expectError(try await api.get("/v0/pipelines/p/query"), 400, "MissingUrlEncodedParam")
    let error = PipelineError(.adHocQueryError, "Error during query processing: no")
    api.pipeline.state.withLock { $0.queryChunks = .failure(error) }
    let reply = try await api.get("/v0/pipelines/p/query?sql=x&format=json")
    expectError(reply, 400, "AdHocQueryError")
    #expect(api.pipeline.state.withLock { $0.query?.format } == "json")
  }

  @Test(arguments: ["", "null", "{}"])
  func egressTakesItsOptionsFromTheQuery(body: String) async throws {
    let api = TestAPI()
    let line = Array("{\"sequence_number\":0}\r\n".utf8)
    let egress = FakeEgress(chunks: [line, line], endless: false)
    api.pipeline.state.withLock { $0.egress = egress }
    let reply = try await api.post(
      "/v0/pipelines/p/egress/V?format=json&array=true&backpressure=false&send_snapshot=true", body)
    #expect(reply.status == 200)
    #expect(reply.body == line + line)
    #expect(egress.isClosed)
    let (relation, options) = try #require(api.pipeline.state.withLock { $0.egressOptions })
    #expect(relation.canonical == "v")
    #expect(options.format == "json")
    #expect(options.array && options.sendSnapshot && !options.backpressure)
  }

  @Test func egressTakesAConfigurationInTheBody() async throws {
    let api = TestAPI()
    let body = #"{"format":{"name":"json","config":{"array":true}},"transport":{"name":"http_output"}}"#
    #expect(try await api.post("/v0/pipelines/p/egress/v", body).status == 200)
    let options = try #require(api.pipeline.state.withLock { $0.egressOptions }).options
    #expect(options.format == "json")
    #expect(options.array)
  }

  @Test(arguments: [
    ("?format=json", #"{"format":{"name":"csv"}}"#, "InvalidParam"),
    ("", #"{"format":{"name":"json"}}"#, "InvalidParam"),
    ("", "[1]", "InvalidBody"), ("", "{", "InvalidBody"), ("?array=1", "", "InvalidParam"),
  ])
  func badEgressRequestsAreRefused(query: String, body: String, code: String) async throws {
    let api = TestAPI()
    expectError(try await api.post("/v0/pipelines/p/egress/v\(query)", body), 400, code)
    #expect(api.pipeline.state.withLock { $0.egressOptions == nil })
  }
}

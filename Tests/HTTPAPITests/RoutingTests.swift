// Goal: every request finds its route or gets the dialect's error body; paths and queries are decoded
// strictly.
// Method: the responder over a fake directory, and the decoders alone.

import HTTPTypes
import PipelineModel
import PipelineRuntime
import Testing
import WireTypes

import HTTPAPI

struct RoutingTests {
  @Test(arguments: [
    "/", "/v0", "/v0/", "/v0/nothing", "/v0/pipelines/p/explode", "/v0/pipelines/p/stats/x", "//",
    "/v0/pipelines/",
    "/v0/pipelines/p/",
  ])
  func unknownPathsAre404(path: String) async throws {
    let reply = try await TestAPI().get(path)
    #expect(reply.status == 404)
    #expect(reply.code == "NotFound" || reply.code == "UnknownPipelineName")
  }

  @Test func otherMethodsAre405WithAllow() async throws {
    let reply = try await TestAPI().call(.delete, "/v0/pipelines")
    expectError(reply, 405, "MethodNotAllowed")
    #expect(reply.headers[.allow] == "GET, POST")
  }

  @Test(arguments: [
    "/v0/pipelines/%", "/v0/pipelines/%4", "/v0/pipelines/%zz", "/v0/pipelines/%ff", "/v0/pipelines/%c0%80",
    "/v0/pipelines/p?selector=%zz", "/v0/pipelines/p?%ff=1",
  ])
  func badEncodingsAre400(path: String) async throws {
    expectError(try await TestAPI().get(path), 400, "InvalidParam")
  }

  @Test func aLongURLIsRefused() async throws {
    let reply = try await TestAPI().get("/v0/" + String(repeating: "a", count: 70_000))
    expectError(reply, 414, "InvalidParam")
  }

  @Test func requestsCarryAnID() async throws {
    let reply = try await TestAPI().get("/healthz")
    #expect(reply.headers[try #require(HTTPField.Name("x-request-id"))] == "r1")
  }

  @Test func segmentsAreSplitBeforeTheyAreDecoded() throws {
    #expect(try PercentCoding.segments(of: "/a%2Fb/%22T%22%23%25/%C3%A9+x") == ["a/b", "\"T\"#%", "é+x"])
  }

  @Test func queriesAreDecoded() throws {
    let query = try QueryParameters("a=1+2%2B3&b&c=&a=9&%C3%A9=%26")
    #expect(query["a"] == "1 2+3")
    #expect(query["b"] == "")
    #expect(query["c"] == "")
    #expect(query["é"] == "&")
    #expect(query["d"] == nil)
    #expect(throws: PipelineError.self) { try query.flag("a", default: true) }
    #expect(try query.flag("d", default: true))
  }

  @Test func everyErrorCodeHasAnErrorStatus() {
    for code in ErrorCode.allCases { #expect((400...599).contains(ErrorMapping.status(of: code).code)) }
    let expected: [(ErrorCode, Int)] = [
      (.invalidParam, 400), (.unknownPipelineName, 404), (.unknownInputStream, 404),
      (.unsupportedPipelineAction, 405),
      (.duplicateName, 409), (.pipelineRestarted, 410), (.unknownEndpointInCompletionToken, 410),
      (.terminating, 410),
      (.bodyTooLarge, 413), (.enterpriseFeature, 501), (.pipelineInteractionNotDeployed, 503),
      (.initializing, 503),
      (.storageFull, 503), (.internalError, 500), (.tooManyWaiters, 429), (.updateRestrictedToStopped, 400),
    ]
    for (code, status) in expected { #expect(ErrorMapping.status(of: code).code == status) }
  }

  @Test func everyPatternIsReachable() {
    #expect(RouteTable.faults.isEmpty)
  }
}

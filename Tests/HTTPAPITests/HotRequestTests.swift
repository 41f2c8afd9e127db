// Goal: the strict head parser agrees with every HTTP parser on where a request ends, and takes for hot only what a
// hot route answers in full.
// Method: heads as text, with the verdict that each must get; every truncation of a head is incomplete.

import HTTPAPI
import PipelineRuntime
import Testing

struct HotRequestTests {
  private static func parse(_ text: String) -> HotHead { HotHeadParser.parse(Array(text.utf8).span) }

  private static let ingest = "POST /v0/pipelines/p/ingress/t?format=json&update_format=raw HTTP/1.1\r\n"

  private static var jsonRaw: IngressOptions {
    var options = IngressOptions()
    options.format = "json"
    options.updateFormat = "raw"
    return options
  }

  @Test func ingestIsHot() {
    let head = HotRequestTests.ingest + "Host: x\r\ncontent-LENGTH:  12 \r\nAccept: */*\r\n\r\n"
    #expect(
      HotRequestTests.parse(head + "{\"id\":1}\n more")
        == .hot(
          HotRequest(pipeline: "p", route: .ingest(table: "t", HotRequestTests.jsonRaw)),
          headLength: head.utf8.count, bodyLength: 12))
  }

  @Test(arguments: ["X-API-Key: convoy_sk_1", "x-api-KEY:convoy_sk_1 ", "Authorization: Bearer convoy_sk_1"])
  func keysAreHot(field: String) {
    let head = "GET /v0/pipelines/p/completion_status?token=x HTTP/1.1\r\n\(field)\r\n\r\n"
    let route = HotRequest.Route.completionStatus(token: "x", follow: false, seconds: 0)
    #expect(
      HotRequestTests.parse(head)
        == .hot(
          HotRequest(pipeline: "p", route: route, key: "convoy_sk_1"), headLength: head.utf8.count, bodyLength: 0))
  }

  @Test(arguments: [
    ("token=Ab-_9", "Ab-_9", false, 0), ("follow=true&token=x", "x", true, 0),
    ("token=x&wait=10s", "x", false, 10), ("token=x&wait=0&follow=false", "x", false, 0),
  ])
  func pollIsHot(query: String, token: String, follow: Bool, seconds: Double) {
    let head = "GET /v0/pipelines/a-b/completion_status?\(query) HTTP/1.1\r\nHost: x\r\n\r\n"
    #expect(
      HotRequestTests.parse(head)
        == .hot(
          HotRequest(pipeline: "a-b", route: .completionStatus(token: token, follow: follow, seconds: seconds)),
          headLength: head.utf8.count, bodyLength: 0))
  }

  @Test func loadIsHot() {
    let head = "POST /cargo/load HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n"
    #expect(
      HotRequestTests.parse(head + "{}")
        == .hot(HotRequest(pipeline: "", route: .load), headLength: head.utf8.count, bodyLength: 2))
  }

  @Test func trackingIsHot() {
    let head = "GET /cargo/crg_0a-1/tracking HTTP/1.1\r\nHost: x\r\n\r\n"
    #expect(
      HotRequestTests.parse(head)
        == .hot(
          HotRequest(pipeline: "", route: .tracking(cargo: "crg_0a-1")), headLength: head.utf8.count, bodyLength: 0))
  }

  /// Everything that a hot route would answer otherwise than the routes behind is left to them.
  @Test(arguments: [
    "GET /v0/pipelines/p/completion_status HTTP/1.1\r\n\r\n",
    "GET /v0/pipelines/p/completion_status?token=x&token=y HTTP/1.1\r\n\r\n",
    "GET /v0/pipelines/p/completion_status?token=%41 HTTP/1.1\r\n\r\n",
    "GET /v0/pipelines/p/completion_status?token=x&wait=soon HTTP/1.1\r\n\r\n",
    "GET /v0/pipelines/p/completion_status?token=x&follow=maybe HTTP/1.1\r\n\r\n",
    "GET /v0/pipelines/p/completion_status?token=x HTTP/1.1\r\nPrefer: wait=3\r\n\r\n",
    "PUT /v0/pipelines/p/completion_status?token=x HTTP/1.1\r\n\r\n",
    "GET /v0/pipelines/p%20q/completion_status?token=x HTTP/1.1\r\n\r\n",
    "GET /v0/pipelines/p/q/completion_status?token=x HTTP/1.1\r\n\r\n",
    "GET /v0/pipelines HTTP/1.1\r\n\r\n",
    "GET /cargo/a/tracking?x=1 HTTP/1.1\r\n\r\n",
    "GET /cargo/a/tracking/ HTTP/1.1\r\n\r\n",
    "GET /cargo/a/trackin HTTP/1.1\r\n\r\n",
    "GET /cargo/tracking HTTP/1.1\r\n\r\n",
    "GET /cargo/%61/tracking HTTP/1.1\r\n\r\n",
    "GET /cargo/a/tracking HTTP/1.1\r\nPrefer: wait=3\r\n\r\n",
    "DELETE /cargo/a/tracking HTTP/1.1\r\n\r\n",
    "POST /cargo/load HTTP/1.1\r\n\r\n",
    "GET / HTTP/1.1\r\n\r\n",
  ])
  func otherRequestsArePassedWhole(head: String) {
    #expect(HotRequestTests.parse(head) == .other(length: head.utf8.count))
  }

  @Test(arguments: [
    "POST /v0/pipelines/p/ingress/t?format=json&wait=3s HTTP/1.1\r\nContent-Length: 7\r\n\r\n",
    "POST /v0/pipelines/p/ingress/t?atomic=true HTTP/1.1\r\nContent-Length: 7\r\n\r\n",
    "POST /v0/pipelines/p/ingress/t?array=yes HTTP/1.1\r\nContent-Length: 7\r\n\r\n",
    "POST /v0/pipelines/p/ingress/t/u HTTP/1.1\r\nContent-Length: 7\r\n\r\n",
    "POST /v0/pipelines/p/ingress/t HTTP/1.1\r\nContent-Length: 7\r\nIdempotency-Key: k\r\n\r\n",
    "POST /v0/pipelines/p/ingress/t HTTP/1.1\r\nContent-Length: 7\r\nExpect: 100-continue\r\n\r\n",
    "POST /v0/pipelines/p/ingress/t HTTP/1.1\r\nContent-Length: 7\r\nContent-Encoding: gzip\r\n\r\n",
    "POST /v0/pipelines/p/ingress/t HTTP/1.1\r\nContent-Length: 7\r\nAuthorization: Basic eDp5\r\n\r\n",
    "POST /v0/pipelines/p/ingress/t HTTP/1.1\r\nContent-Length: 7\r\nX-API-Key: a\r\nX-API-Key: a\r\n\r\n",
    "POST /v0/pipelines/p/ingress/t HTTP/1.1\r\nContent-Length: 7\r\nX-API-Key: a\r\nAuthorization: Bearer b\r\n\r\n",
    "POST /v0/pipelines/p/ingress/t HTTP/1.1\r\nContent-Length: 7\r\nX-API-Key: a b\r\n\r\n",
    "POST /cargo/load HTTP/1.1\r\nContent-Length: 7\r\nIdempotency-Key: k\r\n\r\n",
    "POST /cargo/load?x=1 HTTP/1.1\r\nContent-Length: 7\r\n\r\n",
    "POST /cargo/load/ HTTP/1.1\r\nContent-Length: 7\r\n\r\n",
    "POST /cargo/a/tracking HTTP/1.1\r\nContent-Length: 7\r\n\r\n",
    "PUT /cargo/load HTTP/1.1\r\nContent-Length: 7\r\n\r\n",
  ])
  func otherBodiesArePassedWhole(head: String) {
    #expect(HotRequestTests.parse(head) == .other(length: head.utf8.count + 7))
  }

  @Test(arguments: [
    "Transfer-Encoding: chunked", "Connection: close", "Connection: keep-alive, upgrade", "Upgrade: h2c",
    "Content-Length: 3\r\nContent-Length: 3", "Content-Length: +3", "Content-Length: 3, 3", "Content-Length:",
    "Content-Length: 9999999999999999999999", " folded: line", "Content-Length : 3", "no colon", ": nothing",
    "Content-Length: 3\r\n continued", "Bare: line\nfeed", "Nul: \0",
  ])
  func unusualFramingIsNotOurs(field: String) {
    #expect(HotRequestTests.parse(HotRequestTests.ingest + field + "\r\n\r\n") == .unbounded)
  }

  @Test(arguments: [
    "GET / HTTP/1.0\r\n\r\n", "GET /\r\n\r\n", "\r\nGET / HTTP/1.1\r\n\r\n", "GET  / HTTP/1.1\r\n\r\n",
    "GET http://x/ HTTP/1.1\r\n\r\n", "GET /\u{e9} HTTP/1.1\r\n\r\n", " / HTTP/1.1\r\n\r\n", "\r\n\r\n",
    "HTTP/1.1\r\n\r\n",
  ])
  func unusualRequestLinesAreNotOurs(head: String) { #expect(HotRequestTests.parse(head) == .unbounded) }

  @Test func everyTruncationIsIncomplete() {
    let head = Array((HotRequestTests.ingest + "Host: x\r\nContent-Length: 3\r\n\r\n").utf8)
    for count in 0..<head.count {
      let part = Array(head[..<count])
      #expect(HotHeadParser.parse(part.span) == .incomplete)
      let resumed = HotHeadParser.parse(head.span, scanned: count)
      #expect(resumed == HotHeadParser.parse(head.span), "scanned \(count)")
    }
  }

  @Test func headsWithoutEndAreNotKept() {
    let endless = Array(repeating: UInt8(ascii: "a"), count: HotHeadParser.headBytesMax + 1)
    #expect(HotHeadParser.parse(endless.span) == .unbounded)
  }
}

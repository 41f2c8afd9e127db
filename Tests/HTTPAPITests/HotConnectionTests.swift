// Goal: bytes are passed on unchanged and in order, and no request is answered before an earlier one (invariant 2
// needs the right token on the right answer).
// Method: connections as lists of requests, cut at random places; the machine is driven as its shell drives it, and
// what comes out must be the requests in order.

import HTTPAPI
import Testing

struct HotConnectionTests {
  private static func ingest(_ body: String) -> String {
    "POST /v0/pipelines/p/ingress/t HTTP/1.1\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
  }
  private static let other = "GET /healthz HTTP/1.1\r\n\r\n"
  private static let upload = "PUT /v0/pipelines/p HTTP/1.1\r\nContent-Length: 5\r\n\r\nabcde"

  /// Feeds pieces; answers at once, and ends the response of a passed request when all of it was passed.
  private static func run(_ pieces: [[UInt8]], bodyBytesMax: Int = 100) -> (passed: [UInt8], hot: Int, cold: Bool) {
    var machine = HotConnectionMachine(bodyBytesMax: bodyBytesMax)
    var (buffer, passed, hot) = ([UInt8](), [UInt8](), 0)
    for piece in pieces {
      buffer += piece
      loop: while true {
        switch machine.next(buffer.span) {
        case .wait: break loop
        case .pass(let count):
          passed += buffer[..<count]
          buffer.removeFirst(count)
          machine.responseEnded()
        case .answer(_, let headLength, let bodyLength):
          hot += 1
          buffer.removeFirst(headLength + bodyLength)
          machine.answered()
        }
      }
    }
    #expect(buffer.isEmpty)
    return (passed, hot, machine.isCold)
  }

  @Test func cutsDoNotMatter() {
    let requests = [ingest("1,2\n"), HotConnectionTests.other, HotConnectionTests.upload, ingest("3\n")]
    let bytes = Array(requests.joined().utf8)
    let passed = Array((HotConnectionTests.other + HotConnectionTests.upload).utf8)
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<300 {
      var cuts = (0..<Int.random(in: 0...12, using: &generator)).map { _ in Int.random(in: 0...bytes.count) }
      cuts = [0] + cuts.sorted() + [bytes.count]
      let pieces = zip(cuts, cuts.dropFirst()).map { Array(bytes[$0..<$1]) }
      let result = HotConnectionTests.run(pieces)
      #expect(result.hot == 2 && result.passed == passed && !result.cold, "cuts \(cuts)")
    }
  }

  private func ingest(_ body: String) -> String { HotConnectionTests.ingest(body) }

  @Test func largeBodiesArePassed() {
    let bytes = Array((ingest(String(repeating: "x", count: 101)) + ingest("1\n")).utf8)
    let result = HotConnectionTests.run([bytes])
    #expect(result.hot == 1 && result.passed.count == bytes.count - ingest("1\n").utf8.count)
  }

  /// A second request behind one that is not answered yet goes the same way, and so do all later ones.
  @Test func pipelinedRequestsKeepTheirOrder() {
    var machine = HotConnectionMachine(bodyBytesMax: 100)
    let first = Array(HotConnectionTests.other.utf8)
    #expect(machine.next(first.span) == .pass(first.count))
    let second = Array(ingest("1\n").utf8)
    #expect(machine.next(second.span) == .pass(second.count))
    #expect(machine.isCold)
    machine.responseEnded()
    #expect(machine.next(second.span) == .pass(second.count))
  }

  @Test func whileAnAnswerIsOwedNothingMoves() {
    var machine = HotConnectionMachine(bodyBytesMax: 100)
    let request = Array(ingest("1\n").utf8)
    guard case .answer = machine.next(request.span) else {
      Issue.record("not hot")
      return
    }
    #expect(machine.isAnswering)
    #expect(machine.next(request.span) == .wait)
    machine.answered()
    guard case .answer = machine.next(request.span) else {
      Issue.record("the next one is not hot")
      return
    }
    machine.declined()
    #expect(machine.next(request.span) == .pass(request.count))
    machine.responseEnded()
    let nothing: [UInt8] = []
    #expect(machine.next(nothing.span) == .wait)
    #expect(!machine.isCold)
  }

  @Test func aResponseMayEndBeforeItsRequest() {
    var machine = HotConnectionMachine(bodyBytesMax: 100)
    let upload = Array(HotConnectionTests.upload.utf8)
    let (most, last, next) = (Array(upload.dropLast()), [UInt8(ascii: "e")], Array(ingest("1\n").utf8))
    #expect(machine.next(most.span) == .pass(upload.count - 1))
    machine.responseEnded()
    #expect(machine.next(last.span) == .pass(1))
    guard case .answer = machine.next(next.span) else {
      Issue.record("not between requests")
      return
    }
  }

  @Test func theEndOfInputPassesWhatIsHalf() {
    var machine = HotConnectionMachine(bodyBytesMax: 100)
    let half = Array(ingest("1,2,3\n").utf8.dropLast(2))
    #expect(machine.next(half.span) == .wait)
    machine.inputEnded()
    #expect(machine.next(half.span) == .pass(half.count))
  }
}

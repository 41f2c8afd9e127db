// Goal: a call has exactly one answer, on a kept connection where there is one, and goes only to addresses that are
// allowed. Method: a scripted server on loopback; names are the test's.
import ConnectorKit
import NIOHTTP1
import OutboundHTTP
import Platform
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(15)))
struct OutboundHTTPClientTests {
  private static func client(
    allowsLoopback: Bool = true, perServer: Int = 64,
    resolve: @escaping @Sendable (String) -> [[UInt8]] = { HostNames.addresses(of: $0) }
  ) throws -> OutboundHTTPClient {
    var configuration = OutboundHTTPClient.Configuration(
      addresses: AddressGuard(allowed: [], allowsLoopback: allowsLoopback))
    configuration.resolve = resolve
    configuration.connectionsPerServerMax = perServer
    return try OutboundHTTPClient(configuration, resolvers: BlockingPool())
  }

  private static func text(_ answer: OutboundAnswer) -> String {
    switch answer {
    case .answered(let status, _, let body, let isCut):
      "\(status) \(String(decoding: body, as: UTF8.self))\(isCut ? " cut" : "")"
    case .failed(let message): "failed: \(message)"
    case .refused(let message): "refused: \(message)"
    }
  }

  @Test("the request arrives as it was given, and connections are kept")
  func exchange() async throws {
    let server = try await LocalServer.start { number, head, body in
      .answer(
        status: 400 + number,
        body: "\(head.method.rawValue) \(head.uri) \(head.headers["x-a"]) \(head.headers["host"].count) \(body)")
    }
    let client = try Self.client()
    for number in 1...20 {
      var request = OutboundRequest(url: server.url("/p?q=1"), headers: [("x-a", "1"), ("Host", "evil")])
      request.body = Array("b\(number)".utf8)
      let answer = await client.send(request)
      #expect(Self.text(answer) == "\(400 + number) POST /p?q=1 [\"1\"] 1 b\(number)")
      #expect(answer.header("X-Script") == "1" && answer.status == 400 + number)
    }
    #expect(server.connections == 1)
    client.closeFree()
    await server.stop()
  }

  @Test("many calls at once stay within the connections of one server, and none is lost")
  func bounds() async throws {
    let server = try await LocalServer.start { _, _, body in .answer(status: 200, body: body) }
    let client = try Self.client(perServer: 3)
    let url = server.url()
    let texts = await withTaskGroup(of: String.self) { group in
      for number in 0..<500 {
        group.addTask { Self.text(await client.send(OutboundRequest(url: url, body: Array("\(number)".utf8)))) }
      }
      return await group.reduce(into: Set<String>()) { $0.insert($1) }
    }
    #expect(texts == Set((0..<500).map { "200 \($0)" }))
    #expect(server.connections <= 3)
    client.closeFree()
    await server.stop()
  }

  @Test("an answer is cut at its bound, and the next call is not disturbed")
  func cut() async throws {
    let server = try await LocalServer.start { _, _, _ in
      .answer(status: 200, body: String(repeating: "x", count: 100_000))
    }
    let client = try Self.client()
    var request = OutboundRequest(method: "GET", url: server.url())
    request.answerBytesMax = 3
    #expect(Self.text(await client.send(request)) == "200 xxx cut")
    request.answerBytesMax = 100_000
    #expect(Self.text(await client.send(request)).utf8.count == 100_004)
    client.closeFree()
    await server.stop()
  }

  @Test("a server that hangs, leaves or breaks off is a failure in time")
  func failures() async throws {
    let server = try await LocalServer.start { _, head, _ in
      switch head.uri {
      case "/hang": .hang
      case "/leave": .leave
      default: .breakOff
      }
    }
    let client = try Self.client()
    let hang = await client.send(OutboundRequest(url: server.url("/hang"), timeoutSeconds: 0.05))
    #expect(Self.text(hang) == "failed: no whole answer within 0.05 s")
    let leave = await client.send(OutboundRequest(url: server.url("/leave")))
    #expect(Self.text(leave) == "failed: the connection was closed without a whole answer")
    let broken = await client.send(OutboundRequest(url: server.url("/break")))
    #expect(Self.text(broken).hasPrefix("failed: "))
    let url = server.url()
    // Sent once each: a call that may have been taken is not sent again.
    #expect(server.requests == 3)
    await server.stop()
    let gone = await client.send(OutboundRequest(url: url))
    #expect(Self.text(gone).hasPrefix("failed: "))
  }

  @Test("a kept connection that its server closed is replaced")
  func stale() async throws {
    let server = try await LocalServer.start { _, _, _ in .answerAndLeave }
    let client = try Self.client()
    for _ in 0..<50 {
      #expect(Self.text(await client.send(OutboundRequest(method: "GET", url: server.url()))) == "200 bye")
    }
    client.closeFree()
    await server.stop()
  }

  @Test("a cancelled task ends its call, and the connection with it")
  func cancellation() async throws {
    let arrived = AsyncStream<Void>.makeStream()
    let server = try await LocalServer.start { _, _, _ in
      arrived.continuation.yield()
      return .hang
    }
    let client = try Self.client()
    let url = server.url()
    let task = Task { Self.text(await client.send(OutboundRequest(url: url))) }
    for await _ in arrived.stream { break }
    task.cancel()
    #expect(await task.value == "failed: the call was given up")
    let gate = AsyncStream<Void>.makeStream()
    let early = Task { [url] in
      for await _ in gate.stream { break }
      return Self.text(await client.send(OutboundRequest(url: url)))
    }
    // The stream ends for a cancelled task, so the call begins in one.
    early.cancel()
    #expect(await early.value == "failed: the call was given up")
    while server.closed < server.connections { await Task.yield() }
    await server.stop()
  }

  @Test("every address is checked, and the one that was checked is connected to")
  func addresses() async throws {
    let server = try await LocalServer.start { _, _, _ in .answer(status: 200, body: "") }
    let url = server.url(host: "name.test")
    // Later answers would lead elsewhere: nobody asks for them.
    let asked = Atomic(0)
    let rebinding = try Self.client { name in
      asked.add(1, ordering: .relaxed)
      return name == "name.test" ? [[10, 0, 0, 1], [127, 0, 0, 1]] : []
    }
    #expect(await rebinding.send(OutboundRequest(url: url)).status == 200)
    #expect(await rebinding.send(OutboundRequest(url: url)).status == 200)
    #expect(asked.load(ordering: .relaxed) == 1)
    #expect(Self.text(await rebinding.send(OutboundRequest(url: "http://other.test/"))).contains("has no address"))
    let strict = try Self.client(allowsLoopback: false) { _ in [[127, 0, 0, 1], [10, 0, 0, 1]] }
    for url in [url, server.url(), "http://169.254.169.254/", "http://[::ffff:127.0.0.1]:\(server.port)/"] {
      #expect(Self.text(await strict.send(OutboundRequest(url: url))).hasPrefix("refused: "), "\(url)")
    }
    // Odd spellings of loopback are seen through, since what the resolver says counts.
    let system = try Self.client(allowsLoopback: false)
    for host in ["127.1", "0x7f000001", "2130706433", "localhost"] {
      let answer = await system.send(OutboundRequest(url: server.url(host: host)))
      #expect(Self.text(answer).hasPrefix("refused: "), "\(host)")
    }
    #expect(server.connections == 1)
    rebinding.closeFree()
    await server.stop()
  }

  @Test("the next address is tried when one does not accept")
  func nextAddress() async throws {
    let server = try await LocalServer.start { _, _, _ in .answer(status: 200, body: "") }
    let client = try Self.client { _ in [[UInt8](repeating: 0, count: 15) + [1], [127, 0, 0, 1]] }
    #expect(await client.send(OutboundRequest(url: server.url(host: "two.test"))).status == 200)
    client.closeFree()
    await server.stop()
  }

  @Test("redirects are answers")
  func redirects() async throws {
    let server = try await LocalServer.start { _, _, _ in .answer(status: 307, body: "elsewhere") }
    let client = try Self.client()
    #expect(Self.text(await client.send(OutboundRequest(url: server.url()))) == "307 elsewhere")
    #expect(server.requests == 1)
    client.closeFree()
    await server.stop()
  }

  @Test("what could end a line is refused", arguments: 0..<7)
  func injection(_ index: Int) async throws {
    let url = "http://127.0.0.1:9/"
    var request = OutboundRequest(url: url)
    switch index {
    case 0: request.headers = [("x", "a\r\nb: c")]
    case 1: request.headers = [("x y", "a")]
    case 2: request.headers = [("", "a")]
    case 3: request.method = "GET / HTTP/1.1\r\n"
    case 4: request.timeoutSeconds = .nan
    case 5: request.timeoutSeconds = 0
    default: request.url = url + "\r\nx"
    }
    #expect(Self.text(await (try Self.client()).send(request)).hasPrefix("refused: "))
  }
}

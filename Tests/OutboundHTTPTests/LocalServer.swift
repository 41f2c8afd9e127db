import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// A small HTTP server on loopback that does what its script says.
final class LocalServer: Sendable {
  enum Reply: Sendable {
    case answer(status: Int, body: String)
    /// Keeps the connection and says nothing.
    case hang
    /// Closes without an answer.
    case leave
    /// Sends a head and a part of the body, then closes.
    case breakOff
    /// Answers and closes without saying so before.
    case answerAndLeave
  }

  typealias Script = @Sendable (_ number: Int, _ head: HTTPRequestHead, _ body: String) -> Reply

  private let channel: any Channel
  private let counts: Counts

  final class Counts: Sendable {
    let connections = Atomic(0)
    let requests = Atomic(0)
    let closed = Atomic(0)
  }

  private init(_ channel: any Channel, _ counts: Counts) {
    self.channel = channel
    self.counts = counts
  }

  static func start(_ script: @escaping Script) async throws -> LocalServer {
    let counts = Counts()
    let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          counts.connections.add(1, ordering: .relaxed)
          try channel.pipeline.syncOperations.configureHTTPServerPipeline()
          try channel.pipeline.syncOperations.addHandler(ScriptHandler(counts, script))
        }
      }.bind(host: "127.0.0.1", port: 0).get()
    return LocalServer(channel, counts)
  }

  var port: Int { channel.localAddress?.port ?? 0 }
  var connections: Int { counts.connections.load(ordering: .relaxed) }
  var requests: Int { counts.requests.load(ordering: .relaxed) }
  var closed: Int { counts.closed.load(ordering: .relaxed) }

  func url(_ path: String = "/", host: String = "127.0.0.1") -> String { "http://\(host):\(port)\(path)" }

  func stop() async { try? await channel.close() }
}

private final class ScriptHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private let counts: LocalServer.Counts
  private let script: LocalServer.Script
  private var head: HTTPRequestHead?
  private var body = ""

  init(_ counts: LocalServer.Counts, _ script: @escaping LocalServer.Script) {
    self.counts = counts
    self.script = script
  }

  func channelInactive(context: ChannelHandlerContext) { counts.closed.add(1, ordering: .relaxed) }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head): (self.head, body) = (head, "")
    case .body(let bytes): body += String(buffer: bytes)
    case .end:
      guard let head else { return }
      let number = counts.requests.add(1, ordering: .relaxed).newValue
      reply(script(number, head, body), context)
    }
  }

  private func reply(_ reply: LocalServer.Reply, _ context: ChannelHandlerContext) {
    switch reply {
    case .answer(let status, let body): answer(status, body, context)
    case .hang: break
    case .leave: context.close(promise: nil)
    case .breakOff:
      let head = HTTPResponseHead(version: .http1_1, status: .ok, headers: ["content-length": "100"])
      context.write(wrapOutboundOut(.head(head)), promise: nil)
      context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: "part")))), promise: nil)
      context.close(promise: nil)
    case .answerAndLeave:
      answer(200, "bye", context)
      context.close(promise: nil)
    }
  }

  private func answer(_ status: Int, _ body: String, _ context: ChannelHandlerContext) {
    let head = HTTPResponseHead(
      version: .http1_1, status: .init(statusCode: status),
      headers: ["content-length": "\(body.utf8.count)", "x-script": "1"])
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: body)))), promise: nil)
    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
  }
}

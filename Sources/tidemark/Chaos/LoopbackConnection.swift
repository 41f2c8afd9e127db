import NIOCore
import NIOHTTP1
import NIOPosix

/// One kept-alive connection to a server on this machine; one request at a time.
struct LoopbackConnection: Sendable {
  struct Answer: Sendable {
    let status: Int
    let headers: HTTPHeaders
    let body: [UInt8]

    var text: String { String(decoding: body, as: UTF8.self) }
  }

  enum Failure: Error, CustomStringConvertible {
    case closed
    case timedOut(String)

    var description: String {
      switch self {
      case .closed: "the connection was closed"
      case .timedOut(let request): "no answer within \(LoopbackConnection.timeoutSeconds) s: \(request)"
      }
    }
  }

  static let timeoutSeconds: Int64 = 60

  private let channel: any Channel

  static func open(port: Int) async throws -> LoopbackConnection {
    let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton.next())
      .connectTimeout(.seconds(5))
      .channelOption(.socketOption(.tcp_nodelay), value: 1)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHTTPClientHandlers()
          try channel.pipeline.syncOperations.addHandler(ExchangeHandler())
        }
      }.connect(host: "127.0.0.1", port: port).get()
    return LoopbackConnection(channel: channel)
  }

  /// Errors: the connection is gone, or the answer does not come, and then the connection is closed.
  func send(
    _ method: HTTPMethod, _ path: String, headers: [(String, String)] = [], body: [UInt8] = []
  ) async throws -> Answer {
    let answer = channel.eventLoop.makePromise(of: Answer.self)
    let timeout = channel.eventLoop.scheduleTask(in: .seconds(LoopbackConnection.timeoutSeconds)) {
      answer.fail(Failure.timedOut("\(method) \(path.prefix(100))"))
    }
    defer { timeout.cancel() }
    let head = HTTPRequestHead(
      version: .http1_1, method: method, uri: path,
      headers: HTTPHeaders([("host", "127.0.0.1"), ("content-length", "\(body.count)")] + headers))
    // On a closed channel no handler sees the request.
    let written = channel.eventLoop.makePromise(of: Void.self)
    written.futureResult.whenFailure { answer.fail($0) }
    channel.writeAndFlush(Exchange(head: head, body: ByteBuffer(bytes: body), answer: answer), promise: written)
    do { return try await answer.futureResult.get() } catch {
      channel.close(promise: nil)
      throw error
    }
  }

  func close() { channel.close(promise: nil) }
}

private struct Exchange: Sendable {
  let head: HTTPRequestHead
  let body: ByteBuffer
  let answer: EventLoopPromise<LoopbackConnection.Answer>
}

/// Gives each answer to the request before it.
private final class ExchangeHandler: ChannelDuplexHandler {
  typealias InboundIn = HTTPClientResponsePart
  typealias OutboundIn = Exchange
  typealias OutboundOut = HTTPClientRequestPart

  private var waiting: EventLoopPromise<LoopbackConnection.Answer>?
  private var head: HTTPResponseHead?
  private var body: [UInt8] = []
  private var isClosed = false

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    let exchange = unwrapOutboundIn(data)
    guard !isClosed else {
      exchange.answer.fail(LoopbackConnection.Failure.closed)
      promise?.fail(LoopbackConnection.Failure.closed)
      return
    }
    waiting = exchange.answer
    context.write(wrapOutboundOut(.head(exchange.head)), promise: nil)
    context.write(wrapOutboundOut(.body(.byteBuffer(exchange.body))), promise: nil)
    context.write(wrapOutboundOut(.end(nil)), promise: promise)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      self.head = head
      body = []
    case .body(let bytes): body += bytes.readableBytesView
    case .end:
      guard let head, head.status.code >= 200 else { return }
      waiting?.succeed(
        LoopbackConnection.Answer(status: Int(head.status.code), headers: head.headers, body: body))
      waiting = nil
    }
  }

  func channelInactive(context: ChannelHandlerContext) {
    end(LoopbackConnection.Failure.closed)
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    end(error)
    context.close(promise: nil)
  }

  private func end(_ error: any Error) {
    isClosed = true
    waiting?.fail(error)
    waiting = nil
  }
}

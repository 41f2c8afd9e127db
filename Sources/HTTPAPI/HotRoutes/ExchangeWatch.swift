import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import PipelineModel
import PipelineRuntime
import Platform

/// Sits in front of hummingbird and tells the connection's `HotRouteHandler` of the requests that were passed on. That
/// is at the front of a plain connection before this one; of one with TLS it is put in front of HTTP/1, behind TLS.
/// Streams of HTTP/2 have no bytes to be in front of.
final class ExchangeWatch: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart
  typealias OutboundIn = HTTPResponsePart
  typealias OutboundOut = HTTPResponsePart

  private var hot: HotRouteHandler?
  private var stream: StreamIdleness?
  private var context: ChannelHandlerContext?
  /// Of the newest request.
  private var path = ""
  /// The newest request has an answer that has begun.
  private var isAnswering = false
  private var isSentAway = false

  private let headerBytesMax: Int
  /// The decoder has given up because the head does not end.
  private var isHeadTooLarge = false

  /// `hot`: what is put in front of HTTP/1 when none is there.
  init(_ hot: HotRouteHandler?, headerBytesMax: Int) {
    self.hot = hot
    self.headerBytesMax = headerBytesMax
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    if let error = error as? HTTPParserError, error == .headerOverflow { isHeadTooLarge = true }
    context.fireErrorCaught(error)
  }

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    let pipeline = context.pipeline.syncOperations
    if let known = try? pipeline.handler(type: HotRouteHandler.self) {
      hot = known
      return
    }
    guard let hot, let encoder = try? pipeline.handler(type: HTTPResponseEncoder.self) else {
      stream = self.hot.map { hot in
        StreamIdleness(context, timeout: hot.idleTimeout, pace: hot.environment.limits.pace) { [weak self] in
          self?.sendAway()
        }
      }
      self.hot = nil
      return
    }
    do { try pipeline.addHandler(hot, position: .before(encoder)) } catch { context.fireErrorCaught(error) }
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    stream?.leave()
    stream = nil
    hot = nil
    self.context = nil
  }

  func read(context: ChannelHandlerContext) {
    stream?.asked()
    context.read()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let part = unwrapInboundIn(data)
    var bytes = 0
    if case .body(let body) = part { bytes = body.readableBytes }
    stream?.received(bytes)
    switch part {
    case .head(let head):
      (path, isAnswering) = (head.path ?? "", false)
      hot?.exchangeBegan()
    case .body: break
    case .end:
      hot?.requestEnded()
      stream?.end()
    }
    context.fireChannelRead(data)
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    if isSentAway {
      promise?.fail(ChannelError.ioOnClosedChannel)
      return
    }
    switch unwrapOutboundIn(data) {
    case .head(let head) where head.status == .badRequest && head.headerFields[.contentLength] == "0":
      writeRefusal(head, context)
    case .head(let head):
      if head.status.kind != .informational { isAnswering = true }
      context.write(data, promise: promise)
    case .body: context.write(data, promise: promise)
    case .end:
      context.write(data, promise: promise)
      hot?.exchangeEnded()
    }
  }

  /// Hummingbird refuses what is not HTTP with an empty body; the dialect's errors have one.
  private func writeRefusal(_ head: HTTPResponse, _ context: ChannelHandlerContext) {
    let text =
      isHeadTooLarge
      ? "the head of the request is too large: at most 80 KB for the request line and \(headerBytesMax) bytes for the "
        + "header fields" : "the request is not valid HTTP/1.1"
    var head = head
    if isHeadTooLarge { head.status = .requestHeaderFieldsTooLarge }
    write(WholeAnswer(PipelineError(.invalidParam, text)), head, context)
  }

  private func write(_ answer: WholeAnswer, _ head: HTTPResponse, _ context: ChannelHandlerContext) {
    var head = head
    head.headerFields[.contentLength] = String(answer.body.count)
    head.headerFields[.contentType] = "application/json"
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    context.write(wrapOutboundOut(.body(ByteBuffer(bytes: answer.body))), promise: nil)
  }

  /// The client has stopped in the middle of its request: tells it so unless an answer has begun, and closes.
  func sendAway() {
    guard let context, !isSentAway else { return }
    isSentAway = true
    if !isAnswering {
      let dialect = Dialect(path: path.prefix { $0 != "?" })
      let answer = dialect.answer(.stoppedSending, requestID: "")
      var head = HTTPResponse(status: answer.status)
      if hot != nil { head.headerFields[.connection] = "close" }
      write(answer, head, context)
      context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }
    context.close(promise: nil)
  }
}

extension PipelineError {
  static var stoppedSending: PipelineError {
    PipelineError(.requestTimeout, "the rest of the request did not come in time")
  }
}

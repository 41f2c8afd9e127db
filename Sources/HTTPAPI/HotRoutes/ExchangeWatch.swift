import HTTPTypes
import NIOCore
import NIOHTTPTypes
import PipelineModel
import PipelineRuntime
import Platform

/// Sits in front of hummingbird and tells the connection's `HotRouteHandler`, which it puts at the front of
/// the channel, of the requests that were passed on.
final class ExchangeWatch: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart
  typealias OutboundIn = HTTPResponsePart
  typealias OutboundOut = HTTPResponsePart

  private let hot: HotRouteHandler

  init(_ hot: HotRouteHandler) { self.hot = hot }

  func handlerAdded(context: ChannelHandlerContext) {
    do { try context.pipeline.syncOperations.addHandler(hot, position: .first) } catch {
      context.fireErrorCaught(error)
    }
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head: hot.exchangeBegan()
    case .body: break
    case .end: hot.requestEnded()
    }
    context.fireChannelRead(data)
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    switch unwrapOutboundIn(data) {
    case .head(let head) where head.status == .badRequest && head.headerFields[.contentLength] == "0":
      writeRefusal(head, context)
    case .head, .body: context.write(data, promise: promise)
    case .end:
      context.write(data, promise: promise)
      hot.exchangeEnded()
    }
  }

  /// Hummingbird refuses what is not HTTP with an empty body; the dialect's errors have one.
  private func writeRefusal(_ head: HTTPResponse, _ context: ChannelHandlerContext) {
    let answer = WholeAnswer(
      PipelineError(
        .invalidParam,
        "the request is not valid HTTP/1.1, or its head is too large: at most 80 KB for the request line and "
          + "\(Limits.requestHeaderBytesMax) bytes for the header fields"))
    var head = head
    head.headerFields[.contentLength] = String(answer.body.count)
    head.headerFields[.contentType] = "application/json"
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    context.write(wrapOutboundOut(.body(ByteBuffer(bytes: answer.body))), promise: nil)
  }
}

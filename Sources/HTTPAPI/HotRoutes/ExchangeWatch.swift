import HTTPTypes
import NIOCore
import NIOHTTPTypes

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
    if case .end = unwrapInboundIn(data) { hot.exchangeBegan() }
    context.fireChannelRead(data)
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    context.write(data, promise: promise)
    if case .end = unwrapOutboundIn(data) { hot.exchangeEnded() }
  }
}

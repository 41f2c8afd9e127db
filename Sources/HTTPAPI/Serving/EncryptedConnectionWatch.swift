import NIOCore
import NIOTLS

/// Closes a connection whose handshake does not end in time or is no handshake, and one of HTTP/2 that is silent and
/// without streams: hummingbird says goodbye to it and would wait for an answer for ever. With HTTP/1.1,
/// `HotRouteHandler` takes over after the handshake. On the connection's event loop only.
final class EncryptedConnectionWatch: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = ByteBuffer

  private static let handshakeSeconds: Int64 = 10
  private static let goodbyeSeconds: Int64 = 1

  private let silence: TimeAmount
  private var context: ChannelHandlerContext?
  private var timer: Scheduled<Void>?
  private var isOver = false
  private var openStreams = 0
  private var lastRead = NIODeadline.now()
  /// Of all streams together.
  private(set) var bytesReceived: UInt64 = 0

  /// Hummingbird's goodbye comes after `idleTimeout`; the answer has as long again.
  init(idleTimeout: TimeAmount) { silence = idleTimeout * 2 }

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    schedule(in: .seconds(EncryptedConnectionWatch.handshakeSeconds)) { $0.context?.close(promise: nil) }
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    timer?.cancel()
    self.context = nil
  }

  func streamBegan() { openStreams += 1 }

  func streamEnded() {
    openStreams -= 1
    lastRead = .now()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    lastRead = .now()
    bytesReceived &+= UInt64(clamping: unwrapInboundIn(data).readableBytes)
    context.fireChannelRead(data)
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    context.fireUserInboundEventTriggered(event)
    switch event {
    case let event as TLSUserEvent:
      if case .handshakeCompleted(let negotiated) = event { handshakeEnded(context, negotiated) }
    case is ChannelShouldQuiesceEvent where !isOver: context.close(promise: nil)
    case is ChannelShouldQuiesceEvent:
      timer?.cancel()
      schedule(in: .seconds(EncryptedConnectionWatch.goodbyeSeconds)) { $0.checkGoodbye() }
    default: break
    }
  }

  private func handshakeEnded(_ context: ChannelHandlerContext, _ negotiated: String?) {
    isOver = true
    timer?.cancel()
    if negotiated == "h2" {
      schedule(in: silence) { $0.checkSilence() }
    } else {
      context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.fireErrorCaught(error)
    if !isOver { context.close(promise: nil) }
  }

  private func checkSilence() {
    let left = openStreams > 0 ? silence : lastRead + silence - .now()
    if left.nanoseconds <= 0 { context?.close(promise: nil) } else { schedule(in: left) { $0.checkSilence() } }
  }

  /// The server stops, and the client had time to say that it has nothing more to ask.
  private func checkGoodbye() {
    if openStreams == 0 {
      context?.close(promise: nil)
    } else {
      schedule(in: .seconds(EncryptedConnectionWatch.goodbyeSeconds)) { $0.checkGoodbye() }
    }
  }

  private func schedule(in time: TimeAmount, _ action: @escaping (EncryptedConnectionWatch) -> Void) {
    timer = context?.eventLoop.assumeIsolated().scheduleTask(in: time) { [weak self] in
      if let self { action(self) }
    }
  }
}

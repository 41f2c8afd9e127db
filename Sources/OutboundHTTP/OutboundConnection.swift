import ConnectorKit
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Platform
import Synchronization

/// One open connection. A class because the pool, its channel and its calls share it.
final class OutboundConnection: Sendable, Identifiable {
  let server: OutboundServer
  let channel: any Channel
  private let handler: NIOLoopBound<CallHandler>

  private init(_ server: OutboundServer, _ channel: any Channel, _ handler: NIOLoopBound<CallHandler>) {
    self.server = server
    self.channel = channel
    self.handler = handler
  }

  /// On any thread.
  func begin(_ call: OutboundCall) {
    if channel.eventLoop.inEventLoop { return handler.value.begin(call) }
    channel.eventLoop.execute { [self] in handler.value.begin(call) }
  }

  typealias Tell = @Sendable (OutboundConnection, CallHandler.Event) -> Void

  /// To this very address of the server.
  static func open(
    to server: OutboundServer, at address: [UInt8], deadline: NIODeadline, _ trust: TrustRoots, on loop: any EventLoop,
    _ tell: @escaping Tell
  ) -> EventLoopFuture<OutboundConnection> {
    let time = min(deadline - .now(), .seconds(Limits.outboundConnectSeconds))
    do {
      let socketAddress = try SocketAddress(packedIPAddress: ByteBuffer(bytes: address), port: server.port)
      let context = server.isEncrypted ? try trust.context() : nil
      let opening = Opening()
      let bootstrap = ClientBootstrap(group: loop).connectTimeout(max(time, .milliseconds(1)))
        .channelOption(.socketOption(.tcp_nodelay), value: 1)
        .channelInitializer { channel in
          channel.eventLoop.makeCompletedFuture {
            let pipeline = channel.pipeline.syncOperations
            if let context {
              // An address is no server name; then the certificate must hold the address.
              let name = IPText.parse(server.host) == nil ? server.host : nil
              try pipeline.addHandler(try NIOSSLClientHandler(context: context, serverHostname: name))
            }
            try pipeline.addHTTPClientHandlers()
            let handler = CallHandler()
            try pipeline.addHandler(handler)
            opening.handler.withLock { $0 = NIOLoopBound(handler, eventLoop: channel.eventLoop) }
          }
        }
      return bootstrap.connect(to: socketAddress).flatMapThrowing { channel in
        guard let handler = opening.handler.withLock({ $0 }) else { throw ChannelError.ioOnClosedChannel }
        // The caller may come here late, when TLS has failed already.
        if let failure = handler.value.failure { throw failure }
        let connection = OutboundConnection(server, channel, handler)
        handler.value.attach { [weak connection] event in
          if let connection { tell(connection, event) }
        }
        return connection
      }
    } catch {
      return loop.makeFailedFuture(error)
    }
  }

  /// Hands the handler of a channel from its beginning to who waits for the connection.
  private final class Opening: Sendable {
    let handler = Mutex<NIOLoopBound<CallHandler>?>(nil)
  }
}

import ConnectorKit
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Platform

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
          }
        }
      return bootstrap.connect(to: socketAddress).flatMapThrowing { channel in
        let events = ConnectionEvents(tell)
        let handler = CallHandler { events.tell($0) }
        try channel.pipeline.syncOperations.addHandler(handler)
        let connection = OutboundConnection(server, channel, NIOLoopBound(handler, eventLoop: channel.eventLoop))
        events.connection = connection
        return connection
      }
    } catch {
      return loop.makeFailedFuture(error)
    }
  }
}

/// Ties the handler's events to the connection, which is made after it.
private final class ConnectionEvents {
  weak var connection: OutboundConnection?
  private let action: OutboundConnection.Tell

  init(_ action: @escaping OutboundConnection.Tell) { self.action = action }

  func tell(_ event: CallHandler.Event) {
    if let connection { action(connection, event) }
  }
}

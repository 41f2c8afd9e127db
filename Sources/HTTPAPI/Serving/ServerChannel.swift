import Hummingbird
import HummingbirdCore
import HummingbirdHTTP2
import Logging
import NIOCore

/// The one place where a connection's channel is set up. A plain one has `HotRouteHandler` alone at first, and
/// hummingbird's handlers with the first request that is passed on to them; one with TLS has all from the beginning.
struct ServerChannel: ServerChildChannel {
  /// A connection, and what hummingbird serves of it.
  struct Value: ServerChildChannelValue {
    let channel: any Channel
    let behind: EventLoopFuture<HTTP1Channel.Value?>
  }

  /// Most requests of the hot routes fit; what is larger lets the next buffer grow.
  private static let firstReadBytes = 512
  private static let readBytesMax = 64 << 10

  private let http: HTTP1Channel
  private let environment: APIEnvironment
  private let idleTimeout: TimeAmount

  static func builder(
    _ configuration: APIServerConfiguration, _ environment: APIEnvironment
  ) -> HTTPServerBuilder {
    // Idle connections are closed by `HotRouteHandler`: hummingbird does not see requests of hot routes.
    let idleTimeout = TimeAmount.seconds(Int64(configuration.idleTimeoutSeconds))
    guard let identity = configuration.identity else {
      return HTTPServerBuilder { responder in
        ServerChannel(
          http: HTTP1Channel(responder: responder, configuration: http1(configuration) { nil }),
          environment: environment, idleTimeout: idleTimeout)
      }
    }
    let http2 = HTTP2ChannelConfiguration(
      idleTimeout: .seconds(configuration.idleTimeoutSeconds),
      gracefulCloseTimeout: .seconds(configuration.shutdownGraceSeconds),
      streamConfiguration: http1(configuration) {
        HotRouteHandler(environment: environment, idleTimeout: idleTimeout)
      })
    return HTTPServerBuilder { responder in
      EncryptedChannel(
        inner: try HTTP2UpgradeChannel(
          tlsConfiguration: identity.configuration, configuration: http2, responder: responder),
        idleTimeout: .seconds(Int64(configuration.idleTimeoutSeconds)))
    }
  }

  /// `hot`: a fresh handler for a connection that has none yet.
  private static func http1(
    _ configuration: APIServerConfiguration, _ hot: @escaping @Sendable () -> HotRouteHandler?
  ) -> HTTP1Channel.Configuration {
    HTTP1Channel.Configuration(
      additionalChannelHandlers: [
        ConnectionWatch(), ExchangeWatch(hot(), headerBytesMax: configuration.headerBytesMax),
      ],
      idleTimeout: nil,
      httpDecoderConfiguration: HTTP1Channel.Configuration.DecoderConfiguration(
        maxHeaderFieldSize: configuration.headerBytesMax, maxHeaderListSize: configuration.headerBytesMax,
        maxHeaderFieldCount: 1000))
  }

  func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
    channel.eventLoop.makeCompletedFuture {
      try channel.syncOptions?.setOption(
        .recvAllocator,
        value: AdaptiveRecvByteBufferAllocator(
          minimum: 64, initial: ServerChannel.firstReadBytes, maximum: ServerChannel.readBytesMax))
      let rest = RestOfChannel(on: channel.eventLoop) { [http] in http.setup(channel: $0, logger: logger) }
      let hot = HotRouteHandler(environment: environment, idleTimeout: idleTimeout, rest: rest)
      do { try channel.pipeline.syncOperations.addHandler(hot) } catch {
        rest.drop()
        throw error
      }
      return Value(channel: channel, behind: rest.value)
    }
  }

  func handle(value: Value, logger: Logger) async {
    let behind = await withTaskCancellationHandler {
      try? await value.behind.get()
    } onCancel: {
      value.channel.close(promise: nil)
    }
    if let behind { await http.handle(value: behind, logger: logger) }
  }
}

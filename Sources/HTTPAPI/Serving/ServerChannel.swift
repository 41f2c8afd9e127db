import Hummingbird
import HummingbirdCore
import NIOCore

/// The one place where a connection's channel is set up; handlers of hot routes go in front of hummingbird
/// here.
enum ServerChannel {
  static func builder(
    _ configuration: APIServerConfiguration, _ environment: APIEnvironment
  ) -> HTTPServerBuilder {
    // Idle connections are closed by `HotRouteHandler`: hummingbird does not see requests of hot routes.
    .http1(
      configuration: HTTP1Channel.Configuration(
        additionalChannelHandlers: handlers(configuration, environment),
        idleTimeout: nil,
        httpDecoderConfiguration: HTTP1Channel.Configuration.DecoderConfiguration(
          maxHeaderFieldSize: configuration.headerBytesMax, maxHeaderListSize: configuration.headerBytesMax,
          maxHeaderFieldCount: 1000)))
  }

  /// Fresh handlers of one connection, in the order in which a request passes them.
  private static func handlers(
    _ configuration: APIServerConfiguration, _ environment: APIEnvironment
  ) -> [any RemovableChannelHandler] {
    let hot = HotRouteHandler(
      environment: environment, idleTimeout: .seconds(Int64(configuration.idleTimeoutSeconds)))
    return [ConnectionWatch(), ExchangeWatch(hot)]
  }
}

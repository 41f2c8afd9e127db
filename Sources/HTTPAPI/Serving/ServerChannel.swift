import Hummingbird
import HummingbirdCore
import NIOCore

/// The one place where a connection's channel is set up; handlers of hot routes go in front of hummingbird
/// here.
enum ServerChannel {
  static func builder(_ configuration: APIServerConfiguration) -> HTTPServerBuilder {
    .http1(
      configuration: HTTP1Channel.Configuration(
        additionalChannelHandlers: handlers(),
        idleTimeout: .seconds(Int64(configuration.idleTimeoutSeconds)),
        httpDecoderConfiguration: HTTP1Channel.Configuration.DecoderConfiguration(
          maxHeaderFieldSize: configuration.headerBytesMax, maxHeaderListSize: configuration.headerBytesMax,
          maxHeaderFieldCount: 1000)))
  }

  /// Fresh handlers of one connection, in the order in which a request passes them.
  private static func handlers() -> [any RemovableChannelHandler] { [ConnectionWatch()] }
}

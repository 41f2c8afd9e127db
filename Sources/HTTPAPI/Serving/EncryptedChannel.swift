import HummingbirdCore
import HummingbirdHTTP2
import Logging
import NIOCore
import NIOHTTPTypes
import NIOSSL

/// A connection that begins with TLS and then speaks HTTP/1.1 or HTTP/2, as its client prefers.
struct EncryptedChannel: ServerChildChannel {
  let inner: HTTP2UpgradeChannel
  let idleTimeout: TimeAmount

  func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<HTTP2UpgradeChannel.Value> {
    let idleTimeout = idleTimeout
    return inner.setup(channel: channel, logger: logger).flatMapThrowing { value in
      let pipeline = channel.pipeline.syncOperations
      let tls = try pipeline.handler(type: NIOSSLServerHandler.self)
      try pipeline.addHandler(EncryptedConnectionWatch(idleTimeout: idleTimeout), position: .after(tls))
      return value
    }
  }

  func handle(value: HTTP2UpgradeChannel.Value, logger: Logger) async {
    await inner.handle(value: value, logger: logger)
  }
}

package import Hummingbird
import HummingbirdCore
import Logging
import NIOCore

/// The connection that a request came on.
package struct ConnectionContext: InitializableFromSource, Sendable {
  let channel: (any Channel)?
  let requestID: String

  package init(source: ApplicationRequestContextSource) {
    channel = source.channel
    requestID = source.logger[metadataKey: "hb.request.id"]?.description ?? ""
  }

  /// A request without a connection, for tests that call the responder directly.
  package init(requestID: String) {
    channel = nil
    self.requestID = requestID
  }

  /// Opens when the client leaves; nil without a connection.
  func watch() async -> Latch? {
    guard let channel else { return nil }
    return try? await channel.pipeline.handler(type: ConnectionWatch.self).map(\.gone).get()
  }
}

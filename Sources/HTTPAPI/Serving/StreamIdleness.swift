import NIOCore

/// Ends a stream of HTTP/2 whose client stops sending its request: `HotRouteHandler` does so for HTTP/1. On the
/// stream's event loop only, which is the connection's too.
final class StreamIdleness {
  /// The stream was asked to read and nothing has come yet: if anybody is slow, it is the client.
  var isReading = false

  private let context: ChannelHandlerContext
  private let timeout: TimeAmount
  private let connection: EncryptedConnectionWatch?
  private let sendAway: () -> Void
  private var lastReceived = NIODeadline.now()
  private var timer: Scheduled<Void>?

  /// `sendAway`: what becomes of a client that has been silent for so long.
  init(_ context: ChannelHandlerContext, timeout: TimeAmount, _ sendAway: @escaping () -> Void) {
    self.context = context
    self.timeout = timeout
    self.sendAway = sendAway
    connection = try? context.channel.parent?.pipeline.syncOperations.handler(type: EncryptedConnectionWatch.self)
    connection?.streamBegan()
    watch(in: timeout)
  }

  func received() {
    lastReceived = .now()
    isReading = false
  }

  /// The request is whole.
  func end() { timer?.cancel() }

  /// Once: the stream is gone.
  func leave() {
    timer?.cancel()
    connection?.streamEnded()
  }

  private func watch(in time: TimeAmount) {
    timer = context.eventLoop.assumeIsolated().scheduleTask(in: time) { [weak self] in self?.check() }
  }

  private func check() {
    let left = isReading ? lastReceived + timeout - .now() : timeout
    if left.nanoseconds <= 0 { return sendAway() }
    watch(in: left)
  }
}

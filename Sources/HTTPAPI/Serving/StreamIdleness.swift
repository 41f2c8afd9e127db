import NIOCore

/// Ends a stream of HTTP/2 whose client stops sending its request, or sends it too slowly: `HotRouteHandler` does so
/// for HTTP/1. A stream begins with its whole head. On the stream's event loop only, which is the connection's too.
final class StreamIdleness {
  /// The stream was asked to read and nothing has come yet: if anybody is slow, it is the client.
  private var isReading = false

  private let context: ChannelHandlerContext
  private let limits: PaceLimits
  private var pace: RequestPace
  private let timeout: TimeAmount
  private let connection: EncryptedConnectionWatch?
  private let sendAway: () -> Void
  private var lastReceived = NIODeadline.now()
  private var timer: Scheduled<Void>?

  /// `sendAway`: what becomes of a client that has been silent for so long, or is too slow.
  init(
    _ context: ChannelHandlerContext, timeout: TimeAmount, pace limits: PaceLimits, _ sendAway: @escaping () -> Void
  ) {
    self.context = context
    self.limits = limits
    pace = RequestPace(limits)
    pace.begin(.body)
    self.timeout = timeout
    self.sendAway = sendAway
    connection = try? context.channel.parent?.pipeline.syncOperations.handler(type: EncryptedConnectionWatch.self)
    connection?.streamBegan()
    watch(in: min(timeout, pace.left(NIODeadline.now().uptimeNanoseconds).map(limits.pause) ?? timeout))
  }

  func asked() {
    isReading = true
    pace.asked(NIODeadline.now().uptimeNanoseconds)
  }

  func received(_ bytes: Int) {
    lastReceived = .now()
    isReading = false
    pace.received(bytes, lastReceived.uptimeNanoseconds)
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
    let idle = isReading ? lastReceived + timeout - .now() : timeout
    let left = pace.left(NIODeadline.now().uptimeNanoseconds)
    if idle.nanoseconds <= 0 || left == 0 { return sendAway() }
    watch(in: min(idle, left.map(limits.pause) ?? idle))
  }
}

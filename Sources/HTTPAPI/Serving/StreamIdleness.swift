import NIOCore

/// Ends a stream of HTTP/2 whose client stops sending its request, or sends it too slowly: `HotRouteHandler` does so
/// for HTTP/1. No stream is too slow while its connection as a whole is not. A stream begins with its whole head. On
/// the stream's event loop only, which is the connection's too.
final class StreamIdleness {
  /// The stream was asked to read and nothing has come yet: if anybody is slow, it is the client.
  private var isReading = false

  private let context: ChannelHandlerContext
  private let limits: PaceLimits
  private var pace: RequestPace
  private let timeout: TimeAmount
  private let connection: EncryptedConnectionWatch?
  private let sendAway: () -> Void
  private var shared: SharedPace
  /// Until then the stream may be slow.
  private var excusedUntil = NIODeadline.now()
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
    let connection = try? context.channel.parent?.pipeline.syncOperations.handler(type: EncryptedConnectionWatch.self)
    self.connection = connection
    shared = SharedPace(limits, bytes: connection?.bytesReceived ?? 0, NIODeadline.now().uptimeNanoseconds)
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
    let now = NIODeadline.now()
    let idle = isReading ? lastReceived + timeout - now : timeout
    if idle.nanoseconds <= 0 { return sendAway() }
    guard let left = pace.left(now.uptimeNanoseconds) else { return watch(in: idle) }
    if left > 0 { return watch(in: min(idle, limits.pause(left: left))) }
    if now >= excusedUntil {
      guard let connection, shared.isMade(bytes: connection.bytesReceived, now.uptimeNanoseconds) else {
        return sendAway()
      }
      excusedUntil = now + .seconds(Int64(max(1, limits.bodyGraceSeconds)))
    }
    watch(in: min(idle, excusedUntil - now))
  }
}

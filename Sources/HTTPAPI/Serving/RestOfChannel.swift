import HummingbirdCore
import NIOCore

/// Hummingbird's handlers of one connection before they are there. On the connection's event loop.
struct RestOfChannel {
  private let promise: EventLoopPromise<HTTP1Channel.Value?>
  private let setUp: (any Channel) -> EventLoopFuture<HTTP1Channel.Value>

  /// One of `add` and `drop` must be called, once.
  init(on eventLoop: any EventLoop, _ setUp: @escaping (any Channel) -> EventLoopFuture<HTTP1Channel.Value>) {
    promise = eventLoop.makePromise()
    self.setUp = setUp
  }

  /// What hummingbird serves; nil when the connection ends without a request for it.
  var value: EventLoopFuture<HTTP1Channel.Value?> { promise.futureResult }

  /// Puts the handlers behind those that are there.
  func add(to channel: any Channel) { setUp(channel).map { $0 }.cascade(to: promise) }

  func drop() { promise.succeed(nil) }
}

import ConnectorKit
import NIOCore
import NIOHTTP1
import Platform
import Synchronization

/// One call from its begin to its answer, which is given exactly once, whoever comes first: the connection, the clock
/// or the caller's cancellation. A class because they share it. Thread-safe.
final class OutboundCall: Sendable {
  private struct State {
    var waiter: CheckedContinuation<OutboundAnswer, Never>?
    var timer: Scheduled<Void>?
    var channel: (any Channel)?
    var isOver = false
    var hasRetried = false
  }

  let server: OutboundServer
  let head: HTTPRequestHead
  let body: [UInt8]
  let answerBytesMax: Int
  let deadline: NIODeadline
  private let timeout: TimeAmount
  private let state = Mutex(State())

  /// Its time begins now.
  init(_ head: HTTPRequestHead, to server: OutboundServer, _ request: OutboundRequest) {
    self.server = server
    self.head = head
    timeout = .nanoseconds(Int64(min(request.timeoutSeconds, Limits.outboundTimeoutSecondsMax) * 1e9))
    deadline = .now() + timeout
    body = request.body
    answerBytesMax = max(0, request.answerBytesMax)
  }

  /// Sending it twice does nothing that sending it once does not.
  var isSafe: Bool { head.method == .GET || head.method == .HEAD }

  var isOver: Bool { state.withLock { $0.isOver } }

  /// Once. False when it is over already: then the waiter has its answer.
  func begin(_ waiter: CheckedContinuation<OutboundAnswer, Never>) -> Bool {
    let isOver = state.withLock { state in
      if !state.isOver { state.waiter = waiter }
      return state.isOver
    }
    if isOver { waiter.resume(returning: .failed("the call was given up")) }
    return !isOver
  }

  /// Ends it when its time is up. Once is enough.
  func watchTime(on loop: any EventLoop) {
    guard state.withLock({ !$0.isOver && $0.timer == nil }) else { return }
    let timer = loop.scheduleTask(deadline: deadline) { [self] in
      expire("no whole answer within \(Double(timeout.nanoseconds / 1_000_000) / 1000) s")
    }
    let isKept = state.withLock { state in
      guard !state.isOver, state.timer == nil else { return false }
      state.timer = timer
      return true
    }
    if !isKept { timer.cancel() }
  }

  /// Before it is written: `expire` closes this channel. False when it is over.
  func attach(_ channel: any Channel) -> Bool {
    state.withLock { state in
      if !state.isOver { state.channel = channel }
      return !state.isOver
    }
  }

  /// Whether it may be sent again: once.
  func retry() -> Bool {
    state.withLock { state in
      defer { state.hasRetried = true }
      state.channel = nil
      return !state.hasRetried && !state.isOver
    }
  }

  func finish(_ answer: OutboundAnswer) { _ = end(answer) }

  /// Gives up: a connection that is busy with it cannot be used again.
  func expire(_ message: String) { end(.failed(message))?.close(promise: nil) }

  private func end(_ answer: OutboundAnswer) -> (any Channel)? {
    let (waiter, timer, channel) = state.withLock { state in
      state.isOver = true
      defer {
        state.waiter = nil
        state.timer = nil
        state.channel = nil
      }
      return (state.waiter, state.timer, state.channel)
    }
    timer?.cancel()
    waiter?.resume(returning: answer)
    return channel
  }
}

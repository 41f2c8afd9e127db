import ConnectorKit
import NIOCore
import NIOHTTP1
import Platform

/// The end of a connection's channel: writes one call at a time and reads its answer. On the channel's event loop only.
final class CallHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPClientResponsePart
  typealias OutboundOut = HTTPClientRequestPart

  /// What becomes of the connection, and of a call of which nothing was sent.
  enum Event {
    case free
    case unsent(OutboundCall)
  }

  private var tell: (Event) -> Void = { _ in }
  private let openedAt = NIODeadline.now()
  private var context: ChannelHandlerContext?
  private var call: OutboundCall?
  private var callsBegun = 0
  private var isWritten = false
  private var head: HTTPResponseHead?
  private var body = ByteBuffer()
  private var lastUse = NIODeadline.now()
  private var idleTimer: Scheduled<Void>?

  /// Why TLS failed before the first call.
  private(set) var failure: (any Error)?

  /// Who is told, from the moment at which there is a connection.
  func attach(_ tell: @escaping (Event) -> Void) { self.tell = tell }

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }

  func handlerRemoved(context: ChannelHandlerContext) {
    self.context = nil
    idleTimer?.cancel()
  }

  // MARK: Calls

  func begin(_ call: OutboundCall) {
    guard let context, context.channel.isActive else {
      if let failure { return call.finish(.failed(FailureText.of(failure))) }
      return tell(.unsent(call))
    }
    guard call.attach(context.channel) else { return rest() }
    call.watchTime(on: context.eventLoop)
    self.call = call
    callsBegun += 1
    isWritten = false
    head = nil
    body = ByteBuffer()
    context.write(wrapOutboundOut(.head(call.head)), promise: nil)
    if !call.body.isEmpty {
      context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: call.body)))), promise: nil)
    }
    let number = callsBegun
    context.writeAndFlush(wrapOutboundOut(.end(nil))).assumeIsolated().whenSuccess { [self] in
      if callsBegun == number { isWritten = true }
    }
  }

  /// Free for the next call.
  func rest() {
    guard let context, context.channel.isActive else { return }
    lastUse = .now()
    guard lastUse - openedAt < .seconds(Limits.outboundConnectionAgeSeconds) else {
      return context.close(promise: nil)
    }
    if idleTimer == nil { watchIdleness(context, in: .seconds(Limits.outboundIdleSeconds)) }
    tell(.free)
  }

  private func watchIdleness(_ context: ChannelHandlerContext, in time: TimeAmount) {
    idleTimer = context.eventLoop.assumeIsolated().scheduleTask(in: time) { [weak self] in self?.checkIdleness() }
  }

  private func checkIdleness() {
    idleTimer = nil
    guard let context, call == nil else { return }
    let left = lastUse + .seconds(Limits.outboundIdleSeconds) - .now()
    if left.nanoseconds <= 0 { return context.close(promise: nil) }
    watchIdleness(context, in: left)
  }

  // MARK: Answers

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard let call else {
      // Nobody asked: what would follow is no answer to the next call.
      return context.close(promise: nil)
    }
    switch unwrapInboundIn(data) {
    case .head(let head) where head.status.code >= 200 || head.status == .switchingProtocols:
      self.head = head
      if head.status == .switchingProtocols { answer(call, context, canRest: false) }
    case .head: break
    case .body(var bytes):
      body.writeBuffer(&bytes)
      if body.readableBytes > call.answerBytesMax { answer(call, context, canRest: false) }
    case .end: answer(call, context, canRest: isWritten && head?.isKeepAlive ?? false)
    }
  }

  private func answer(_ call: OutboundCall, _ context: ChannelHandlerContext, canRest: Bool) {
    guard let head else { return context.close(promise: nil) }
    self.call = nil
    let isCut = body.readableBytes > call.answerBytesMax
    let bytes = body.readBytes(length: min(body.readableBytes, call.answerBytesMax)) ?? []
    let answer = OutboundAnswer.answered(
      status: Int(head.status.code), headers: head.headers.map { ($0.name, $0.value) }, body: bytes, isCut: isCut)
    // Before the caller knows: its next call finds the connection free.
    if canRest { rest() } else { context.close(promise: nil) }
    call.finish(answer)
  }

  func channelInactive(context: ChannelHandlerContext) {
    fail("the connection was closed without a whole answer")
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    if callsBegun == 0, failure == nil, FailureText.isOfTLS(error) { failure = error }
    fail(FailureText.of(error))
    context.close(promise: nil)
  }

  private func fail(_ message: String) {
    guard let call else { return }
    self.call = nil
    if call.isSafe, callsBegun > 1, head == nil { tell(.unsent(call)) } else { call.finish(.failed(message)) }
  }
}

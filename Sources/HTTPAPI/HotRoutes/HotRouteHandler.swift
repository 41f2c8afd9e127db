import DataModel
import NIOCore
import PipelineRuntime
import Platform

/// Answers the two hot routes, small ingress bodies and completion polls, at the front of a connection's
/// channel, straight from and to bytes; all other requests pass to hummingbird untouched.
///
/// One a connection, on its event loop. Asks the same doors as the routes behind, and leaves a request to
/// them when a door says that it would have to wait. Also closes idle connections, since nobody else sees
/// every request, and holds back the ends of the connection (half-closure, quiescing) while it owes an answer.
final class HotRouteHandler: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer
  typealias OutboundIn = IOData
  typealias OutboundOut = ByteBuffer

  /// Greatest body that is decoded on the event loop: some tens of microseconds.
  static let bodyBytesMax = 64 << 10
  /// Pipelined bytes that are read ahead while an answer is owed.
  private static let readAheadBytesMax = 64 << 10

  private let environment: APIEnvironment
  private let idleTimeout: TimeAmount
  private var machine = HotConnectionMachine(bodyBytesMax: HotRouteHandler.bodyBytesMax)
  private var context: ChannelHandlerContext?
  private var received = ByteBuffer()
  private var writer = HotAnswerWriter()
  private var isReadHeld = false
  private var heldEvents: [any Sendable] = []
  private var lastActivity = NIODeadline.now()
  private var idleTimer: Scheduled<Void>?
  /// Requests that were passed on and not answered to the end.
  private var exchangesBehind = 0
  /// Of these the last is still being sent.
  private var isRequestOpen = false
  /// The channel was asked to read and nothing has come yet: if anybody is slow, it is the client.
  private var isReading = false
  private var parked: ParkedPoll?
  /// Tells a late wake-up from that of the poll at hand.
  private var pollNumber = 0

  init(environment: APIEnvironment, idleTimeout: TimeAmount) {
    self.environment = environment
    self.idleTimeout = idleTimeout
  }

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    watchIdleness(context, in: idleTimeout)
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    self.context = nil
    idleTimer?.cancel()
    endPoll()
  }

  func channelInactive(context: ChannelHandlerContext) {
    endPoll()
    context.fireChannelInactive()
  }

  // MARK: Bytes

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    lastActivity = .now()
    isReading = false
    if machine.isCold { return context.fireChannelRead(data) }
    var bytes = unwrapInboundIn(data)
    if received.readableBytes == 0 { received = bytes } else { received.writeBuffer(&bytes) }
    proceed(context)
  }

  /// Goes on after an event that is no read: what is passed on is a read of its own for the handlers behind.
  private func resume(_ context: ChannelHandlerContext) {
    if proceed(context) { context.fireChannelReadComplete() }
  }

  /// Whether bytes were passed on.
  @discardableResult
  private func proceed(_ context: ChannelHandlerContext) -> Bool {
    var hasPassed = false
    while true {
      switch machine.next(received.readableBytesUInt8Span) {
      case .wait:
        if received.readableBytes == 0 { received = ByteBuffer() }
        return hasPassed
      case .pass(let count):
        hasPassed = true
        if let bytes = received.readSlice(length: count) {
          context.fireChannelRead(wrapInboundOut(bytes))
        }
      case .answer(let request, let headLength, let bodyLength):
        answer(request, context, headLength: headLength, bodyLength: bodyLength)
      }
    }
  }

  func read(context: ChannelHandlerContext) {
    if machine.isAnswering, received.readableBytes >= HotRouteHandler.readAheadBytesMax {
      isReadHeld = true
    } else {
      isReading = true
      context.read()
    }
  }

  // MARK: Answers

  private func answer(
    _ request: HotRequest, _ context: ChannelHandlerContext, headLength: Int, bodyLength: Int
  ) {
    do throws(PipelineError) {
      let pipeline = try environment.directory.deployed(request.pipeline)
      switch request.route {
      case .completionStatus(let token, let follow, let seconds):
        guard var report = try pipeline.completionStatus(token: token, follow: follow) else {
          return machine.declined()
        }
        if !report.complete, seconds > 0 {
          if try park(request, pipeline, context, headLength: headLength) { return }
          // Nothing to wait for: it became complete in between.
          guard let now = try pipeline.completionStatus(token: token, follow: follow) else {
            return machine.declined()
          }
          report = now
        }
        received.moveReaderIndex(forwardBy: headLength)
        write(WholeAnswer(report), context)
      case .ingest(let table, let options):
        let body = received.getBytes(at: received.readerIndex + headLength, length: bodyLength) ?? []
        let owed = NIOLoopBound(self, eventLoop: context.eventLoop)
        let eventLoop = context.eventLoop
        let isTaken = pipeline.ingestNow(
          table: SQLIdentifier(urlForm: table), options: options, body: body
        ) { result in
          eventLoop.execute { owed.value.ingested(result) }
        }
        guard isTaken else { return machine.declined() }
        received.moveReaderIndex(forwardBy: headLength + bodyLength)
      }
    } catch {
      received.moveReaderIndex(forwardBy: headLength + bodyLength)
      write(WholeAnswer(error), context)
    }
  }

  // MARK: Parked polls

  /// A poll that waits: in the ledger for its records, in the latch for the server's end.
  private struct ParkedPoll {
    let request: HotRequest
    let headLength: Int
    let wait: ParkedWait
    let drainAction: Int
  }

  /// Without a task or a thread: the ledger's action brings the answer. False when there is nothing to wait
  /// for.
  private func park(
    _ request: HotRequest, _ pipeline: any DeployedPipeline, _ context: ChannelHandlerContext, headLength: Int
  ) throws(PipelineError) -> Bool {
    guard case .completionStatus(let token, let follow, let seconds) = request.route else { return false }
    let owed = NIOLoopBound(self, eventLoop: context.eventLoop)
    let eventLoop = context.eventLoop
    pollNumber += 1
    let number = pollNumber
    let wake: @Sendable () -> Void = { eventLoop.execute { owed.value.answerPoll(number) } }
    guard let wait = try pipeline.parkCompletion(token: token, follow: follow, seconds: seconds, wake) else {
      return false
    }
    parked = ParkedPoll(
      request: request, headLength: headLength, wait: wait, drainAction: environment.draining.whenOpen(wake))
    return true
  }

  private func answerPoll(_ number: Int) {
    guard number == pollNumber, let poll = endPoll(), let context,
      case .completionStatus(let token, let follow, _) = poll.request.route
    else { return }
    do throws(PipelineError) {
      let pipeline = try environment.directory.deployed(poll.request.pipeline)
      if let report = try pipeline.completionStatus(token: token, follow: follow) {
        received.moveReaderIndex(forwardBy: poll.headLength)
        write(WholeAnswer(report), context)
      } else {
        machine.declined()
      }
    } catch {
      received.moveReaderIndex(forwardBy: poll.headLength)
      write(WholeAnswer(error), context)
    }
    goOn(context)
  }

  /// Nobody will be answered for the poll that is parked.
  @discardableResult
  private func endPoll() -> ParkedPoll? {
    defer { parked = nil }
    parked?.wait.giveUp()
    if let parked { environment.draining.remove(parked.drainAction) }
    return parked
  }

  private func ingested(_ result: Result<IngressReceipt, PipelineError>) {
    // Without a context the client is gone; its records stay.
    guard let context else { return }
    switch result {
    case .success(let receipt): write(WholeAnswer(receipt), context)
    case .failure(let error): write(WholeAnswer(error), context)
    }
    goOn(context)
  }

  /// After an answer that was owed.
  private func goOn(_ context: ChannelHandlerContext) {
    resume(context)
    guard !machine.isAnswering else { return }
    if isReadHeld {
      isReadHeld = false
      isReading = true
      context.read()
    }
    let events = heldEvents
    heldEvents = []
    for event in events { handOn(event, context) }
  }

  private func write(_ answer: WholeAnswer, _ context: ChannelHandlerContext) {
    let bytes = writer.bytes(answer, now: environment.clock.wall(), context.channel.allocator)
    context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
    machine.answered()
    lastActivity = .now()
  }

  // MARK: What happens behind

  func exchangeBegan() {
    exchangesBehind += 1
    isRequestOpen = true
  }

  func requestEnded() { isRequestOpen = false }

  func exchangeEnded() {
    exchangesBehind = max(0, exchangesBehind - 1)
    lastActivity = .now()
    machine.responseEnded()
    if let context { resume(context) }
  }

  // MARK: Ends of the connection

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    // A client that closes its sending half counts as gone; what is known now is the last it gets.
    if parked != nil, let ended = event as? ChannelEvent, ended == .inputClosed { answerPoll(pollNumber) }
    switch event {
    case let event as ChannelShouldQuiesceEvent where machine.isAnswering: heldEvents.append(event)
    case let event as ChannelEvent where event == .inputClosed && machine.isAnswering: heldEvents.append(event)
    default: handOn(event, context)
    }
  }

  /// A request that will never be whole is refused by the routes behind.
  private func handOn(_ event: Any, _ context: ChannelHandlerContext) {
    if let ended = event as? ChannelEvent, ended == .inputClosed {
      machine.inputEnded()
      resume(context)
    }
    context.fireUserInboundEventTriggered(event)
  }

  private func watchIdleness(_ context: ChannelHandlerContext, in time: TimeAmount) {
    let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
    idleTimer = context.eventLoop.scheduleTask(in: time) { bound.value.checkIdleness() }
  }

  private func checkIdleness() {
    guard let context else { return }
    let owes = machine.isAnswering || exchangesBehind > 0 && !(isRequestOpen && isReading)
    let left = owes ? idleTimeout : lastActivity + idleTimeout - .now()
    if left.nanoseconds <= 0 { return context.close(promise: nil) }
    watchIdleness(context, in: left)
  }
}

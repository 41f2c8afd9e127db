import DataModel
import NIOCore
import PipelineRuntime
import Platform
import WireTypes
import Workflows

/// Answers the hot routes, small ingress bodies, completion polls, small cargo and its tracking, at the front of a
/// connection's channel, straight from and to bytes; all other requests pass to hummingbird untouched.
///
/// One a connection, on its event loop. Asks the same doors as the routes behind, and leaves a request to
/// them when a door says that it would have to wait. Hummingbird's side of the channel comes to be with the first
/// request that is passed on, so that a connection which only polls stays small. Also closes idle connections,
/// since nobody else sees every request, and holds back the ends of the connection (half-closure, quiescing)
/// while it owes an answer.
final class HotRouteHandler: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer
  typealias OutboundIn = IOData
  typealias OutboundOut = ByteBuffer

  /// Greatest body that is decoded on the event loop: some tens of microseconds.
  static let bodyBytesMax = 64 << 10
  /// The same of a body that becomes a tree of JSON.
  private static let loadBytesMax = 8 << 10
  /// Pipelined bytes that are read ahead while an answer is owed.
  private static let readAheadBytesMax = 64 << 10

  let environment: APIEnvironment
  let idleTimeout: TimeAmount
  /// Nil when hummingbird's handlers are there.
  private var rest: RestOfChannel?
  private var machine = HotConnectionMachine(bodyBytesMax: HotRouteHandler.bodyBytesMax)
  private(set) var context: ChannelHandlerContext?
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
  /// Bytes of a head were handed on that is not whole.
  private var isHeadBehind = false
  private var pace: RequestPace
  private var paceTimer: Scheduled<Void>?
  /// The poll that is owed an answer.
  var poll: StatusPoll?
  var lastQuestion = 0

  init(environment: APIEnvironment, idleTimeout: TimeAmount, rest: RestOfChannel? = nil) {
    self.environment = environment
    self.idleTimeout = idleTimeout
    self.rest = rest
    pace = RequestPace(environment.limits.pace)
  }

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    watchIdleness(context, in: idleTimeout)
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    self.context = nil
    idleTimer?.cancel()
    paceTimer?.cancel()
    dropPoll()
    rest?.drop()
  }

  func channelInactive(context: ChannelHandlerContext) {
    dropPoll()
    context.fireChannelInactive()
  }

  // MARK: Bytes

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    lastActivity = .now()
    isReading = false
    if pace.part != .none {
      pace.received(unwrapInboundIn(data).readableBytes, lastActivity.uptimeNanoseconds)
    }
    defer { notePart(context) }
    if machine.isCold {
      isHeadBehind = !isRequestOpen
      return context.fireChannelRead(data)
    }
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
        if let bytes = received.readSlice(length: count) { pass(bytes, context) }
      case .answer(let request, let headLength, let bodyLength):
        answer(request, context, headLength: headLength, bodyLength: bodyLength)
      }
    }
  }

  private func pass(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
    rest?.add(to: context.channel)
    rest = nil
    context.fireChannelRead(wrapInboundOut(bytes))
  }

  func read(context: ChannelHandlerContext) {
    if machine.isAnswering, received.readableBytes >= HotRouteHandler.readAheadBytesMax {
      isReadHeld = true
    } else {
      askForBytes(context)
    }
  }

  private func askForBytes(_ context: ChannelHandlerContext) {
    isReading = true
    if pace.part != .none { pace.asked(NIODeadline.now().uptimeNanoseconds) }
    context.read()
  }

  // MARK: Answers

  private func answer(
    _ request: HotRequest, _ context: ChannelHandlerContext, headLength: Int, bodyLength: Int
  ) {
    let admitted = HotAdmission.admit(request, bodyLength: bodyLength, environment)
    guard case .admitted(let admission) = admitted else {
      // The routes behind say it in the words of their dialect.
      switch request.route {
      case .tracking, .load: return machine.declined()
      case .ingest, .completionStatus: break
      }
      received.moveReaderIndex(forwardBy: headLength + bodyLength)
      if case .refused(let answer) = admitted { write(answer, context) }
      return
    }
    switch request.route {
    case .tracking(let cargo): track(cargo, admission, context, headLength: headLength)
    case .load: load(admission, context, headLength: headLength, bodyLength: bodyLength)
    case .completionStatus(let token, let follow, let seconds):
      received.moveReaderIndex(forwardBy: headLength)
      let poll = StatusPoll(
        pipeline: request.pipeline, key: request.key, token: token, follow: follow, seconds: seconds)
      ask(poll, admission, context)
    case .ingest(let table, let options):
      let body = received.getBytes(at: received.readerIndex + headLength, length: bodyLength) ?? []
      let owed = NIOLoopBound(self, eventLoop: context.eventLoop)
      let eventLoop = context.eventLoop
      do throws(PipelineError) {
        let pipeline = try admission.deployed()
        let isTaken = pipeline.ingestNow(
          table: SQLIdentifier(urlForm: table), options: options, body: body
        ) { result in
          eventLoop.execute { owed.value.ingested(result, admission) }
        }
        guard isTaken else { return decline(admission) }
        received.moveReaderIndex(forwardBy: headLength + bodyLength)
      } catch {
        received.moveReaderIndex(forwardBy: headLength + bodyLength)
        write(admission.complete(WholeAnswer(error)), context)
      }
    }
  }

  /// Answers from memory; what is not there is left to the routes behind.
  private func track(_ cargo: String, _ admission: HotAdmission, _ context: ChannelHandlerContext, headLength: Int) {
    guard let item = admission.item(cargo) else { return decline(admission) }
    received.moveReaderIndex(forwardBy: headLength)
    write(admission.complete(WholeAnswer(CargoBodies.tracking(item))), context)
  }

  /// Makes a cargo of what is good; the routes behind say what is wrong.
  private func load(
    _ admission: HotAdmission, _ context: ChannelHandlerContext, headLength: Int, bodyLength: Int
  ) {
    let bodyBytesMax = min(HotRouteHandler.loadBytesMax, environment.limits.bodyBytes)
    guard bodyLength <= bodyBytesMax, let work = admission.work,
      let body = received.getBytes(at: received.readerIndex + headLength, length: bodyLength),
      let load = try? CargoLoad(body, environment.work.settings)
    else { return decline(admission) }
    received.moveReaderIndex(forwardBy: headLength + bodyLength)
    let owed = NIOLoopBound(self, eventLoop: context.eventLoop)
    let eventLoop = context.eventLoop
    work.create([load.record(at: work.clock.wall())]) { result in
      eventLoop.execute { owed.value.loaded(load.answer, result, admission) }
    }
  }

  private func loaded(_ answer: JSONValue, _ result: Result<String, WorkError>, _ admission: HotAdmission) {
    if case .success = result { admission.note(records: 1) }
    guard let context else { return }
    switch result {
    case .success: write(admission.complete(WholeAnswer(answer)), context)
    case .failure(let error): write(admission.complete(WholeAnswer(CargoFailure(error))), context)
    }
    goOn(context)
  }

  /// The routes behind let the request in once more.
  private func decline(_ admission: HotAdmission) {
    admission.giveBack()
    machine.declined()
  }

  private func ingested(_ result: Result<IngressReceipt, PipelineError>, _ admission: HotAdmission) {
    if case .success(let receipt) = result { admission.note(receipt) }
    // Without a context the client is gone; its records stay.
    guard let context else { return }
    switch result {
    case .success(let receipt): write(admission.complete(WholeAnswer(receipt)), context)
    case .failure(let error): write(admission.complete(WholeAnswer(error)), context)
    }
    goOn(context)
  }

  /// After an answer that was owed may have been given.
  func goOn(_ context: ChannelHandlerContext) {
    resume(context)
    notePart(context)
    guard !machine.isAnswering else { return }
    if isReadHeld {
      isReadHeld = false
      askForBytes(context)
    }
    let events = heldEvents
    heldEvents = []
    for event in events { handOn(event, context) }
  }

  func write(_ answer: WholeAnswer, _ context: ChannelHandlerContext) {
    let bytes = writer.bytes(answer, now: environment.clock.wall(), context.channel.allocator)
    context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
    machine.answered()
    lastActivity = .now()
  }

  // MARK: What happens behind

  func exchangeBegan() {
    exchangesBehind += 1
    isRequestOpen = true
    isHeadBehind = false
    pace.begin(.body)
  }

  func requestEnded() {
    isRequestOpen = false
    pace.begin(.none)
  }

  func exchangeEnded() {
    exchangesBehind = max(0, exchangesBehind - 1)
    lastActivity = .now()
    machine.responseEnded()
    guard let context else { return }
    resume(context)
    notePart(context)
  }

  // MARK: Ends of the connection

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    // A client that closes its sending half counts as gone; what is known now is the last it gets.
    if let ended = event as? ChannelEvent, ended == .inputClosed { wakePoll() }
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
    if rest == nil { return context.fireUserInboundEventTriggered(event) }
    switch event {
    case is ChannelShouldQuiesceEvent: context.close(promise: nil)
    case let event as ChannelEvent where event == .inputClosed: context.close(mode: .output, promise: nil)
    default: break
    }
  }

  private func watchIdleness(_ context: ChannelHandlerContext, in time: TimeAmount) {
    let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
    idleTimer = context.eventLoop.scheduleTask(in: time) { bound.value.checkIdleness() }
  }

  private func checkIdleness() {
    guard let context else { return }
    let owes = machine.isAnswering || exchangesBehind > 0 && !(isRequestOpen && isReading)
    let left = owes ? idleTimeout : lastActivity + idleTimeout - .now()
    if left.nanoseconds <= 0 { return sendAway(context) }
    watchIdleness(context, in: left)
  }

  // MARK: Slow clients

  /// Of a request, what the server waits for.
  private var awaitedPart: RequestPace.Part {
    if isRequestOpen { return .body }
    if machine.isAnswering || exchangesBehind > 0 { return .none }
    if machine.isInBody { return .body }
    return received.readableBytes > 0 || isHeadBehind ? .head : .none
  }

  /// After whatever may have begun or ended a part. Most requests come whole, and have none here.
  private func notePart(_ context: ChannelHandlerContext) {
    let part = awaitedPart
    if part != pace.part { pace.begin(part) }
    guard part != .none, paceTimer == nil else { return }
    watchPace(context)
  }

  private func watchPace(_ context: ChannelHandlerContext) {
    guard let left = pace.left(NIODeadline.now().uptimeNanoseconds), self.context != nil else { return }
    let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
    let pause = environment.limits.pace.pause(left: left)
    paceTimer = context.eventLoop.scheduleTask(in: pause) { bound.value.checkPace() }
  }

  private func checkPace() {
    paceTimer = nil
    guard let context else { return }
    if pace.left(NIODeadline.now().uptimeNanoseconds) == 0 { sendAway(context) } else { watchPace(context) }
  }

  /// Of the request that is not whole, as far as its first line is there.
  private var awaitedPath: Substring {
    let line = received.readableBytesView.prefix { $0 != 0x0D && $0 != 0x0A }.split(separator: 0x20, maxSplits: 2)
    return line.count > 1 ? String(decoding: line[1], as: UTF8.self).prefix { $0 != "?" } : ""
  }

  /// A client that has stopped in the middle of a request is told so.
  private func sendAway(_ context: ChannelHandlerContext) {
    let watch = try? context.pipeline.syncOperations.handler(type: ExchangeWatch.self)
    if exchangesBehind == 1, isRequestOpen, let watch { return watch.sendAway() }
    if exchangesBehind == 0, received.readableBytes > 0 || pace.part == .head {
      var answer = Dialect(path: awaitedPath).answer(.stoppedSending, requestID: "")
      answer.fields.append(("Connection", "close"))
      let bytes = writer.bytes(answer, now: environment.clock.wall(), context.channel.allocator)
      context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
    }
    context.close(promise: nil)
  }
}

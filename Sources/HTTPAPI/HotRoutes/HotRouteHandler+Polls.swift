import NIOCore
import PipelineModel
import PipelineRuntime

/// A completion poll that is owed an answer: it is being asked, its answer comes from the disk, or it waits in the
/// ledger for its records and in the latch for the server's end.
struct StatusPoll {
  struct Parking {
    let wait: ParkedWait
    let drainAction: Int
  }

  let pipeline: String
  let key: String?
  let token: String
  let follow: Bool
  /// How long it may wait; 0 when it has waited.
  var seconds: Double
  /// Changes with each question, so that the late answer or wake-up of an earlier one is known.
  var question = 0
  var parking: Parking?

  /// The same, of a poll that has waited.
  var request: HotRequest {
    HotRequest(pipeline: pipeline, route: .completionStatus(token: token, follow: follow, seconds: 0), key: key)
  }
}

/// Polls without a task or a thread: what they wait for brings the answer.
extension HotRouteHandler {
  func ask(_ poll: StatusPoll, _ admission: HotAdmission, _ context: ChannelHandlerContext) {
    self.poll = poll
    ask(admission, context)
  }

  private func ask(_ admission: HotAdmission, _ context: ChannelHandlerContext) {
    guard let (poll, question) = nextQuestion() else { return }
    let owed = NIOLoopBound(self, eventLoop: context.eventLoop)
    let eventLoop = context.eventLoop
    do throws(PipelineError) {
      let pipeline = try admission.deployed()
      let report = try pipeline.completionStatus(token: poll.token, follow: poll.follow) { result in
        eventLoop.execute { owed.value.brought(result, question, admission) }
      }
      if let report { judge(.success(report), admission, context) }
    } catch { judge(.failure(error), admission, context) }
  }

  private func nextQuestion() -> (StatusPoll, Int)? {
    lastQuestion &+= 1
    poll?.question = lastQuestion
    return poll.map { ($0, $0.question) }
  }

  /// The disk has answered.
  private func brought(
    _ result: Result<CompletionReport, PipelineError>, _ question: Int, _ admission: HotAdmission
  ) {
    guard poll?.question == question, let context else { return }
    judge(result, admission, context)
    goOn(context)
  }

  /// Writes the answer, or lets the poll wait.
  private func judge(
    _ result: Result<CompletionReport, PipelineError>, _ admission: HotAdmission, _ context: ChannelHandlerContext
  ) {
    if case .success(let report) = result, !report.complete, let seconds = poll?.seconds, seconds > 0 {
      poll?.seconds = 0
      do throws(PipelineError) {
        // Nothing to wait for: it became complete in between.
        if try !park(seconds, admission, context) { ask(admission, context) }
      } catch { answer(.failure(error), admission, context) }
    } else {
      answer(result, admission, context)
    }
  }

  private func answer(
    _ result: Result<CompletionReport, PipelineError>, _ admission: HotAdmission, _ context: ChannelHandlerContext
  ) {
    poll = nil
    switch result {
    case .success(let report): write(admission.complete(WholeAnswer(report)), context)
    case .failure(let error): write(admission.complete(WholeAnswer(error)), context)
    }
  }

  private func park(
    _ seconds: Double, _ admission: HotAdmission, _ context: ChannelHandlerContext
  ) throws(PipelineError) -> Bool {
    guard let (poll, question) = nextQuestion() else { return false }
    let owed = NIOLoopBound(self, eventLoop: context.eventLoop)
    let eventLoop = context.eventLoop
    let wake: @Sendable () -> Void = { eventLoop.execute { owed.value.woken(question) } }
    guard
      let wait = try admission.deployed().parkCompletion(
        token: poll.token, follow: poll.follow, seconds: seconds, wake)
    else { return false }
    self.poll?.parking = StatusPoll.Parking(wait: wait, drainAction: environment.draining.whenOpen(wake))
    return true
  }

  private func woken(_ question: Int) {
    if poll?.question == question { wakePoll() }
  }

  /// Asks again for the poll that is parked, if one is.
  func wakePoll() {
    guard let poll, poll.parking != nil, let context else { return }
    endParking()
    // Its key may have been revoked meanwhile; the quota has counted it.
    switch HotAdmission.admit(poll.request, bodyLength: nil, environment) {
    case .admitted(let admission): ask(admission, context)
    case .refused(let answer):
      self.poll = nil
      write(answer, context)
    }
    goOn(context)
  }

  /// Nobody will be answered.
  func dropPoll() {
    endParking()
    poll = nil
  }

  private func endParking() {
    guard let parking = poll?.parking else { return }
    poll?.parking = nil
    parking.wait.giveUp()
    environment.draining.remove(parking.drainAction)
  }
}

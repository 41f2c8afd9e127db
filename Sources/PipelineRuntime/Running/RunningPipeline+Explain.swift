import Completion
import Ingress
import InputLog
import Outputs
import PipelineModel
import Platform
import StorageAPI

extension RunningPipeline {
  /// Steps that a story lists; a request rarely lies in more than two.
  private static let stepsListedMax = 100

  package func explain(token text: String) async throws(PipelineError) -> TokenStory {
    let (token, followed) = try resolve(text, follow: true)
    let completion = try await report(currentStatus(token), token, followed)
    let ledger = stages.ledger
    let steps: [LedgerStep]
    do {
      steps = try await environment.pool.run { () throws(StorageError) in
        try ledger.steps(of: token.range, limit: RunningPipeline.stepsListedMax)
      }
    } catch {
      throw PipelineError(.pipelineUnavailable, "the ledger cannot be read: \(error)", retryAfterSeconds: 1)
    }
    let endpoint = stages.endpoints.endpoint(token.endpoint)
    return TokenStory(
      completion: completion, incarnation: token.incarnation, range: token.range, endpoint: endpoint?.name,
      table: endpoint?.table, events: events(token, completion, steps))
  }

  private func events(
    _ token: CompletionToken, _ completion: CompletionReport, _ steps: [LedgerStep]
  ) -> [TokenStory.Event] {
    var events = [TokenStory.Event("received", at: token.receivedAt)]
    if token.rejected > 0 {
      var rejected = TokenStory.Event("rejected", at: token.receivedAt)
      rejected.count = UInt64(token.rejected)
      events.append(rejected)
    }
    var durable = TokenStory.Event("durable", at: stages.ledger.durableTime(of: token.range.end))
    durable.range = token.range
    durable.isDone = isDurable(token)
    events.append(durable)
    var first = token.range.first
    for step in steps {
      var event = TokenStory.Event("step", at: step.at)
      event.step = step.step.rawValue
      event.range = .clamped(first: first, end: min(step.end, token.range.end))
      first = step.end
      events.append(event)
    }
    let count = completion.step ?? steps.last.map { $0.step.completedCount }
    let deliveries = stages.outputs.readings().filter { !$0.isSubscriber }.map { delivery($0, token, count) }
    events += deliveries
    var complete = TokenStory.Event("complete", at: nil)
    complete.isDone = completion.complete
    complete.step = completion.step?.rawValue
    if completion.complete, deliveries.allSatisfy({ $0.at != nil }) {
      complete.at = (deliveries.map(\.at) + [steps.last?.at]).compactMap(\.self).max()
    }
    return events + [complete]
  }

  private func delivery(
    _ sink: OutputReading, _ token: CompletionToken, _ count: StepCount?
  ) -> TokenStory.Event {
    var event = TokenStory.Event(
      "delivered", at: count.flatMap { stages.ledger.deliveryTime(sink.name, of: $0) })
    event.sink = sink.name
    event.step = count?.rawValue
    event.isDone = stages.ledger.isMet(
      WaitCondition(.output(sink.name), token.range, stepsAtIssue: token.stepsAtIssue))
    if !event.isDone { event.lastError = sink.fatalError ?? sink.recentErrors.last?.message }
    return event
  }

  // MARK: Event streams

  package func watch(
    _ tokens: [(token: String, level: TokenLevel)], seconds: Double
  ) async throws(PipelineError) -> [TokenStanding] {
    let deadline = deadline(in: seconds)
    while true {
      var standings: [TokenStanding] = []
      var conditions: [WaitCondition] = []
      for (text, _) in tokens {
        let (standing, next) = try await standing(text)
        standings.append(standing)
        if let next { conditions.append(next) }
      }
      let hasNews = zip(tokens, standings).contains { $1.level > $0.level }
      guard !hasNews, !conditions.isEmpty, await stages.ledger.whenAny(conditions, deadline: deadline) else {
        if !hasNews { try checkOpen() }
        return standings
      }
    }
  }

  /// Records of an asynchronous request may not be, for a moment.
  private func isDurable(_ token: CompletionToken) -> Bool { token.range.end <= stages.appender.durableEnd }

  /// How far a token has come, and what would bring it further.
  private func standing(
    _ text: String
  ) async throws(PipelineError) -> (TokenStanding, next: WaitCondition?) {
    let (token, followed): (CompletionToken, String?)
    do {
      (token, followed) = try resolve(text, follow: true)
    } catch where error.code == .invalidParam {
      throw error
    } catch {
      return (TokenStanding(level: .gone, report: .failure(error)), nil)
    }
    let report = try await report(currentStatus(token), token, followed)
    if report.complete { return (TokenStanding(level: .complete, report: .success(report)), nil) }
    let processed = WaitCondition(.processed, token.range, stepsAtIssue: token.stepsAtIssue)
    let complete = WaitCondition(.complete, token.range, stepsAtIssue: token.stepsAtIssue)
    let isProcessed = stages.ledger.isMet(processed)
    return (
      TokenStanding(
        level: isProcessed ? .processed : isDurable(token) ? .durable : .unknown, report: .success(report)),
      isProcessed ? complete : processed
    )
  }
}

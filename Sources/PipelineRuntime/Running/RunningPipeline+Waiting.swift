import Completion
import DataModel
import Outputs
import PipelineModel
import Platform
import SQLFrontend

extension RunningPipeline {
  package func check(_ milestone: Milestone) throws(PipelineError) { _ = try ledgerGate(of: milestone) }

  package func wait(
    for text: String, until milestone: Milestone, follow: Bool, seconds: Double
  ) async throws(PipelineError) -> MilestoneReport {
    let (token, followed) = try resolve(text, follow: follow)
    var reached = true
    if let ledgerGate = try ledgerGate(of: milestone) {
      let condition = WaitCondition(ledgerGate, token.range, stepsAtIssue: token.stepsAtIssue)
      reached = stages.ledger.isMet(condition)
      if !reached, seconds > 0 {
        reached = await stages.ledger.whenAny([condition], deadline: deadline(in: seconds))
      }
    }
    let status = try await currentStatus(token)
    if !reached { try checkOpen() }
    return MilestoneReport(reached: reached, completion: try await report(status, token, followed))
  }

  package func parkCompletion(
    token text: String, follow: Bool, seconds: Double, _ action: @escaping @Sendable () -> Void
  ) throws(PipelineError) -> ParkedWait? {
    let (token, _) = try resolve(text, follow: follow)
    let condition = WaitCondition(.complete, token.range, stepsAtIssue: token.stepsAtIssue)
    let ledger = stages.ledger
    guard let id = ledger.park([condition], deadline: deadline(in: seconds), action) else { return nil }
    return ParkedWait { ledger.giveUp(id) }
  }

  func deadline(in seconds: Double) -> MonotonicTime {
    let nanoseconds = min(max(0, seconds) * 1e9, Double(Limits.waitNanosecondsMax))
    return MonotonicTime(nanoseconds: environment.clock.monotonic().nanoseconds + UInt64(nanoseconds))
  }

  /// A wait that ended because the life did is no answer.
  func checkOpen() throws(PipelineError) {
    guard gate.isClosed else { return }
    throw PipelineError(
      .pipelineInteractionNotDeployed, "the pipeline is stopping: ask again when it runs", retryAfterSeconds: 2)
  }

  /// Nil when durable is enough.
  private func ledgerGate(of milestone: Milestone) throws(PipelineError) -> LedgerGate? {
    switch milestone {
    case .durable: return nil
    case .processed: return .processed
    case .delivered: return .complete
    case .visible(let name):
      try checkQueryable(name)
      return .processed
    case .deliveredTo(let name):
      let sinks = stages.outputs.readings().filter { !$0.isSubscriber }.map(\.name)
      guard sinks.contains(name) else {
        let known = sinks.isEmpty ? "the pipeline has none" : "known are \(sinks.joined(separator: ", "))"
        throw PipelineError(.unknownOutputEndpoint, "unknown sink '\(name)': \(known)")
      }
      return .output(name)
    }
  }

  private func checkQueryable(_ name: SQLIdentifier) throws(PipelineError) {
    guard try egressRelation(name).materialized else {
      throw PipelineError(.invalidParam, "'\(name)' is not materialized, so that no query shows its rows")
    }
  }
}

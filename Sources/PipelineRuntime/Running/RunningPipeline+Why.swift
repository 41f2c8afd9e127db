import Completion
import InputLog
import Outputs
import PipelineModel
import Platform

extension RunningPipeline {
  package func why(token text: String) async throws(PipelineError) -> WhyReport {
    let (token, followed) = try resolve(text, follow: true)
    let completion = try await report(currentStatus(token), token, followed)
    let processedEnd = stages.ledger.totals.processedEnd
    let backlog = OffsetRange.clamped(first: processedEnd, end: token.range.end).count
    var reasons: [WhyReason] = []
    if !completion.complete {
      reasons = backlog > 0 ? backlogReasons(backlog, of: token) : outputReasons(token)
    }
    return WhyReport(
      completion: completion, reasons: reasons, backlogRecords: backlog,
      recordsPerSecond: stages.ledger.recordsPerSecond)
  }

  /// The records are in no step yet.
  private func backlogReasons(_ records: UInt64, of token: CompletionToken) -> [WhyReason] {
    let transaction = transaction(holding: token.range.end).map { [transactionReason($0)] } ?? []
    if gate.isPaused {
      return [
        WhyReason(
          kind: "paused", name: "pipeline", message: "the pipeline is paused, \(records) records wait",
          advice: "resume the pipeline: POST …/resume")
      ] + transaction
    }
    if !transaction.isEmpty { return transaction }
    // Steps wait while an output has no room, so an output that lags explains the backlog.
    let lagging = outputReasons(nil)
    let rate = UInt64(stages.ledger.recordsPerSecond)
    let backlog = WhyReason(
      kind: "backlog", name: "log",
      message: "\(records) records are to be processed before, at \(rate) records a second",
      advice: "wait for eta_ms; if the rate is 0, look at the reasons beside and at GET …/stats")
    return [backlog] + lagging
  }

  /// The outputs that have not delivered the token's records; all that lag without one.
  private func outputReasons(_ token: CompletionToken?) -> [WhyReason] {
    let readings = stages.outputs.readings()
    return stages.ledger.blockers().compactMap { blocker in
      if let token {
        let condition = WaitCondition(
          .output(blocker.name), token.range, stepsAtIssue: token.stepsAtIssue)
        if stages.ledger.isMet(condition) { return nil }
      }
      return readings.first { $0.name == blocker.name }.map { reason($0, lagSteps: blocker.lagSteps) }
    }
  }

  private func reason(_ output: OutputReading, lagSteps: UInt64) -> WhyReason {
    let error = output.fatalError ?? output.recentErrors.last?.message
    var reason: WhyReason
    if output.isSubscriber {
      reason = WhyReason(
        kind: "subscriber", name: output.name,
        message: "an egress subscriber of '\(output.relation)' has not read \(lagSteps) steps",
        advice: "let the client read or disconnect; one without progress for 30 s is disconnected")
    } else if output.fatalError != nil {
      reason = WhyReason(
        kind: "sink", name: output.name, message: "the sink has failed for good",
        advice: "mend what last_error names, then stop and start the pipeline")
      reason.isFatal = true
    } else if error != nil {
      reason = WhyReason(
        kind: "sink", name: output.name, message: "the sink fails and is tried again",
        advice: "mend what last_error names; delivery goes on by itself")
    } else {
      reason = WhyReason(
        kind: "sink", name: output.name, message: "the sink is \(lagSteps) steps behind",
        advice: "wait, or make the target faster")
    }
    reason.lagSteps = lagSteps
    reason.lastError = error
    return reason
  }
}

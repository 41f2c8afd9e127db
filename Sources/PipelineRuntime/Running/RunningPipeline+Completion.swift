import Ingress
import InputLog
import Outputs
import Completion
import DataModel
import PipelineModel
import Platform
import StepEngine
import StorageAPI

extension RunningPipeline {
  package func completionStatus(
    token text: String, follow: Bool, later: @escaping @Sendable (Result<CompletionReport, PipelineError>) -> Void
  ) throws(PipelineError) -> CompletionReport? {
    let (token, followed) = try resolve(text, follow: follow)
    // Replays of letters are counted on the disk.
    if !hasLetters(token), let status = stages.ledger.status(of: token.range, stepsAtIssue: token.stepsAtIssue),
      let viewErrors = stages.viewErrors.count(in: token.range)
    {
      return report(status, token, followed, viewErrors: viewErrors)
    }
    let isTaken = environment.statusPool.trySubmit { [self] in
      later(Result { () throws(PipelineError) in try storedReport(token, followed) })
    }
    guard isTaken else {
      throw PipelineError(.pipelineUnavailable, "too many polls wait for the disk", retryAfterSeconds: 1)
    }
    return nil
  }

  /// Blocks on the disk.
  private func storedReport(
    _ token: CompletionToken, _ followed: String?
  ) throws(PipelineError) -> CompletionReport {
    let (status, viewErrors): (LedgerStatus, UInt64)
    do throws(StorageError) {
      status = try stages.ledger.storedStatus(of: token.range, stepsAtIssue: token.stepsAtIssue)
      viewErrors = try stages.viewErrors.storedCount(in: token.range)
    } catch {
      try checkOpen()
      throw RunningPipeline.unreadable(error)
    }
    if case .inProgress = status { try checkOpen() }
    var report = report(status, token, followed, viewErrors: viewErrors)
    report.replayed = storedReplays(of: token)
    return report
  }

  private static func unreadable(_ error: StorageError) -> PipelineError {
    PipelineError(.pipelineUnavailable, "the ledger cannot be read: \(error)", retryAfterSeconds: 1)
  }

  package func waitForCompletion(
    token text: String, follow: Bool, seconds: Double
  ) async throws(PipelineError) -> CompletionReport {
    let (token, followed) = try resolve(text, follow: follow)
    if seconds > 0 {
      await stages.ledger.whenComplete(
        token.range, stepsAtIssue: token.stepsAtIssue, deadline: deadline(in: seconds))
    }
    let status = try await currentStatus(token)
    if case .inProgress = status { try checkOpen() }
    var report = try await report(status, token, followed)
    report.replayed = await replayedCount(token)
    return report
  }

  func currentStatus(_ token: CompletionToken) async throws(PipelineError) -> LedgerStatus {
    let ledger = stages.ledger
    if let status = ledger.status(of: token.range, stepsAtIssue: token.stepsAtIssue) { return status }
    do {
      return try await environment.pool.run { () throws(StorageError) in
        try ledger.storedStatus(of: token.range, stepsAtIssue: token.stepsAtIssue)
      }
    } catch {
      throw RunningPipeline.unreadable(error)
    }
  }

  package func completionToken(table: SQLIdentifier, connector: String) throws(PipelineError) -> String {
    let name = "\(table.canonical).\(connector)"
    guard let endpoint = stages.endpoints.all().first(where: { $0.name == name && !$0.isHTTP }) else {
      throw PipelineError(.unknownInputEndpoint, "unknown input endpoint '\(name)'")
    }
    // All that the endpoint has put into the log and is not complete yet lies in this range.
    let range = OffsetRange.clamped(first: stages.ledger.totals.completedEnd, end: stages.appender.durableEnd)
    return environment.sealer.seal(
      CompletionToken(
        pipeline: identity.pipeline, log: identity.log, incarnation: identity.incarnation,
        endpoint: endpoint.id,
        range: range, stepsAtIssue: stages.ledger.totals.initiatedSteps))
  }

  /// The token to answer for, and its text when it is a successor that was followed to.
  func resolve(
    _ text: String, follow: Bool
  ) throws(PipelineError) -> (token: CompletionToken, followed: String?) {
    guard let token = environment.sealer.open(text) else {
      throw PipelineError(
        .invalidParam, "invalid completion token: it is malformed or its signature is wrong")
    }
    let verdict = TokenJudge.judge(
      token, pipeline: identity.pipeline, log: identity.log, incarnation: identity.incarnation,
      history: identity.history)
    switch verdict {
    case .foreign:
      throw PipelineError(.invalidParam, "invalid completion token: it belongs to another pipeline")
    case .current:
      guard stages.endpoints.endpoint(token.endpoint) != nil else {
        throw PipelineError(
          .unknownEndpointInCompletionToken,
          "the endpoint of the token is unknown: endpoint=\(token.endpoint)")
      }
      return (token, nil)
    case .past(let past):
      let successor = past.successorRange.map { range in
        CompletionToken(
          pipeline: identity.pipeline, log: identity.log, incarnation: identity.incarnation,
          endpoint: token.endpoint, range: range,
          // Counts never go back, so a token over zero records stays complete at the count of its issue.
          stepsAtIssue: range.isEmpty ? token.stepsAtIssue : stages.ledger.totals.initiatedSteps,
          rejected: token.rejected, receivedAt: token.receivedAt, firstRejected: token.firstRejected)
      }
      if follow, past.lost.isEmpty, let successor { return (successor, environment.sealer.seal(successor)) }
      throw restarted(past, successor: successor.map { environment.sealer.seal($0) })
    }
  }

  private func restarted(_ past: PastToken, successor: String?) -> PipelineError {
    let lost = past.lost.map { "[\($0.first),\($0.end)]" }.joined(separator: ",")
    let details =
      "{\"token_incarnation\":\"\(past.tokenIncarnation)\",\"current_incarnation\":\"\(past.currentIncarnation)\","
      + "\"reason\":\"\(past.reason.rawValue)\",\"outcome\":\"\(past.outcome.rawValue)\","
      + "\"recovered_through\":\(past.recoveredThrough),\"lost\":[\(lost)],"
      + "\"successor\":\(successor.map { "\"\($0)\"" } ?? "null")}"
    let advice =
      past.lost.isEmpty ? "go on with the successor token" : "send the lost records again"
    return PipelineError(
      .pipelineRestarted,
      "the token belongs to an earlier life of the pipeline, which \(past.reason.rawValue): \(advice)",
      details: details)
  }

  func report(
    _ status: LedgerStatus, _ token: CompletionToken, _ followed: String?
  ) async throws(PipelineError) -> CompletionReport {
    let viewErrors = stages.viewErrors
    if let known = viewErrors.count(in: token.range) { return report(status, token, followed, viewErrors: known) }
    do {
      let stored = try await environment.pool.run { () throws(StorageError) in
        try viewErrors.storedCount(in: token.range)
      }
      return report(status, token, followed, viewErrors: stored)
    } catch {
      throw RunningPipeline.unreadable(error)
    }
  }

  private func report(
    _ status: LedgerStatus, _ token: CompletionToken, _ followed: String?, viewErrors: UInt64
  ) -> CompletionReport {
    var report: CompletionReport
    switch status {
    case .complete(let step):
      report = CompletionReport(complete: true, step: step, accepted: token.range.count)
    case .inProgress(let step):
      report = CompletionReport(complete: false, step: step, accepted: token.range.count)
      report.blockedBy = blockers(of: token, stepped: step != nil)
      report.etaMilliseconds = estimate(token)
    }
    report.rejected = UInt64(token.rejected)
    report.dead = stages.dead.count(in: token.range)
    report.viewErrors = viewErrors
    report.followedToken = followed
    return report
  }

  private func blockers(of token: CompletionToken, stepped: Bool) -> [Blocker] {
    if !stepped {
      if gate.isPaused { return [Blocker(kind: "paused", name: "pipeline", lagSteps: 0, lastError: nil)] }
      if let transaction = transaction(holding: token.range.end) {
        return [Blocker(kind: "transaction", name: "\(transaction.id)", lagSteps: 0, lastError: nil)]
      }
      return [Blocker(kind: "backlog", name: "log", lagSteps: 0, lastError: nil)]
    }
    let readings = stages.outputs.readings()
    return stages.ledger.blockers().map { blocker in
      let reading = readings.first { $0.name == blocker.name }
      return Blocker(
        kind: reading?.isSubscriber == true ? "subscriber" : "sink", name: blocker.name,
        lagSteps: blocker.lagSteps,
        lastError: reading?.fatalError ?? reading?.recentErrors.last?.message)
    }
  }

  /// From the current rate; nil when nothing moves.
  private func estimate(_ token: CompletionToken) -> UInt64? {
    let rate = stages.ledger.recordsPerSecond
    let isHeld = transaction(holding: token.range.end)?.isCommitting == false
    guard rate > 0, !gate.isPaused, !isHeld else { return nil }
    let left = OffsetRange.clamped(first: stages.ledger.totals.completedEnd, end: token.range.end).count
    let milliseconds = Double(left) / rate * 1000
    return milliseconds < 1e12 ? UInt64(milliseconds) : nil
  }
}

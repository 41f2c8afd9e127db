import Completion
import PipelineModel
import Platform

extension RunningPipeline {
  private typealias Member = Result<(token: CompletionToken, followed: String?), PipelineError>

  package func status(of group: TokenGroup, seconds: Double) async throws(PipelineError) -> GroupReport {
    let members = try members(of: group)
    let deadline = deadline(in: seconds)
    while true {
      let reports = try await reports(of: members)
      let report = RunningPipeline.report(reports, group.mode)
      if report.complete || seconds <= 0 { return report }
      let conditions = pendingConditions(members, reports, group.mode)
      guard !conditions.isEmpty, await stages.ledger.whenAny(conditions, deadline: deadline) else {
        try checkOpen()
        return RunningPipeline.report(try await self.reports(of: members), group.mode)
      }
    }
  }

  /// Tokens that will never be complete in this life fail the group, unless another may still do for it.
  private func members(of group: TokenGroup) throws(PipelineError) -> [Member] {
    var members: [Member] = []
    for (index, text) in group.tokens.enumerated() {
      do throws(PipelineError) {
        members.append(.success(try resolve(text, follow: group.follow)))
      } catch where error.code == .invalidParam {
        throw PipelineError(error.code, "\(error.message) (tokens[\(index)])", details: "{\"index\":\(index)}")
      } catch {
        members.append(.failure(error))
      }
    }
    var gone: [(index: Int, error: PipelineError)] = []
    for (index, member) in members.enumerated() {
      if case .failure(let error) = member { gone.append((index, error)) }
    }
    guard let first = gone.first, group.mode == .all || gone.count == members.count else { return members }
    let list = gone.map { "{\"index\":\($0.index),\"details\":\($0.error.details)}" }.joined(separator: ",")
    throw PipelineError(
      first.error.code, "\(gone.count) of \(members.count) tokens: \(first.error.message)",
      details: "{\"tokens\":[\(list)]}")
  }

  private func reports(
    of members: [Member]
  ) async throws(PipelineError) -> [Result<CompletionReport, PipelineError>] {
    var reports: [Result<CompletionReport, PipelineError>] = []
    reports.reserveCapacity(members.count)
    for member in members {
      switch member {
      case .success(let (token, followed)):
        reports.append(.success(try await report(currentStatus(token), token, followed)))
      case .failure(let error): reports.append(.failure(error))
      }
    }
    return reports
  }

  private static func report(
    _ members: [Result<CompletionReport, PipelineError>], _ mode: TokenGroup.Mode
  ) -> GroupReport {
    let known = members.compactMap { try? $0.get() }
    let steps = known.map(\.step)
    switch mode {
    case .all:
      let step = steps.contains(nil) ? nil : steps.compactMap(\.self).max()
      return GroupReport(complete: known.allSatisfy(\.complete), step: step, members: members)
    case .any:
      let done = known.filter(\.complete).compactMap(\.step).min()
      return GroupReport(
        complete: known.contains(where: \.complete), step: done ?? steps.compactMap(\.self).min(),
        members: members)
    }
  }

  /// Steps are in the order of offsets, so one of many ranges stands for the others: the first for any, the
  /// last for all.
  private func pendingConditions(
    _ members: [Member], _ reports: [Result<CompletionReport, PipelineError>], _ mode: TokenGroup.Mode
  ) -> [WaitCondition] {
    var byEnd: WaitCondition?
    var bySteps: WaitCondition?
    for (member, report) in zip(members, reports) {
      guard case .success(let (token, _)) = member, case .success(let known) = report, !known.complete else {
        continue
      }
      let condition = WaitCondition(.complete, token.range, stepsAtIssue: token.stepsAtIssue)
      if token.range.isEmpty {
        bySteps = RunningPipeline.pick(bySteps, condition, mode) { $0.stepsAtIssue.rawValue }
      } else {
        byEnd = RunningPipeline.pick(byEnd, condition, mode) { $0.range.end.rawValue }
      }
    }
    switch mode {
    case .any: return [byEnd, bySteps].compactMap(\.self)
    // One after the other.
    case .all: return (byEnd ?? bySteps).map { [$0] } ?? []
    }
  }

  private static func pick(
    _ known: WaitCondition?, _ other: WaitCondition, _ mode: TokenGroup.Mode,
    _ key: (WaitCondition) -> UInt64
  ) -> WaitCondition {
    guard let known else { return other }
    return (key(other) > key(known)) == (mode == .all) ? other : known
  }
}

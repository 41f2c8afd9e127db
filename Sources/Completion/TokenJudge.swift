package import PipelineModel

/// A genuine token of a former life: what became of its records (design, section 4).
package struct PastToken: Hashable, Sendable {
  package enum Outcome: String, Sendable { case recovered, lost }

  package let tokenIncarnation: Incarnation
  package let currentIncarnation: Incarnation
  /// How the token's own life ended.
  package let reason: EndReason
  package let outcome: Outcome
  /// End of what the log kept of that life.
  package let recoveredThrough: Offset
  /// Ranges to send again; empty when all was recovered.
  package let lost: [OffsetRange]
  /// What a successor token covers; nil when nothing is left to wait for.
  package let successorRange: OffsetRange?
}

/// Pure: whose token it is and what a past one has become. Status of a current one is the ledger's.
package enum TokenJudge {
  package enum Verdict: Hashable, Sendable {
    case current
    /// Of another pipeline.
    case foreign
    case past(PastToken)
  }

  package static func judge(
    _ token: CompletionToken, pipeline: PipelineID, log: LogID, incarnation: Incarnation,
    history: [IncarnationRow]
  ) -> Verdict {
    guard token.pipeline == pipeline else { return .foreign }
    if token.log == log, token.incarnation == incarnation { return .current }
    guard token.log == log, let life = history.first(where: { $0.incarnation == token.incarnation }) else {
      return .past(cleared(token, now: incarnation))
    }
    return .past(survived(token, life, now: incarnation))
  }

  /// The log that the token speaks of is gone.
  private static func cleared(_ token: CompletionToken, now: Incarnation) -> PastToken {
    PastToken(
      tokenIncarnation: token.incarnation, currentIncarnation: now, reason: .cleared, outcome: .lost,
      recoveredThrough: .zero, lost: token.range.isEmpty ? [] : [token.range], successorRange: nil)
  }

  private static func survived(_ token: CompletionToken, _ life: IncarnationRow, now: Incarnation)
    -> PastToken
  {
    let kept = OffsetRange.clamped(
      first: token.range.first, end: min(token.range.end, max(life.recoveredEnd, token.range.first)))
    let lost = OffsetRange.clamped(first: kept.end, end: token.range.end)
    return PastToken(
      tokenIncarnation: token.incarnation, currentIncarnation: now, reason: life.end ?? .crashed,
      outcome: lost.isEmpty ? .recovered : .lost, recoveredThrough: life.recoveredEnd,
      lost: lost.isEmpty ? [] : [lost], successorRange: lost.isEmpty || !kept.isEmpty ? kept : nil)
  }
}

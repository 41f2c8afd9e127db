package import DataModel
package import PipelineModel

/// What the faces may ask about tokens beyond their status.
package protocol TokenDoors: AnyObject, Sendable {
  /// Whether the pipeline has what the milestone names. Errors: `unknownOutputStream`, `unknownOutputEndpoint`,
  /// `invalidParam`.
  func check(_ milestone: Milestone) throws(PipelineError)
  /// Returns when the token's records have come so far, or after `seconds`.
  func wait(
    for token: String, until milestone: Milestone, follow: Bool, seconds: Double
  ) async throws(PipelineError) -> MilestoneReport
  /// Parks a poll without a task: `action` runs once, on any thread, when the token is complete or the time is
  /// up. Nil, and `action` never runs, when there is nothing to wait for.
  func parkCompletion(
    token: String, follow: Bool, seconds: Double, _ action: @escaping @Sendable () -> Void
  ) throws(PipelineError) -> ParkedWait?
  /// Many tokens as one: waits up to `seconds` until all or any of them are complete.
  func status(of group: TokenGroup, seconds: Double) async throws(PipelineError) -> GroupReport
}

/// How far records are to come before a request is answered.
package enum Milestone: Hashable, Sendable {
  case durable
  case processed
  /// In every view and acknowledged by every sink.
  case delivered
  /// Queries of this relation show them.
  case visible(SQLIdentifier)
  /// This sink has acknowledged them.
  case deliveredTo(String)

  /// `durable`, `processed`, `delivered`, `visible:<view>` or `delivered:<sink>`; nil for anything else.
  package init?(_ text: String) {
    switch text {
    case "durable": self = .durable
    case "processed": self = .processed
    case "delivered": self = .delivered
    default:
      let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
      guard parts.count == 2 else { return nil }
      switch parts[0] {
      case "visible": self = .visible(SQLIdentifier(urlForm: parts[1]))
      case "delivered": self = .deliveredTo(parts[1])
      default: return nil
      }
    }
  }
}

package struct MilestoneReport: Sendable {
  package let reached: Bool
  package let completion: CompletionReport

  package init(reached: Bool, completion: CompletionReport) {
    self.reached = reached
    self.completion = completion
  }
}

/// A poll that waits in the ledger.
package struct ParkedWait: Sendable {
  private let cancel: @Sendable () -> Void

  package init(_ cancel: @escaping @Sendable () -> Void) { self.cancel = cancel }

  /// Its action will not run any more, unless it runs already.
  package func giveUp() { cancel() }
}

package struct TokenGroup: Sendable {
  package enum Mode: String, CaseIterable, Sendable { case all, any }

  package let tokens: [String]
  package let mode: Mode
  package let follow: Bool

  package init(tokens: [String], mode: Mode, follow: Bool) {
    self.tokens = tokens
    self.mode = mode
    self.follow = follow
  }
}

package struct GroupReport: Sendable {
  package let complete: Bool
  /// Complete when total_completed_steps >= this; nil while it is not known.
  package let step: StepCount?
  /// In the order of the request; an error is why a token will never be complete.
  package let members: [Result<CompletionReport, PipelineError>]

  package init(complete: Bool, step: StepCount?, members: [Result<CompletionReport, PipelineError>]) {
    self.complete = complete
    self.step = step
    self.members = members
  }
}

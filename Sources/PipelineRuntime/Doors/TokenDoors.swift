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
  /// What holds a token back and what to do.
  func why(token: String) async throws(PipelineError) -> WhyReport
  /// What happened to a token's records, and when.
  func explain(token: String) async throws(PipelineError) -> TokenStory
  /// Returns when a token has come further than the level given for it, or after `seconds`: the levels of all.
  func watch(
    _ tokens: [(token: String, level: TokenLevel)], seconds: Double
  ) async throws(PipelineError) -> [TokenStanding]
}

/// How far a token has come, as an event stream tells it.
package enum TokenLevel: Int, Comparable, Sendable {
  case unknown = 0
  case durable = 1
  case processed = 2
  case complete = 3
  /// It will never be complete: its life is over and something of it is lost.
  case gone = 4

  package static func < (left: TokenLevel, right: TokenLevel) -> Bool { left.rawValue < right.rawValue }
  package var isFinal: Bool { self >= .complete }
}

package struct TokenStanding: Sendable {
  package let level: TokenLevel
  package let report: Result<CompletionReport, PipelineError>
  package init(level: TokenLevel, report: Result<CompletionReport, PipelineError>) {
    self.level = level
    self.report = report
  }
}

/// One thing that holds a token back.
package struct WhyReason: Sendable {
  /// `paused`, `transaction`, `backlog`, `sink`, `subscriber` or `restarted`.
  package let kind: String
  package let name: String
  package let message: String
  /// What to do about it.
  package let advice: String
  package var lagSteps: UInt64 = 0
  package var lastError: String?
  package var isFatal = false

  package init(kind: String, name: String, message: String, advice: String) {
    self.kind = kind
    self.name = name
    self.message = message
    self.advice = advice
  }
}

package struct WhyReport: Sendable {
  package let completion: CompletionReport
  package let reasons: [WhyReason]
  /// Records before the end of the token that are not through the circuit.
  package let backlogRecords: UInt64
  package let recordsPerSecond: Double

  package init(
    completion: CompletionReport, reasons: [WhyReason], backlogRecords: UInt64, recordsPerSecond: Double
  ) {
    self.completion = completion
    self.reasons = reasons
    self.backlogRecords = backlogRecords
    self.recordsPerSecond = recordsPerSecond
  }
}

/// The records of a token in the order of what happened to them.
package struct TokenStory: Sendable {
  package struct Event: Sendable {
    /// `received`, `rejected`, `durable`, `step`, `delivered` or `complete`.
    package let kind: String
    /// Nil when it is not known: in an earlier life, or too long ago.
    package var at: WallTime?
    package var isDone = true
    package var step: UInt64?
    package var range: OffsetRange?
    package var sink: String?
    package var count: UInt64?
    package var lastError: String?

    package init(_ kind: String, at: WallTime?) {
      self.kind = kind
      self.at = at
    }
  }

  package let completion: CompletionReport
  package let incarnation: Incarnation
  package let range: OffsetRange
  package let endpoint: String?
  package let table: String?
  package let events: [Event]

  package init(
    completion: CompletionReport, incarnation: Incarnation, range: OffsetRange, endpoint: String?,
    table: String?, events: [Event]
  ) {
    self.completion = completion
    self.incarnation = incarnation
    self.range = range
    self.endpoint = endpoint
    self.table = table
    self.events = events
  }
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

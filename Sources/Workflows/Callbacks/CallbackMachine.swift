package import PipelineModel

/// When callbacks are tried.
package struct CallbackSchedule: Sendable, Equatable {
  /// Before each attempt; after the last one the callback has failed.
  package var delaysSeconds: [Double] = [0, 60, 300, 900, 3600]
  /// Of one attempt.
  package var timeoutSeconds = 30.0
  /// A receiver that asks for more time is not waited for longer.
  package var retryAfterSecondsMax = 86_400.0
  /// Attempts under way at once, all receivers together,
  package var sendsMax = 256
  /// to one receiver,
  package var sendsPerHostMax = 64
  /// and to one whose latest attempt got no answer.
  package var sendsPerSlowHostMax = 4

  package init() {}
}

/// What became of one attempt.
package enum CallbackOutcome: Sendable, Equatable {
  case answered(status: Int, retryAfterSeconds: Int?)
  /// No answer: no connection, or the time was up.
  case failed(String)
  /// The target is not allowed: no attempt will be.
  case refused(String)
}

/// What an attempt leads to.
package enum CallbackDecision: Sendable, Equatable {
  case delivered
  case retry(afterSeconds: Double)
  case failed
}

/// Decides after each attempt. Pure.
package struct CallbackMachine: Sendable {
  /// Trying again would not help.
  package static let finalStatuses: Set<Int> = [400, 401, 403, 404, 405, 410]

  private let schedule: CallbackSchedule

  package init(_ schedule: CallbackSchedule) { self.schedule = schedule }

  /// `attempt`: from 1, since the callback was asked for. Redirects are answers that deliver nothing.
  package func decision(after attempt: Int, _ outcome: CallbackOutcome) -> CallbackDecision {
    let delay = attempt < schedule.delaysSeconds.count ? schedule.delaysSeconds[max(0, attempt)] : nil
    switch outcome {
    case .answered(let status, _) where (200..<300).contains(status): return .delivered
    case .answered(let status, _) where CallbackMachine.finalStatuses.contains(status): return .failed
    case .answered(let status, let wish?) where status == 429 || status == 503:
      // The receiver's own word counts, sooner or later than the schedule.
      return delay == nil
        ? .failed : .retry(afterSeconds: min(max(0, Double(wish)), schedule.retryAfterSecondsMax))
    case .answered, .failed: return delay.map { .retry(afterSeconds: $0) } ?? .failed
    case .refused: return .failed
    }
  }
}

/// A callback that is owed.
package struct CallbackDelivery: Sendable, Hashable {
  /// Of its item or group.
  package let id: String
  package let url: String
  /// Counts how often the callback was asked for: 1, and each explicit retry one more.
  package let round: Int
  /// Attempts made in this round.
  package var attempts: Int
  package var notBefore: WallTime

  package init(id: String, url: String, round: Int = 1, attempts: Int = 0, notBefore: WallTime) {
    self.id = id
    self.url = url
    self.round = round
    self.attempts = attempts
    self.notBefore = notBefore
  }
}

/// One attempt that was made.
package struct CallbackReport: Sendable {
  package let id: String
  package let round: Int
  /// From 1.
  package let attempt: Int
  package let outcome: CallbackOutcome
  package let decision: CallbackDecision
  /// When the next attempt is due.
  package let nextAt: WallTime?
}

package import PipelineModel

/// What became of one attempt.
package enum SendOutcome: Sendable, Equatable {
  case answered(status: Int, retryAfterSeconds: Int?)
  /// No answer: no connection, or the time was up.
  case failed(String)
  /// The target is not allowed: no attempt will be.
  case refused(String)
}

/// Pure: waiting → pending → delivered or dead; a replay makes the latter two pending again.
extension Webhook {
  /// Seconds before each attempt, as Standard Webhooks suggests; after the last one the webhook is dead.
  package static let scheduleSeconds: [Int64] = [
    0, 5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400,
  ]

  /// Its tokens have an outcome.
  package mutating func begin(_ payload: [UInt8], at now: WallTime) {
    guard state == .waiting else { return }
    self.payload = payload
    state = .pending
    notBefore = now
  }

  package mutating func attempted(_ outcome: SendOutcome, at now: WallTime) {
    guard state == .pending else { return }
    attemptCount += 1
    var delay = Int(attemptCount) < Webhook.scheduleSeconds.count ? Webhook.scheduleSeconds[Int(attemptCount)] : nil
    switch outcome {
    case .answered(let status, let retryAfter):
      keep(Attempt(at: now, status: UInt32(clamping: status), error: ""))
      if (200..<300).contains(status) {
        state = .delivered
        return
      }
      // 410: the receiver wants no more of it.
      if status == 410 { delay = nil }
      if let wish = retryAfter, let known = delay { delay = max(known, min(Int64(wish), 86_400)) }
    case .failed(let message): keep(Attempt(at: now, status: 0, error: message))
    case .refused(let message):
      keep(Attempt(at: now, status: 0, error: message))
      delay = nil
    }
    guard let delay else {
      state = .dead
      return
    }
    notBefore = WallTime(microseconds: now.microseconds + delay * 1_000_000)
  }

  /// False when there is nothing to send again.
  package mutating func replay(at now: WallTime) -> Bool {
    guard state == .delivered || state == .dead, !payload.isEmpty else { return false }
    state = .pending
    attemptCount = 0
    notBefore = now
    return true
  }

  private mutating func keep(_ attempt: Attempt) {
    attempts.append(attempt)
    if attempts.count > Webhook.attemptsKept { attempts.removeFirst() }
  }
}

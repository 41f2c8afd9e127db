import Synchronization

/// The first of several answers to one question, awaited by one task; later answers are dropped.
final class FirstAnswer<Answer: Sendable>: Sendable {
  private struct State {
    var answer: Answer?
    var waiter: CheckedContinuation<Answer, Never>?
  }

  private let state = Mutex(State())

  /// False when there was one already.
  @discardableResult
  func give(_ answer: Answer) -> Bool {
    let (isFirst, waiter) = state.withLock { state -> (Bool, CheckedContinuation<Answer, Never>?) in
      guard state.answer == nil else { return (false, nil) }
      state.answer = answer
      defer { state.waiter = nil }
      return (true, state.waiter)
    }
    waiter?.resume(returning: answer)
    return isFirst
  }

  /// Once.
  func wait() async -> Answer {
    await withCheckedContinuation { continuation in
      let known: Answer? = state.withLock { state in
        if state.answer == nil { state.waiter = continuation }
        return state.answer
      }
      if let known { continuation.resume(returning: known) }
    }
  }
}

import Synchronization

/// The first of several answers to one question, awaited by one task; later answers are dropped.
final class FirstAnswer<Answer: Sendable>: Sendable {
  private struct State {
    var answer: Answer?
    var waiter: CheckedContinuation<Answer, Never>?
  }

  private let state = Mutex(State())

  func give(_ answer: Answer) {
    let waiter: CheckedContinuation<Answer, Never>? = state.withLock { state in
      guard state.answer == nil else { return nil }
      state.answer = answer
      defer { state.waiter = nil }
      return state.waiter
    }
    waiter?.resume(returning: answer)
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

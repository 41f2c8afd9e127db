import Synchronization

/// Wakes one waiting loop. Wakes while nobody waits are kept as one. Thread-safe.
package final class WakeSignal: Sendable {
  private struct Timer {
    let at: ContinuousClock.Instant
    let task: Task<Void, Never>
  }

  private struct State {
    var isSet = false
    var isClosed = false
    var waiter: CheckedContinuation<Void, Never>?
    /// Outlives the waits that end before it: most of them do, and the next one needs it again.
    var timer: Timer?
    /// When the last wait ended.
    var wokenAt: ContinuousClock.Instant?
  }

  private let state = Mutex(State())

  deinit { state.withLock { $0.timer?.task.cancel() } }

  package init() {}

  package func wake() {
    let waiter = state.withLock { state in
      state.isSet = state.waiter == nil
      defer { state.waiter = nil }
      return state.waiter
    }
    waiter?.resume()
  }

  /// Every wait returns at once from now on.
  package func close() {
    let timer = state.withLock { state in
      state.isClosed = true
      defer { state.timer = nil }
      return state.timer
    }
    timer?.task.cancel()
    wake()
  }

  /// Until the next wake, or for so long at most; it may end earlier. One caller at a time.
  ///
  /// `pace`: a wait that would end sooner than so long after the one before ends then, whatever wakes it in between.
  package func wait(_ time: Duration?, atMostEvery pace: Duration = .zero) async {
    if let time, time > .zero { arm(in: time) }
    let isDue = time.map { $0 <= .zero } ?? false
    await withCheckedContinuation { continuation in
      let goesOn = state.withLock { state in
        if isDue || state.isSet || state.isClosed {
          state.isSet = false
          return true
        }
        state.waiter = continuation
        return false
      }
      if goesOn { continuation.resume() }
    }
    guard pace > .zero else { return }
    let (before, isClosed) = state.withLock { ($0.wokenAt, $0.isClosed) }
    if let next = before?.advanced(by: pace), !isClosed, next > .now {
      try? await Task.sleep(until: next, clock: .continuous)
    }
    state.withLock { state in
      state.wokenAt = .now
      // What was told meanwhile is seen by whoever goes on now.
      state.isSet = false
    }
  }

  private func arm(in time: Duration) {
    let at = ContinuousClock.now.advanced(by: time)
    let former = state.withLock { state -> Timer? in
      if state.isClosed { return nil }
      if let timer = state.timer, timer.at <= at { return nil }
      let task = Task { [weak self] in
        try? await Task.sleep(until: at, clock: .continuous)
        if !Task.isCancelled { self?.rang(at) }
      }
      defer { state.timer = Timer(at: at, task: task) }
      return state.timer
    }
    former?.task.cancel()
  }

  private func rang(_ at: ContinuousClock.Instant) {
    state.withLock { if $0.timer?.at == at { $0.timer = nil } }
    wake()
  }
}

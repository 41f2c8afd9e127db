import Synchronization

/// Wakes one waiting loop. Wakes while nobody waits are kept as one. Thread-safe.
final class WakeSignal: Sendable {
  private struct State {
    var isSet = false
    var isClosed = false
    var waiter: CheckedContinuation<Void, Never>?
  }

  private let state = Mutex(State())

  func wake() {
    let waiter = state.withLock { state in
      state.isSet = state.waiter == nil
      defer { state.waiter = nil }
      return state.waiter
    }
    waiter?.resume()
  }

  /// Every wait returns at once from now on.
  func close() {
    state.withLock { $0.isClosed = true }
    wake()
  }

  /// Until the next wake, or for so long. One caller at a time.
  func wait(_ time: Duration?) async {
    let timer = time.map { time in
      Task { [weak self] in
        try? await Task.sleep(for: time)
        if !Task.isCancelled { self?.wake() }
      }
    }
    await withCheckedContinuation { continuation in
      let goesOn = state.withLock { state in
        if state.isSet || state.isClosed {
          state.isSet = false
          return true
        }
        state.waiter = continuation
        return false
      }
      if goesOn { continuation.resume() }
    }
    timer?.cancel()
  }
}

import PipelineModel
import Synchronization

/// Where requests wait while the pipeline is paused, and are refused before it is ready and after it is
/// closed.
final class PauseGate: Sendable {
  private struct State {
    var ready = false
    var paused = false
    var closed = false
    var nextID: UInt64 = 0
    var waiting: [(id: UInt64, continuation: CheckedContinuation<Void, Never>)] = []
  }

  private let state = Mutex(State())

  var isOpenForData: Bool { state.withLock { $0.ready } }
  var isPaused: Bool { state.withLock { $0.paused } }
  var isClosed: Bool { state.withLock { $0.closed } }
  /// Whether a request may go on at once.
  var isOpen: Bool { state.withLock { $0.ready && !$0.paused && !$0.closed } }

  func setReady() { state.withLock { $0.ready = true } }

  func setPaused(_ paused: Bool) {
    let released = state.withLock { state in
      state.paused = paused
      return paused ? [] : PauseGate.takeAll(&state)
    }
    for waiter in released { waiter.resume() }
  }

  func close() {
    let released = state.withLock { state in
      state.closed = true
      return PauseGate.takeAll(&state)
    }
    for waiter in released { waiter.resume() }
  }

  private static func takeAll(_ state: inout State) -> [CheckedContinuation<Void, Never>] {
    let taken = state.waiting.map(\.continuation)
    state.waiting = []
    return taken
  }

  func checkReady() throws(PipelineError) {
    let (ready, closed) = state.withLock { ($0.ready, $0.closed) }
    if closed { throw PauseGate.terminating }
    if !ready {
      throw PipelineError(.initializing, "the pipeline is replaying its log", retryAfterSeconds: 1)
    }
  }

  /// Returns when the pipeline is not paused, or the task is cancelled. Errors: `initializing`,
  /// `terminating`.
  func pass() async throws(PipelineError) {
    try checkReady()
    // A pause may come back before the released request runs.
    repeat {
      let id = state.withLock { state in
        state.nextID += 1
        return state.nextID
      }
      await withTaskCancellationHandler {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
          let parked = state.withLock { state in
            guard state.paused, !state.closed, !Task.isCancelled else { return false }
            state.waiting.append((id, continuation))
            return true
          }
          if !parked { continuation.resume() }
        }
      } onCancel: {
        let released = state.withLock { state in
          state.waiting.firstIndex { $0.id == id }.map { state.waiting.remove(at: $0).continuation }
        }
        released?.resume()
      }
    } while isPaused && !isClosed && !Task.isCancelled
    if isClosed { throw PauseGate.terminating }
    if Task.isCancelled { throw PipelineError(.pipelineUnavailable, "the request was cancelled") }
  }

  static let terminating = PipelineError(.terminating, "the pipeline is stopping")
}

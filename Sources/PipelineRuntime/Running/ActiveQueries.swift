import PipelineModel
import Platform
import StepEngine
import Synchronization

/// The ad-hoc queries of one life that are being evaluated: bounded, and cancelled when the life ends.
final class ActiveQueries: Sendable {
  private struct State {
    var isClosed = false
    var lastID: UInt64 = 0
    var active: [UInt64: QueryAllowance] = [:]
  }

  private let state = Mutex(State())

  /// Errors: `tooManyWaiters`, `terminating`.
  func begin(_ allowance: QueryAllowance) throws(PipelineError) -> UInt64 {
    let admitted: Result<UInt64, PipelineError> = state.withLock { state in
      if state.isClosed { return .failure(PauseGate.terminating) }
      guard state.active.count < Limits.activeQueriesMax else {
        return .failure(
          PipelineError(
            .tooManyWaiters, "\(Limits.activeQueriesMax) queries of this pipeline are being evaluated",
            retryAfterSeconds: 1))
      }
      state.lastID += 1
      state.active[state.lastID] = allowance
      return .success(state.lastID)
    }
    return try admitted.get()
  }

  func end(_ id: UInt64) { state.withLock { _ = $0.active.removeValue(forKey: id) } }

  /// Cancels all; later ones are refused.
  func close() {
    let active = state.withLock { state in
      state.isClosed = true
      return state.active
    }
    for allowance in active.values { allowance.cancel() }
  }
}

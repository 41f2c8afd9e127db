import Synchronization

/// Bytes of memory that many tasks share: who wants more than is free waits, first come, first served. What a task
/// takes it takes at once, so that no two wait for each other. A class because its tasks share it. Thread-safe.
package final class ByteBudget: Sendable {
  private struct Waiter {
    let id: UInt64
    let bytes: Int
    let continuation: CheckedContinuation<Bool, Never>
  }

  private struct State {
    var free: Int
    var next: UInt64 = 0
    var waiting: [Waiter] = []
  }

  package let bytesMax: Int
  private let state: Mutex<State>

  package init(_ bytesMax: Int) {
    self.bytesMax = max(1, bytesMax)
    state = Mutex(State(free: max(1, bytesMax)))
  }

  /// How many are taken for a wish: more than there are counts as all, so that it has its turn, alone.
  package func share(_ bytes: Int) -> Int { min(max(0, bytes), bytesMax) }

  /// Returns when so many are taken, which must be given back; false, and none is taken, when the task was cancelled
  /// before or the time is over. `bytes`: a `share`; `time`: nil waits for ever.
  package func take(_ bytes: Int, within time: Duration? = nil) async -> Bool {
    let id = state.withLock { state in
      state.next += 1
      return state.next
    }
    return await withTaskCancellationHandler {
      var timer: Task<Void, Never>?
      defer { timer?.cancel() }
      return await withCheckedContinuation { (continuation: CheckedContinuation<Bool, Never>) in
        let answer: Bool? = state.withLock { state in
          if Task.isCancelled { return false }
          guard state.waiting.isEmpty, state.free >= bytes else {
            state.waiting.append(Waiter(id: id, bytes: bytes, continuation: continuation))
            return nil
          }
          state.free -= bytes
          return true
        }
        if let answer { return continuation.resume(returning: answer) }
        guard let time else { return }
        timer = Task { [self] in
          do { try await Task.sleep(for: time) } catch { return }
          leave(id)
        }
      }
    } onCancel: {
      leave(id)
    }
  }

  package func giveBack(_ bytes: Int) { letIn { $0.free += bytes } }

  private func leave(_ id: UInt64) {
    let waiter = state.withLock { state in
      state.waiting.firstIndex { $0.id == id }.map { state.waiting.remove(at: $0) }
    }
    guard let waiter else { return }
    waiter.continuation.resume(returning: false)
    // It may have stood before others that want less.
    letIn { _ in }
  }

  private func letIn(_ change: (inout State) -> Void) {
    let entering = state.withLock { state -> [Waiter] in
      change(&state)
      var count = 0
      while count < state.waiting.count, state.waiting[count].bytes <= state.free {
        state.free -= state.waiting[count].bytes
        count += 1
      }
      defer { state.waiting.removeFirst(count) }
      return Array(state.waiting.prefix(count))
    }
    for waiter in entering { waiter.continuation.resume(returning: true) }
  }
}

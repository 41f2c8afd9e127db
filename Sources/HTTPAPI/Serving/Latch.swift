import Synchronization

/// A flag that opens once and then stays open; actions registered before run when it opens. Thread-safe.
package final class Latch: Sendable {
  private struct State {
    var isOpen = false
    var lastID = 0
    var actions: [Int: @Sendable () -> Void] = [:]
  }

  private let state = Mutex(State())

  package init() {}

  package var isOpen: Bool { state.withLock { $0.isOpen } }

  /// Runs the registered actions on the caller's thread; later calls do nothing.
  package func open() {
    let actions = state.withLock { state in
      state.isOpen = true
      defer { state.actions = [:] }
      return state.actions
    }
    for action in actions.values { action() }
  }

  /// Registers an action, or runs it at once when the latch is open. The number takes it back.
  func whenOpen(_ action: @escaping @Sendable () -> Void) -> Int {
    let id: Int? = state.withLock { state in
      if state.isOpen { return nil }
      state.lastID += 1
      state.actions[state.lastID] = action
      return state.lastID
    }
    if id == nil { action() }
    return id ?? 0
  }

  func remove(_ id: Int) { state.withLock { _ = $0.actions.removeValue(forKey: id) } }
}

/// Reasons for which a long answer ends early: its client left, or the server stops.
struct Interruption: Sendable {
  let latches: [Latch]

  var isRaised: Bool { latches.contains { $0.isOpen } }

  /// Runs the operation and cancels its task when a latch opens; the operation still decides its result.
  func cancelling<Value: Sendable>(
    _ operation: @escaping @Sendable () async throws -> Value
  ) async throws -> Value {
    let task = Task { try await operation() }
    return try await observing({ task.cancel() }) {
      try await withTaskCancellationHandler {
        try await task.value
      } onCancel: {
        task.cancel()
      }
    }
  }

  /// Runs the operation; `action` runs once or more when a latch opens meanwhile.
  func observing<Value>(
    _ action: @escaping @Sendable () -> Void, _ operation: () async throws -> Value
  ) async throws -> Value {
    let ids = latches.map { $0.whenOpen(action) }
    defer { for (latch, id) in zip(latches, ids) { latch.remove(id) } }
    return try await operation()
  }
}

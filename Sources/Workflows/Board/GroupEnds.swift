import Synchronization

/// Lets tasks wait for the ends of groups. A class because the service that tells of changes knows it. Thread-safe.
package final class GroupEnds: Sendable {
  private struct State {
    var next: UInt64 = 0
    var waiting: [String: [UInt64: CheckedContinuation<Bool, Never>]] = [:]
  }

  private let service: WorkService
  private let state = Mutex(State())

  package init(service: WorkService) {
    self.service = service
    service.observe { [weak self] ids in self?.changed(ids) }
  }

  /// Returns when the group has ended, or is not open work at all; false when the task was cancelled before.
  package func wait(for id: String) async -> Bool {
    let number = state.withLock { state in
      state.next += 1
      return state.next
    }
    return await withTaskCancellationHandler {
      await withCheckedContinuation { waiter in
        state.withLock { $0.waiting[id, default: [:]][number] = waiter }
        // What came before is told to nobody.
        if Task.isCancelled {
          take(id, number)?.resume(returning: false)
        } else if isOver(id) {
          take(id, number)?.resume(returning: true)
        }
      }
    } onCancel: {
      take(id, number)?.resume(returning: false)
    }
  }

  private func take(_ id: String, _ number: UInt64) -> CheckedContinuation<Bool, Never>? {
    state.withLock { state in
      let waiter = state.waiting[id]?.removeValue(forKey: number)
      if state.waiting[id]?.isEmpty == true { state.waiting[id] = nil }
      return waiter
    }
  }

  private func changed(_ ids: [String]) {
    let watched = state.withLock { state in state.waiting.isEmpty ? [] : ids.filter { state.waiting[$0] != nil } }
    for id in watched where isOver(id) {
      let waiters = state.withLock { $0.waiting.removeValue(forKey: id) ?? [:] }
      for waiter in waiters.values { waiter.resume(returning: true) }
    }
  }

  /// What is not in memory is closed.
  private func isOver(_ id: String) -> Bool {
    guard case .group(let group) = service.held(subject: id) else { return true }
    return group.status.isEnded
  }
}

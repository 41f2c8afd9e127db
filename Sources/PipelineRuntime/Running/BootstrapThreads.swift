import PipelineModel
import Platform
package import StepEngine
import Synchronization

/// Computes the state of changed programs, each on a thread of its own, so that long ones hold up nothing else; at most
/// so many at once in the process, the others in the order in which they came. A class because all pipelines share it.
package final class BootstrapThreads: Sendable {
  private struct State {
    var free: Int
    /// Told true when it is their turn; who has given up meanwhile is passed over.
    var waiting: [(control: BootstrapControl, turn: FirstAnswer<Bool>)] = []
  }

  private let state: Mutex<State>

  package init(_ count: Int) { state = Mutex(State(free: count)) }

  /// Nil when it was given up, or is not wanted any more, before its turn. Progress says while it waits.
  package func run<Value: Sendable>(
    _ control: BootstrapControl, isWanted: @Sendable () async -> Bool, _ work: @escaping @Sendable () -> Value
  ) async -> Value? {
    let turn = FirstAnswer<Bool>()
    let isFree = state.withLock { state in
      guard state.free > 0 else {
        state.waiting.append((control, turn))
        return false
      }
      state.free -= 1
      return true
    }
    if isFree {
      turn.give(true)
    } else {
      var progress = BootstrapProgress()
      progress.isWaiting = true
      control.note(progress)
      control.whenCancelled { turn.give(false) }
      // A stop that came before found no wait to end.
      if await !isWanted() { giveUp(control) }
    }
    guard await turn.wait() else { return nil }
    guard await isWanted() else {
      leave()
      return nil
    }
    return await withCheckedContinuation { continuation in
      _ = DedicatedThread(name: "bootstrap") {
        let value = work()
        self.leave()
        continuation.resume(returning: value)
      }
    }
  }

  /// Ends its wait; a computation that has begun goes on.
  package func giveUp(_ control: BootstrapControl) {
    let turns = state.withLock { state in
      let turns = state.waiting.filter { $0.control === control }.map(\.turn)
      state.waiting.removeAll { $0.control === control }
      return turns
    }
    for turn in turns { turn.give(false) }
  }

  private func leave() {
    while true {
      let next = state.withLock { state -> FirstAnswer<Bool>? in
        guard !state.waiting.isEmpty else {
          state.free += 1
          return nil
        }
        return state.waiting.removeFirst().turn
      }
      guard let next else { return }
      if next.give(true) { return }
    }
  }
}

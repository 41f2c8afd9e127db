import PipelineModel
import Platform
import Synchronization

/// Removes the work of a project that ended so long ago that its results are not kept any longer: now and then, in
/// small lots, so that it holds up nothing else.
package final class WorkRetention: Sendable {
  /// 30 days.
  package static let secondsDefault = 2_592_000.0
  /// Groups and single items of one lot.
  private static let lot = 1000
  private static let pauseSecondsMax = 3600.0
  private static let firstPauseSecondsMax = 60.0

  private let service: WorkService
  private let task = Mutex<Task<Void, Never>?>(nil)

  package init(service: WorkService) { self.service = service }

  /// Once.
  package func start() {
    let pause = min(WorkRetention.pauseSecondsMax, max(0.1, service.retentionSeconds / 10))
    task.withLock { task in
      guard task == nil else { return }
      task = Task { [self] in
        var next = min(pause, WorkRetention.firstPauseSecondsMax)
        while true {
          do { try await Task.sleep(for: .seconds(next)) } catch { return }
          await sweep()
          next = pause
        }
      }
    }
  }

  /// Idempotent.
  package func close() { task.withLock { $0?.cancel() } }

  /// Removes all that is due; what fails is tried again by the next sweep. How many subjects it were.
  @discardableResult
  package func sweep() async -> Int {
    let time = service.clock.wall().after(seconds: -service.retentionSeconds)
    var count = 0
    while !Task.isCancelled, let removed = try? await service.removeEnded(before: time, limit: WorkRetention.lot),
      removed > 0
    { count += removed }
    return count
  }
}

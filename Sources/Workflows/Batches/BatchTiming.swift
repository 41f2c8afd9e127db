package import PipelineModel

/// How long a batch has taken and will take; computed from its events and counters alone.
package struct BatchTiming: Sendable, Hashable {
  package let startedAt: WallTime?
  package let endedAt: WallTime?
  /// Seconds since the start, until the end.
  package let elapsed: Double
  /// Seconds of the batch for each item that is completed: its throughput, with concurrency already in it.
  /// Nil until one is.
  package let averageItem: Double?
  /// Nil when nothing is known yet, when the batch does not run, and when it has ended.
  package let estimatedCompletion: WallTime?

  package init(_ group: WorkGroup, now: WallTime) {
    startedAt = BatchTiming.start(of: group)
    endedAt = group.endedAt
    let until = endedAt ?? max(now, group.updatedAt)
    elapsed = startedAt.map { Double(max(0, until.microseconds - $0.microseconds)) / 1_000_000 } ?? 0
    let progress = group.progress
    averageItem = progress.completed > 0 ? elapsed / Double(progress.completed) : nil
    guard let averageItem, group.status == .running else {
      estimatedCompletion = nil
      return
    }
    let seconds = Double(progress.pending + progress.processing) * averageItem
    let microseconds = Int64(exactly: (seconds * 1_000_000).rounded())
    let (sum, isTooFar) = until.microseconds.addingReportingOverflow(microseconds ?? Int64.max)
    estimatedCompletion = isTooFar ? nil : WallTime(microseconds: sum)
  }

  private static func start(of group: WorkGroup) -> WallTime? {
    if let running = group.reached(.running) { return running }
    // A group of another dialect may end without telling that it runs.
    return group.status == .completed ? group.createdAt : nil
  }

  /// Microseconds that a batch has run until `now`, its pauses left out.
  package static func running(_ group: WorkGroup, now: WallTime) -> Int64 {
    var (total, since): (Int64, WallTime?) = (0, nil)
    for event in group.events {
      if event.status == .running {
        since = since ?? event.at
      } else if let start = since {
        total += max(0, event.at.microseconds - start.microseconds)
        since = nil
      }
    }
    if let since { total += max(0, now.microseconds - since.microseconds) }
    return total
  }
}

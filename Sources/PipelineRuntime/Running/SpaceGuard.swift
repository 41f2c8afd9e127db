import PipelineModel
import Synchronization

/// Whether the disk and the pipeline's quota have room for more records; readings are at most a second old.
final class SpaceGuard: Sendable {
  /// Below this the disk counts as full: checkpoints, compaction and the end of a step must still fit.
  static let freeBytesMin: UInt64 = 64 << 20
  private static let readingNanoseconds: UInt64 = 1_000_000_000

  private struct State {
    var readAt: MonotonicTime?
    var shortage: String?
  }

  private let quotaBytes: UInt64?
  private let state = Mutex(State())

  /// `quotaMegabytes`: `resources.storage_mb_max` in units of 1,000,000 bytes.
  init(quotaMegabytes: Int?) {
    quotaBytes = quotaMegabytes.map { UInt64(clamping: $0).multipliedReportingOverflow(by: 1_000_000) }
      .map { $0.overflow ? .max : $0.partialValue }
  }

  /// True for one caller a second.
  func wantsReading(at now: MonotonicTime) -> Bool {
    state.withLock { state in
      if let last = state.readAt, now.since(last) < SpaceGuard.readingNanoseconds { return false }
      state.readAt = now
      return true
    }
  }

  /// Why there is no room; reads anew when the last reading is old. `reading` may block.
  func shortage(at now: MonotonicTime, _ reading: () -> (freeBytes: UInt64?, usedBytes: UInt64)) -> String? {
    if wantsReading(at: now) {
      let (free, used) = reading()
      note(freeBytes: free, usedBytes: used)
    }
    return shortage
  }

  /// Whether `wantsReading` would be true.
  func isStale(at now: MonotonicTime) -> Bool {
    state.withLock { state in state.readAt.map { now.since($0) >= SpaceGuard.readingNanoseconds } ?? true }
  }

  func note(freeBytes: UInt64?, usedBytes: UInt64) {
    var shortage: String?
    if let freeBytes, freeBytes < SpaceGuard.freeBytesMin {
      shortage = "the disk is full: \(freeBytes) bytes are free"
    }
    if let quotaBytes, usedBytes > quotaBytes {
      shortage = "the pipeline's storage quota is used up: \(usedBytes) of \(quotaBytes) bytes"
    }
    let found = shortage
    state.withLock { $0.shortage = found }
  }

  /// Why there is no room; nil when there is.
  var shortage: String? { state.withLock { $0.shortage } }
  var isShort: Bool { shortage != nil }
}

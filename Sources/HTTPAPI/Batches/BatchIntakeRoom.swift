import Platform
import Synchronization

/// Bounds what the bodies of new batches hold in memory while they are read. Thread-safe.
final class BatchIntakeRoom: Sendable {
  static let shared = BatchIntakeRoom()

  private let used = Mutex(0)

  /// Errors: there is no room now.
  func take(_ bytes: Int) throws(BatchFailure) {
    let isTaken = used.withLock { used in
      guard used + bytes <= Limits.batchIntakeBytesMax else { return false }
      used += bytes
      return true
    }
    guard isTaken else {
      var failure = BatchFailure(503, "service_unavailable", "Too many batches are being uploaded")
      failure.retryAfterSeconds = 2
      failure.suggestion = "Try again in a moment"
      throw failure
    }
  }

  func give(back bytes: Int) { used.withLock { $0 -= bytes } }
}

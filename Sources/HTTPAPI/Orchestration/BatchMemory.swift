import Platform

/// The memory that batches of chosen records, and files of them, share while they are made.
struct BatchMemory {
  private let budget: ByteBudget

  init(_ place: WorkPlace) { budget = place.settings.batchMemory }

  private static let waitSeconds = 30

  /// Does the work when so many bytes are free, or all are; 503 when they are not for too long. The work only reads and
  /// makes records: what waits for a log, which may be for ever, comes behind it, or all projects would wait too.
  func hold<Made>(_ bytes: Int, _ work: () async throws -> Made) async throws -> Made {
    let share = budget.share(bytes)
    guard await budget.take(share, within: .seconds(BatchMemory.waitSeconds)) else {
      if Task.isCancelled { throw CancellationError() }
      var failure = OrchestrationFailure(503, "unavailable", "too many batches are being made: try again")
      failure.retryAfterSeconds = 5
      throw failure
    }
    defer { budget.giveBack(share) }
    return try await work()
  }

  /// Does the work with room for a small batch, and anew with all the room when it fails with 413 because it is a large
  /// one: `textMax` bytes of JSON may be read, nil says as many as a batch may have. Most batches are small and do not
  /// wait for each other.
  func holdForText<Made>(_ work: (_ textMax: Int?) async throws -> Made) async throws -> Made {
    let small = Limits.smallBatchTextBytes
    do { return try await hold(small * Limits.jsonValueExpansion) { try await work(small) } } catch
      let failure as OrchestrationFailure where failure.isTooLarge
    {
      return try await hold(.max) { try await work(nil) }
    }
  }
}

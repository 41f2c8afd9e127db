package import PipelineModel
package import Platform
package import StorageAPI
import Synchronization

/// Which requests were answered under which key. Thread-safe.
///
/// The row of a key is in the same write as the records of its request, so both are there after a crash or
/// neither is. A request in flight holds its key: the next one with the same key waits for it.
package final class IdempotencyIndex: Sendable {
  package enum Claim: Sendable {
    /// Nobody was answered under the key: go on and give the claim to the session.
    case first(IdempotencyClaim)
    case answered(IdempotencyReplay)
  }

  private struct State {
    /// Keys in flight with those who wait for them.
    var inFlight: [[UInt8]: [UInt64: CheckedContinuation<Void, Never>]] = [:]
    var nextWaiter: UInt64 = 0
    var writtenSinceSweep = 0
  }

  private let store: any OrderedStore
  private let clock: any PipelineClock
  private let pool: BlockingPool
  private let retentionMicroseconds: Int64
  /// Steps initiated so far, for tokens over zero records.
  let steps: @Sendable () -> StepCount
  private let state = Mutex(State())

  /// New keys between two removals of the old ones.
  private static let sweepPeriod = 4096

  package init(
    store: any OrderedStore, clock: any PipelineClock, pool: BlockingPool,
    retentionSeconds: Int64 = Limits.idempotencyRetentionSeconds, steps: @escaping @Sendable () -> StepCount
  ) {
    self.store = store
    self.clock = clock
    self.pool = pool
    retentionMicroseconds = retentionSeconds * 1_000_000
    self.steps = steps
    pool.submit { [self] in sweep() }
  }

  /// Suspends while another request holds the key. Errors: `invalidParameter` for a key that is none,
  /// `storage`, `closed` when the task is cancelled.
  package func claim(_ text: String) async throws(IngressError) -> Claim {
    let key = Array(text.utf8)
    guard (1...Limits.idempotencyKeyBytesMax).contains(key.count) else {
      throw IngressError(
        .invalidParameter, "an idempotency key has 1 to \(Limits.idempotencyKeyBytesMax) bytes, not \(key.count)")
    }
    while true {
      let isMine = state.withLock { state in
        guard state.inFlight[key] == nil else { return false }
        state.inFlight[key] = [:]
        return true
      }
      if isMine { return try await look(key) }
      await waitForRelease(of: key)
      if Task.isCancelled { throw IngressError(.closed, "the request was cancelled") }
    }
  }

  private func look(_ key: [UInt8]) async throws(IngressError) -> Claim {
    let claim = IdempotencyClaim(index: self, key: key)
    do {
      let found = try await pool.run { [self] () throws(IngressError) in try row(key) }
      guard let found else { return .first(claim) }
      claim.release()
      return .answered(IdempotencyReplay(found))
    } catch {
      claim.release()
      throw error
    }
  }

  private func row(_ key: [UInt8]) throws(IngressError) -> IdempotencyRow? {
    let value: [UInt8]?
    do throws(StorageError) { value = try store.get(.base, KeySpace.idempotency.key(key)) } catch {
      throw IngressError(.storage, error.description)
    }
    guard let value else { return nil }
    guard let row = IdempotencyRow(value: value) else {
      // Taking the records a second time would be worse than an error.
      throw IngressError(.storage, "the answer kept under the idempotency key is damaged")
    }
    return row.at.microseconds >= oldest ? row : nil
  }

  private var oldest: Int64 { clock.wall().microseconds - retentionMicroseconds }

  private func waitForRelease(of key: [UInt8]) async {
    let id = state.withLock { state in
      state.nextWaiter += 1
      return state.nextWaiter
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
        let waits = state.withLock { state in
          guard state.inFlight[key] != nil, !Task.isCancelled else { return false }
          state.inFlight[key]?[id] = continuation
          return true
        }
        if !waits { continuation.resume() }
      }
    } onCancel: {
      state.withLock { $0.inFlight[key]?.removeValue(forKey: id) }?.resume()
    }
  }

  func release(_ key: [UInt8]) {
    let waiters = state.withLock { $0.inFlight.removeValue(forKey: key) } ?? [:]
    for id in waiters.keys.sorted() { waiters[id]?.resume() }
  }

  /// Adds the rows of an answered key to the write of its records. On the commit thread.
  func put(_ key: [UInt8], _ body: BodyDigest, _ outcome: IngestOutcome, to batch: inout WriteBatch) {
    let now = clock.wall()
    batch.put(
      KeySpace.idempotency.key(key), IdempotencyRow(body: body, at: now, outcome: outcome).value)
    batch.put(IdempotencyIndex.ageKey(now, key), [])
    let sweeps = state.withLock { state in
      state.writtenSinceSweep += 1
      guard state.writtenSinceSweep >= IdempotencyIndex.sweepPeriod else { return false }
      state.writtenSinceSweep = 0
      return true
    }
    if sweeps { pool.submit { [self] in sweep() } }
  }

  /// Removes what is older than the retention; a key that was used again since then stays. Blocks.
  package func sweep() {
    let end = IdempotencyIndex.ageKey(WallTime(microseconds: max(0, oldest)), [])
    var batch = WriteBatch()
    var (keys, agedKeys): ([[UInt8]], [[UInt8]]) = ([], [])
    // What cannot be read now is removed another time.
    try? store.scan(.base, from: KeySpace.idempotencyAge.key(), to: end) { aged, _ in
      keys.append(Array(aged.dropFirst(9)))
      agedKeys.append(aged)
      return keys.count < 100_000
    }
    if keys.isEmpty { return }
    for key in keys {
      guard let value = try? store.get(.base, KeySpace.idempotency.key(key)) else { continue }
      if let row = IdempotencyRow(value: value), row.at.microseconds >= oldest { continue }
      batch.delete(KeySpace.idempotency.key(key))
    }
    for aged in agedKeys { batch.delete(aged) }
    try? store.write(batch, .buffered)
  }

  private static func ageKey(_ time: WallTime, _ key: [UInt8]) -> [UInt8] {
    KeySpace.idempotencyAge.key(UInt64(max(0, time.microseconds))) + key
  }
}

/// The right to answer under a key. Released once, by whoever ends the request.
package final class IdempotencyClaim: Sendable {
  private let index: IdempotencyIndex
  private let key: [UInt8]
  private let isReleased = Atomic(false)

  init(index: IdempotencyIndex, key: [UInt8]) {
    self.index = index
    self.key = key
  }

  deinit { release() }

  var steps: StepCount { index.steps() }

  func put(_ body: BodyDigest, _ outcome: IngestOutcome, to batch: inout WriteBatch) {
    index.put(key, body, outcome, to: &batch)
  }

  package func release() {
    if !isReleased.exchange(true, ordering: .acquiringAndReleasing) { index.release(key) }
  }
}

/// A request whose key was answered before: its body is compared, not taken.
package final class IdempotencyReplay: Sendable {
  private let row: IdempotencyRow
  private let body = Mutex(BodyDigest())

  init(_ row: IdempotencyRow) { self.row = row }

  package func feed(_ bytes: [UInt8]) { body.withLock { $0.add(bytes) } }

  /// The answer of the first request. Errors: `keyReused` when this one is another.
  package func finish(_ endpoint: EndpointID) throws(IngressError) -> IngestOutcome {
    guard endpoint == row.outcome.endpoint else {
      throw IngressError(.keyReused, "the idempotency key was used for another table or format")
    }
    guard body.withLock({ $0 }) == row.body else {
      throw IngressError(.keyReused, "the idempotency key was used with another body")
    }
    return row.outcome
  }
}

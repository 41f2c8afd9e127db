import Checkpoints
import InputLog
import PipelineModel
import Platform
import StepEngine
import StorageAPI
import Synchronization

/// Takes checkpoints of one life, one after the other: asks the engine for its state, writes it on the pool,
/// then trims
/// what no kept checkpoint needs.
final class CheckpointCoordinator: Sendable {
  struct Parts: Sendable {
    let engine: StepEngine
    let store: any OrderedStore
    let checkpoints: CheckpointStore
    let fingerprint: [UInt8]
    let pool: BlockingPool
    let clock: any PipelineClock
    /// Makes the log's watermark durable, so that it is never behind a checkpoint.
    let syncWatermark: @Sendable () -> Void
    /// Nothing of the log is given back.
    let keepsLog: Bool
    /// What is kept below the oldest checkpoint.
    let retention: LogRetentionRule?
    let log: PipelineLogBuffer
  }

  private struct State {
    var activity = CheckpointActivity()
    var lastSequence: UInt64 = 0
    var kept: [CheckpointManifest] = []
    var tail: Task<Void, Never>?
    /// The one that has not begun; requests join it, so that at most one waits behind one that runs.
    var waiting: (sequence: UInt64, task: Task<Void, Never>)?
    var timer: Task<Void, Never>?
  }

  let parts: Parts
  private let state: Mutex<State>

  init(_ parts: Parts, kept: [CheckpointManifest]) {
    self.parts = parts
    var state = State()
    state.kept = kept
    self.state = Mutex(state)
  }

  var activity: CheckpointActivity { state.withLock { $0.activity } }

  /// Kept checkpoints, newest first.
  var summaries: [CheckpointSummary] {
    state.withLock { $0.kept }.map {
      CheckpointSummary(
        id: $0.id, fingerprint: Hexadecimal.text($0.fingerprint), sizeBytes: $0.sizeBytes, steps: $0.steps,
        processedRecords: $0.processedRecords)
    }
  }

  /// Takes a checkpoint each `seconds` from now on.
  func startTimer(seconds: Int) {
    let timer = Task { [weak self] in
      while !Task.isCancelled {
        do { try await Task.sleep(for: .seconds(seconds)) } catch { return }
        guard let self else { return }
        _ = request()
      }
    }
    state.withLock { $0.timer = timer }
  }

  func stopTimer() {
    let timer = state.withLock { state in
      let timer = state.timer
      state.timer = nil
      return timer
    }
    timer?.cancel()
  }

  /// Queues a checkpoint and answers its sequence number.
  func request() -> UInt64 { enqueue().sequence }

  /// Takes a checkpoint and waits for it. Nil when it succeeded.
  func takeAndWait() async -> String? {
    let (sequence, task) = enqueue()
    await task.value
    let activity = activity
    if let success = activity.success, success >= sequence { return nil }
    return activity.failure?.error ?? "the checkpoint was not taken"
  }

  private func enqueue() -> (sequence: UInt64, task: Task<Void, Never>) {
    state.withLock { state in
      if let waiting = state.waiting { return waiting }
      state.lastSequence += 1
      let sequence = state.lastSequence
      let before = state.tail
      let task = Task {
        await before?.value
        await self.perform(sequence)
      }
      state.tail = task
      state.waiting = (sequence, task)
      return (sequence, task)
    }
  }

  private func perform(_ sequence: UInt64) async {
    state.withLock { state in
      state.waiting = nil
      state.activity.running = true
    }
    let failure = await write()
    state.withLock { state in
      state.activity.running = false
      if let failure {
        state.activity.failure = CheckpointActivity.Failure(
          sequence: sequence, error: failure, failedAt: parts.clock.wall())
      } else {
        state.activity.success = sequence
      }
    }
    if let failure { parts.log.error("checkpoint failed: \(failure)") }
  }

  /// Nil when it succeeded.
  private func write() async -> String? {
    guard let capture = await parts.engine.capture() else { return "the pipeline has stopped" }
    let parts = parts
    let result: Result<CheckpointManifest, CheckpointFailure> = await parts.pool.run {
      parts.syncWatermark()
      do throws(CheckpointError) {
        return .success(try parts.checkpoints.write(capture.content(fingerprint: parts.fingerprint)))
      } catch { return .failure(CheckpointFailure(message: error.description)) }
    }
    switch result {
    case .failure(let failure): return failure.message
    case .success(let manifest):
      let kept = state.withLock { state in
        state.kept = Array(([manifest] + state.kept).prefix(Limits.checkpointsKept))
        return state.kept
      }
      await trim(kept)
      await parts.pool.run { parts.store.flush(beyond: Limits.checkpointFlushBytes) }
      return nil
    }
  }

  /// Drops the log, but for what is to be kept longer, and the journal below the oldest kept checkpoint.
  private func trim(_ kept: [CheckpointManifest]) async {
    guard !parts.keepsLog, kept.count == Limits.checkpointsKept, let oldest = kept.last else { return }
    let parts = parts
    let failure: String? = await parts.pool.run { () -> String? in
      do throws(LogError) {
        if let rule = parts.retention {
          try LogRetention.trim(
            store: parts.store, below: oldest.end, takenAt: oldest.createdAt, keeping: rule, now: parts.clock.wall())
        } else {
          try LogRetention.trim(store: parts.store, below: oldest.end)
        }
      } catch { return error.message }
      do throws(StepError) {
        try Journal(store: parts.store).trim(below: oldest.steps.nextIndex)
      } catch { return error.message }
      return nil
    }
    if let failure { parts.log.warning("the log cannot be trimmed: \(failure)") }
  }
}

private struct CheckpointFailure: Error {
  let message: String
}

/// Bytes as lower-case hexadecimal text.
enum Hexadecimal {
  static func text(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}

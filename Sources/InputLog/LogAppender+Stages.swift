package import PipelineModel
import Platform
import StorageAPI
import Synchronization

/// Large bodies: their parts are rows that no reader sees, until one small synced write makes them one range.
package extension LogAppender {
  func newStage() -> StageID { stages.withLock { $0.newStage() } }

  /// Writes one part, unsynced: publishing makes it durable. One call at a time a stage. The error `storage`
  /// fails the whole log, as a failed append does.
  func stage(_ blocks: [LogBlock], in stage: StageID) async -> Result<Void, LogError> {
    await stagePool.run { () -> Result<Void, LogError> in
      do throws(LogError) { return .success(try self.writePart(blocks, stage)) } catch {
        return .failure(error)
      }
    }
  }

  /// Makes all parts of the stage durable as one contiguous range, in order; the stage is gone afterwards.
  ///
  /// When it fails, nothing of the stage is in the log.
  func publish(_ stage: StageID, extra: LogExtra? = nil) async -> Result<OffsetRange, LogError> {
    guard let parts = stages.withLock({ $0.take(stage) }) else {
      return .failure(LogError(.unknownStage, "no such stage stage=\(stage)"))
    }
    let result = await withCheckedContinuation { continuation in
      enqueue(
        .parts(stage, parts), Ticket(extra: extra, completion: { continuation.resume(returning: $0) }))
    }
    if case .failure(let error) = result, error.code == .full { removeRows(of: stage) }
    return result
  }

  /// Drops the stage and its rows; nothing happens when it is not open.
  func abandon(_ stage: StageID) {
    guard let parts = stages.withLock({ $0.take(stage) }), !parts.isEmpty else { return }
    removeRows(of: stage)
  }
}

extension LogAppender {
  private func writePart(_ blocks: [LogBlock], _ stage: StageID) throws(LogError) {
    let number = try stages.withLock { stages throws(LogError) in try stages.nextPart(of: stage) }
    let packed = try PackedBlocks(blocks)
    guard packed.recordCount > 0 else { return }
    let value = LogGroup.encode(.part, first: .zero, [packed])
    var batch = WriteBatch()
    if number == 1 { batch.put(StageRow.key(stage, part: 0), StageRow(published: nil).value) }
    batch.put(StageRow.key(stage, part: number), value)
    do { try store.write(batch, .buffered) } catch {
      let failure = LogError(storage: error)
      fail(failure)
      throw failure
    }
    let part = StagedPart(
      part: number, records: packed.recordCount, checksum: LogGroup.checksum(in: value) ?? 0)
    if !stages.withLock({ $0.wrote(part, in: stage) }) { removeRows(of: stage) }
  }

  /// Behind the writes that wait. A failure leaves rows that the next recovery removes.
  private func removeRows(of stage: StageID) {
    stagePool.submit {
      var batch = WriteBatch()
      StageRow.remove(stage, in: &batch)
      try? self.store.write(batch, .buffered)
    }
  }
}

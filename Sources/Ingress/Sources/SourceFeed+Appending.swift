import ConnectorKit
import DataModel
import InputLog
import PipelineModel
import Platform
import StorageAPI
import Synchronization

extension SourceFeed {
  private static let fullNanoseconds: UInt64 = 20_000_000

  /// Makes a chunk and the position behind it durable. False when the feed is to end.
  func append(_ chunk: SourceChunk) throws(ConnectorError) -> Bool {
    let rows = chunk.rows.clearing(setup.table.skipped)
    let block = LogBlock(
      table: setup.endpoint.table, endpoint: setup.endpoint.id, recordCount: rows.count,
      inputBytes: max(0, chunk.sizeBytes), payload: ColumnCodec.encode(rows),
      decoded: appender.recent.decoded(rows))
    let row = SourceResumeRow(resume: chunk.resume, endOfInput: chunk.endOfInput)
    return try append(chunk.rows.count > 0 ? [block] : [], row)
  }

  /// Tries again while the log is full. Errors: fatal when the log failed.
  func append(_ blocks: [LogBlock], _ row: SourceResumeRow) throws(ConnectorError) -> Bool {
    let endpoint = setup.endpoint
    let tally = BlockTally(blocks)
    let key = SourceResumeRow.key(name)
    while !isStopped {
      endpoint.accept(tally)
      let result = appendAndWait(
        AppendRequest(blocks: blocks) { _ in
          var batch = WriteBatch()
          endpoint.commit(.none, to: &batch)
          batch.put(key, row.value)
          return batch
        })
      guard case .failure(let error) = result else {
        if row.endOfInput { endpoint.update { $0.endOfInput = true } }
        return true
      }
      endpoint.takeBack(tally)
      switch error.code {
      case .closed: return false
      case .full: nap(SourceFeed.fullNanoseconds)
      case .tooLarge, .storage, .corrupt, .lost, .unknownStage:
        throw ConnectorError(.fatal, "records cannot be stored: \(error.message)")
      }
    }
    return false
  }

  private func appendAndWait(_ request: AppendRequest) -> Result<OffsetRange, LogError> {
    let answer = AppendAnswer()
    appender.append(request) { answer.give($0) }
    return answer.take()
  }
}

/// Carries one answer from the commit thread to a waiting feed.
private final class AppendAnswer: Sendable {
  private let given = Signal()
  private let result = Mutex<Result<OffsetRange, LogError>?>(nil)

  func give(_ answer: Result<OffsetRange, LogError>) {
    result.withLock { $0 = answer }
    given.raise()
  }

  func take() -> Result<OffsetRange, LogError> {
    while true {
      if let answer = result.withLock({ $0 }) { return answer }
      _ = given.wait(timeoutNanoseconds: nil)
    }
  }
}

import InputLog
import PipelineModel
import Platform
import StepEngine

extension RunningPipeline {
  package func startTransaction() async throws(PipelineError) -> UInt64 {
    let id = try await change { desk throws(TransactionRefusal) in try desk.start() }
    log.info("transaction started id=\(id)")
    return id
  }

  package func commitTransaction() async throws(PipelineError) -> UInt64 {
    let id = try await change { desk throws(TransactionRefusal) in try desk.commit() }
    stages.engine.wake()
    log.info("transaction commit initiated id=\(id)")
    return id
  }

  private func change(
    _ body: @escaping @Sendable (TransactionDesk) throws(TransactionRefusal) -> UInt64
  ) async throws(PipelineError) -> UInt64 {
    try gate.checkReady()
    // What was answered before it was durable lies before the row, too.
    _ = await stages.appender.append(AppendRequest(blocks: []))
    let desk = stages.transactions
    do {
      return try await environment.pool.run { () throws(TransactionRefusal) in try body(desk) }
    } catch { throw refusal(error) }
  }

  private func refusal(_ refusal: TransactionRefusal) -> PipelineError {
    switch refusal {
    case .inProgress(let id, let isCommitting):
      return PipelineError(
        .transactionInProgress,
        isCommitting
          ? "transaction \(id) is being committed: wait until stats show no transaction_id"
          : "transaction \(id) is in progress: commit it first (POST …/commit_transaction)",
        details: "{\"transaction_id\":\(id),\"is_committing\":\(isCommitting)}")
    case .noneInProgress:
      return PipelineError(
        .noTransactionInProgress, "there is no transaction to commit: start one first (POST …/start_transaction)")
    case .storage(let message):
      // Whether the row is there shows when the storage is opened again, which the failure brings about.
      reporter.failed(
        identity.incarnation,
        DeploymentError(code: .storageFailure, message: "a transaction cannot be written: \(message)"))
      return PipelineError(
        .pipelineUnavailable, "the transaction could not be written, see transaction_id in stats for what became of it",
        retryAfterSeconds: 1)
    case .exhausted: return PipelineError(.internalError, "transaction numbers are exhausted")
    }
  }

  /// The transaction that holds records up to `end` back; nil when none does.
  func transaction(holding end: Offset) -> TransactionDesk.Reading? {
    stages.transactions.reading.flatMap { $0.range.first < end ? $0 : nil }
  }

  func transactionReason(_ transaction: TransactionDesk.Reading) -> WhyReason {
    let (id, records) = (transaction.id, transaction.range.count)
    guard transaction.isCommitting else {
      return WhyReason(
        kind: "transaction", name: "\(id)",
        message: "transaction \(id) is open since \(Timestamps.rfc3339(transaction.startedAt)) and holds "
          + "\(records) records",
        advice: "commit it: POST …/commit_transaction; its records show in views and sinks then, all at once")
    }
    return WhyReason(
      kind: "transaction", name: "\(id)",
      message: "transaction \(id) is being committed: \(transaction.takenRecords) of \(records) records are taken",
      advice: "wait; commit_progress in GET …/stats tells how far it is")
  }

  func transactionStats(now: WallTime) -> PipelineStats.Transaction? {
    stages.transactions.reading.map { reading in
      PipelineStats.Transaction(
        id: reading.id, isCommitting: reading.isCommitting,
        milliseconds: UInt64(clamping: (now.microseconds - reading.startedAt.microseconds) / 1000),
        records: reading.range.count, takenRecords: min(reading.takenRecords, reading.range.count))
    }
  }
}

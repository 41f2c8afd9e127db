import Dataflow
package import PipelineModel
import Platform
package import StorageAPI

/// The steps' share of a cut of the log: one step without effect takes the place of all that held the cut records.
package enum StepCut {
  /// Adds to a write what forgets every step behind the first `steps`, and numbers the cut itself above every number
  /// that was ever told. `range` begins where those steps end. `now` is the cut's NOW() when no step is known.
  /// Errors: `storage`, `corrupt`, `exhausted`.
  package static func put(
    _ range: OffsetRange, after steps: StepCount, now: WallTime, policy: RowErrorPolicy,
    in store: any OrderedStore
  ) throws(StepError) -> WriteBatch {
    let journal = Journal(store: store)
    let reserved = try StepReservation(store: store).bound
    let (newest, past) = try newestStep(in: store)
    let step = max(reserved, newest, steps).nextIndex
    let (bound, overflow) = step.rawValue.addingReportingOverflow(1)
    guard !overflow else { throw StepError(.exhausted, "step numbers are exhausted") }
    var row = JournalRow(
      step: step, range: range, now: max(past ?? now, try journal.newestNow() ?? past ?? now), records: 0)
    row.isDead = true
    row.tolerance = policy == .deadLetter ? .all : .deletions
    var batch = WriteBatch()
    let (first, end) = (range.first.rawValue, range.end.rawValue)
    batch.deleteRange(from: KeySpace.journal.key(steps.rawValue), to: KeySpace.journal.key(step.rawValue))
    // Rows by the end of their records: those that end where the cut begins are kept.
    for kind in [KeySpace.stepIndex, .viewErrors] {
      batch.deleteRange(from: kind.key(first &+ 1), to: kind.key(end) + [0])
    }
    batch.deleteRange(from: KeySpace.deadRecord.key(first), to: KeySpace.deadRecord.key(end))
    batch.delete(KeySpace.failedStep.key())
    try cutTransactions(row, after: steps, in: store, &batch)
    row.put(in: &batch)
    batch.put(KeySpace.stepsReserved.key(), KeySpace.bigEndian(bound))
    return batch
  }

  /// How many numbers the journal has used, and the latest NOW() in it. Damaged rows are passed over: they may be
  /// among those that go.
  private static func newestStep(in store: any OrderedStore) throws(StepError) -> (StepCount, WallTime?) {
    var count = StepCount.zero
    var latest: WallTime?
    do {
      try store.scan(.base, from: KeySpace.journal.key(), to: KeySpace.journal.end) { key, value in
        if let number = KeySpace.number(key, at: 1) { count = StepIndex(number).completedCount }
        if let row = try? JournalRow(key: key, value: value) { latest = max(latest ?? row.now, row.now) }
        return true
      }
    } catch { throw StepError(storage: error) }
    return (count, latest)
  }

  /// Transactions whose records are cut are over. The newest one stays, as taken by the cut: numbers go on from it.
  private static func cutTransactions(
    _ cut: JournalRow, after steps: StepCount, in store: any OrderedStore, _ batch: inout WriteBatch
  ) throws(StepError) {
    guard var last = try TransactionRow.last(in: store) else { return }
    var pairs: [(key: [UInt8], value: [UInt8])] = []
    do {
      try store.scan(.base, from: KeySpace.transaction.key(), to: last.key) { key, value in
        pairs.append((key, value))
        return true
      }
    } catch { throw StepError(storage: error) }
    for pair in pairs where try !TransactionRow(key: pair.key, value: pair.value).isTaken(by: steps) {
      batch.delete(pair.key)
    }
    guard !last.isTaken(by: steps) else { return }
    let end = max(last.first, cut.range.end)
    last.commit = last.commit ?? TransactionRow.Commit(end: end, at: cut.now, sliceBytes: 1)
    last.step = cut.step
    batch.put(last.key, last.value)
  }
}

extension TransactionRow {
  /// Whether one of the first `steps` steps holds it.
  fileprivate func isTaken(by steps: StepCount) -> Bool { step.map { steps.includes($0) } ?? false }
}

extension JournalRow {
  /// With a NOW() that is not before `microseconds`.
  func at(least microseconds: Int64) -> JournalRow {
    var row = JournalRow(
      step: step, range: range, now: max(now, WallTime(microseconds: microseconds)), records: records,
      transaction: transaction)
    row.isDead = isDead
    row.tolerance = tolerance
    return row
  }
}

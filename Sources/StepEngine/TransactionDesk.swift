package import PipelineModel
package import Platform
package import StorageAPI
import Synchronization

/// Starts and commits transactions, and tells the step loop where to wait. Safe from any thread.
///
/// A transaction begins at the log's durable end. The loop reads that end first and the bound after it: a step
/// planned before the start ends below it, one planned later sees it.
package final class TransactionDesk: Sendable {
  package struct Reading: Hashable, Sendable {
    package let id: UInt64
    package let isCommitting: Bool
    /// Records that belong to it, so far while it is open.
    package let range: OffsetRange
    package let startedAt: WallTime
    /// Of a commit: records in slices that were taken.
    package let takenRecords: UInt64
  }

  private struct State {
    var machine: TransactionMachine
    var takenRecords: UInt64 = 0
  }

  private let store: any OrderedStore
  private let clock: any PipelineClock
  private let durableEnd: @Sendable () -> Offset
  private let state: Mutex<State>

  /// Goes on with the transaction of an earlier life. Blocks. Errors: `corrupt`, `storage`.
  package init(
    store: any OrderedStore, clock: any PipelineClock, durableEnd: @escaping @Sendable () -> Offset
  ) throws(StepError) {
    self.store = store
    self.clock = clock
    self.durableEnd = durableEnd
    state = Mutex(State(machine: TransactionMachine(last: try TransactionRow.last(in: store))))
  }

  /// Records that become durable from now on belong to it. Durable on return; blocks.
  package func start() throws(TransactionRefusal) -> UInt64 {
    let now = clock.wall()
    return try write { [durableEnd] machine throws(TransactionRefusal) in
      try machine.start(at: durableEnd(), now: now)
    }
  }

  /// Everything that was durable before belongs to it, and nothing else. Durable on return; blocks. The step loop is
  /// to be woken then.
  package func commit(sliceBytes: Int = Limits.stepBytesMax) throws(TransactionRefusal) -> UInt64 {
    let now = clock.wall()
    return try write { [durableEnd] machine throws(TransactionRefusal) in
      try machine.commit(at: durableEnd(), now: now, sliceBytes: UInt64(max(1, sliceBytes)))
    }
  }

  /// A row whose write failed may be on the disk or not: it binds until the store is opened again.
  private func write(
    _ change: (inout TransactionMachine) throws(TransactionRefusal) -> TransactionRow
  ) throws(TransactionRefusal) -> UInt64 {
    let changed: Result<TransactionRow, TransactionRefusal> = state.withLock { state in
      do throws(TransactionRefusal) { return .success(try change(&state.machine)) } catch {
        return .failure(error)
      }
    }
    let row = try changed.get()
    var batch = WriteBatch()
    batch.put(row.key, row.value)
    do { try store.write(batch, .synced) } catch { throw .storage(error.description) }
    state.withLock { $0.machine.written() }
    return row.id
  }

  /// Nil when there is none.
  package var reading: Reading? {
    let end = durableEnd()
    return state.withLock { state in
      guard let row = state.machine.row else { return nil }
      let isCommitting = state.machine.isCommitting
      let range = isCommitting ? row.range : OffsetRange.clamped(first: row.first, end: end)
      return Reading(
        id: row.id, isCommitting: isCommitting, range: range, startedAt: row.startedAt,
        takenRecords: state.takenRecords)
    }
  }

  /// End of the records that wait for no step of their own: they are processed, or lie in the transaction.
  package func heldEnd(processedEnd: Offset) -> Offset {
    let reading = reading
    let taken = state.withLock { $0.machine.takenEnd }
    guard let reading, reading.range.first <= processedEnd else { return max(processedEnd, taken) }
    return max(processedEnd, reading.range.end)
  }

  // MARK: for the loop

  /// Read it after the durable end that it bounds.
  var bound: TransactionBound? { state.withLock { $0.machine.bound } }

  /// The one that is to be taken as one step.
  var committed: TransactionRow? {
    state.withLock { state in
      guard case .committed = state.machine.bound else { return nil }
      return state.machine.row
    }
  }

  /// The transaction of a journaled step. Errors: `corrupt` when it is not there.
  func journaled(_ row: JournalRow) throws(StepError) -> TransactionRow {
    guard let transaction = try TransactionRow.read(row.transaction, from: store), transaction.range == row.range
    else {
      throw StepError(
        .corrupt, "journaled step has no transaction step=\(row.step) transaction=\(row.transaction)")
    }
    return transaction
  }

  func sliceTaken(records: UInt64) { state.withLock { $0.takenRecords = records } }

  /// Its step is journaled and visible.
  func taken() {
    state.withLock { state in
      state.machine.taken()
      state.takenRecords = 0
    }
  }
}

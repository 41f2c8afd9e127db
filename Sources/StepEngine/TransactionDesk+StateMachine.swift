package import PipelineModel

/// What steps may take while there is a transaction.
package enum TransactionBound: Hashable, Sendable {
  /// Records from here on wait for the commit.
  case open(Offset)
  /// Records from here on are one step, up to the end of the transaction.
  case committed(Offset)

  package var first: Offset {
    switch self {
    case .open(let first), .committed(let first): first
    }
  }
}

/// Why a transaction was not started or committed.
package enum TransactionRefusal: Error, Hashable, Sendable {
  case inProgress(id: UInt64, isCommitting: Bool)
  case noneInProgress
  /// Its row could not be written, and nothing is known of it: the store is to be opened again.
  case storage(String)
  case exhausted
}

/// Pure: the one transaction that a pipeline may have. A state whose row is on its way to the disk binds as the
/// harder one beside it, so no step goes by what a crash could take back.
///
///     idle ─ start ─▶ starting ─ written ─▶ open ─ commit ─▶ committing ─ written ─▶ committed ─ taken ─▶ idle
struct TransactionMachine: Sendable {
  private enum State: Sendable {
    case idle
    case starting(TransactionRow)
    case open(TransactionRow)
    case committing(TransactionRow)
    case committed(TransactionRow)
  }

  private var state = State.idle
  private var lastID: UInt64
  /// End of the last one that was taken.
  private(set) var takenEnd = Offset.zero

  /// Goes on from the newest row; nil before the first.
  init(last: TransactionRow?) {
    lastID = last?.id ?? 0
    guard let last, last.step == nil else { return }
    state = last.commit == nil ? .open(last) : .committed(last)
  }

  /// The row that is to be written; then tell `written`.
  mutating func start(at first: Offset, now: WallTime) throws(TransactionRefusal) -> TransactionRow {
    if let row { throw .inProgress(id: row.id, isCommitting: isCommitting) }
    let (id, overflow) = lastID.addingReportingOverflow(1)
    guard !overflow else { throw .exhausted }
    let row = TransactionRow(id: id, first: first, startedAt: now)
    lastID = id
    state = .starting(row)
    return row
  }

  /// The row that is to be written; then tell `written`.
  mutating func commit(
    at end: Offset, now: WallTime, sliceBytes: UInt64
  ) throws(TransactionRefusal) -> TransactionRow {
    switch state {
    case .idle: throw .noneInProgress
    case .starting(let row): throw .inProgress(id: row.id, isCommitting: false)
    case .committing(let row), .committed(let row): throw .inProgress(id: row.id, isCommitting: true)
    case .open(var row):
      row.commit = TransactionRow.Commit(end: max(row.first, end), at: now, sliceBytes: sliceBytes)
      state = .committing(row)
      return row
    }
  }

  mutating func written() {
    switch state {
    case .starting(let row): state = .open(row)
    case .committing(let row): state = .committed(row)
    case .idle, .open, .committed: break
    }
  }

  /// Its step is journaled.
  mutating func taken() {
    if case .committed(let row) = state { takenEnd = max(takenEnd, row.range.end) }
    state = .idle
  }

  var row: TransactionRow? {
    switch state {
    case .idle: nil
    case .starting(let row), .open(let row), .committing(let row), .committed(let row): row
    }
  }

  var isCommitting: Bool {
    switch state {
    case .idle, .starting, .open: false
    case .committing, .committed: true
    }
  }

  var bound: TransactionBound? {
    switch state {
    case .idle: nil
    case .starting(let row), .open(let row), .committing(let row): .open(row.first)
    case .committed(let row): .committed(row.first)
    }
  }
}

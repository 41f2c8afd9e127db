import DataModel
import Dataflow
import InputLog
import PipelineModel
import Platform
import StorageAPI

/// A committed transaction is one step, taken in slices.
extension StepLoop {
  /// False when asked to stop on the way.
  mutating func takeTransaction(
    _ circuit: Circuit, _ reservation: inout StepReservation
  ) throws(StepError) -> Bool {
    guard var transaction = setup.transactions?.committed else { return true }
    guard transaction.first == processedEnd else {
      throw StepError(
        .corrupt,
        "transaction begins before the processed end transaction=\(transaction.id) offsets=\(transaction.range) "
          + "processed_end=\(processedEnd)")
    }
    setup.transactions?.sliceTaken(records: 0)
    try reservation.cover(nextStep)
    tell(nextStep)
    var row = JournalRow(
      step: nextStep, range: transaction.range, now: nextNow(circuit), records: transaction.range.count,
      transaction: transaction.id)
    row.tolerance = tolerance(circuit)
    let deadly = deadlyRecord.map { [$0] } ?? []
    guard let slices = try slices(of: transaction, as: row, dead: deadly, circuit, replayed: false) else {
      return false
    }
    transaction.step = row.step
    var batch = rows(of: slices.failed, passing: row.range)
    batch.mutations += row.errorRow(slices.viewErrors).mutations
    batch.put(transaction.key, transaction.value)
    try journal.record(row, with: batch)
    try finish(row, try slices.result(circuit), circuit, replayed: false)
    return true
  }

  /// False when asked to stop on the way.
  mutating func replayTransaction(_ row: JournalRow, _ circuit: Circuit) throws(StepError) -> Bool {
    guard let transaction = try setup.transactions?.journaled(row) else {
      throw StepError(.corrupt, "journaled step has a transaction step=\(row.step)")
    }
    let dead = try deadRecords(in: row.range)
    guard let slices = try slices(of: transaction, as: row, dead: dead, circuit, replayed: true) else {
      return false
    }
    guard slices.records == row.records else {
      throw StepError(
        .corrupt, "journaled step does not fit the log step=\(row.step) offsets=\(row.range) records=\(row.records)")
    }
    try finish(row, try slices.result(circuit), circuit, replayed: true)
    return true
  }

  /// The records that the step passed by when it was taken.
  private func deadRecords(in range: OffsetRange) throws(StepError) -> [Offset] {
    var dead: [Offset] = []
    do {
      try setup.store.scan(
        .base, from: KeySpace.deadRecord.key(range.first.rawValue), to: KeySpace.deadRecord.key(range.end.rawValue)
      ) { key, _ in
        if let number = KeySpace.number(key, at: 1) { dead.append(Offset(number)) }
        return true
      }
    } catch { throw StepError(storage: error) }
    return dead
  }

  /// Takes the records of a transaction through the circuit; nothing shows yet. Slices follow from the byte limit in
  /// its row, the dead records, and what fails; where they end shows in nothing. Nil when asked to stop on the way.
  private mutating func slices(
    of transaction: TransactionRow, as row: JournalRow, dead: [Offset], _ circuit: Circuit, replayed: Bool
  ) throws(StepError) -> StepSlices? {
    var slices = StepSlices(lateRows: circuit.lateRows)
    let bytesMax = Int(clamping: transaction.commit?.sliceBytes ?? UInt64(Limits.stepBytesMax))
    var planner = SlicePlanner(row.range, dead: dead, poison: poison)
    isTorn = true
    setup.mark?.begin(row.range)
    defer { setup.mark?.end() }
    circuit.tolerance = row.tolerance
    circuit.beginSlices()
    repeat {
      if planner.position > row.range.first, engine.readInbox().stopping { return nil }
      let collected = try collect(.clamped(first: planner.position, end: planner.sliceEnd), bytesMax: bytesMax)
      let slice = OffsetRange.clamped(first: planner.position, end: collected.end)
      guard !slice.isEmpty || row.range.isEmpty else {
        throw StepError(.corrupt, "the log ends within a transaction offset=\(planner.position)")
      }
      var deltas: [RelationDelta]?
      if planner.isDead {
        let reason = "the process ended when a step took the record"
        slices.pass(collected, replayed ? nil : failedRecord(row, slice, collected, reason))
      } else {
        do throws(EvaluationError) {
          deltas = try circuit.step(collected.inputs, now: row.now.microseconds)
        } catch {
          let failure = StepError(evaluation: error)
          guard failure.code == .evaluation, !slice.isEmpty, !replayed else { throw failure }
          try mayDie(slice, row, failure)
          if planner.cut(slice) { continue }
          slices.pass(collected, failedRecord(row, slice, collected, failure.message))
        }
      }
      do {
        if let deltas { try slices.add(collected, deltas, circuit) }
        _ = try circuit.upkeep()
      } catch { throw StepError(evaluation: error) }
      planner.passed(to: collected.end)
      setup.transactions?.sliceTaken(records: slices.records)
    } while !planner.isDone
    circuit.endSlices()
    isTorn = false
    return slices
  }

  /// Throws the error that ends the life, after it is journaled, when nobody has said that records may die.
  private func mayDie(_ slice: OffsetRange, _ row: JournalRow, _ error: StepError) throws(StepError) {
    guard setup.onRowError != .deadLetter, !isConsented(slice) else { return }
    let message =
      "\(error.message) step=\(row.step) transaction=\(row.transaction) offsets=\(slice) of \(row.range)"
    try FailedStep(
      step: row.step, range: row.range, dismissals: setup.dismissals, isTrap: false, message: message
    ).write(to: setup.store)
    throw StepError(.evaluation, message)
  }
}

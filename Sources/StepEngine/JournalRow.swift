package import Dataflow
package import PipelineModel
import Platform
package import StorageAPI

/// One row of the journal: what replay needs to take a step again exactly as it was taken.
///
/// Key `j` + step (u64). Value (big endian): form u8 = 1, + 1 when the records are dead letters, + 2 times the
/// `RowErrorTolerance`; first offset u64, end
/// offset u64, now i64 (microseconds), records u64, transaction u64 (0: none), CRC-32C u32 of all before it.
package struct JournalRow: Hashable, Sendable {
  package let step: StepIndex
  /// May be empty for the first step of a log.
  package let range: OffsetRange
  /// The step's NOW().
  package let now: WallTime
  package let records: UInt64
  /// The transaction that the step holds, taken in its slices; 0: none.
  package let transaction: UInt64
  /// The circuit gets none of the records: they are dead.
  package var isDead = false
  package var tolerance = RowErrorTolerance.none

  package init(
    step: StepIndex, range: OffsetRange, now: WallTime, records: UInt64, transaction: UInt64 = 0
  ) {
    self.step = step
    self.range = range
    self.now = now
    self.records = records
    self.transaction = transaction
  }

  /// The step that stands for offsets which were cut from the log: nothing is read for it.
  package var isCut: Bool { isDead && records == 0 && !range.isEmpty }

  package var key: [UInt8] { KeySpace.journal.key(step.rawValue) }

  package var value: [UInt8] {
    var writer = ByteWriter()
    writer.write(1 + (isDead ? 1 : 0) + 2 * tolerance.rawValue)
    writer.write(range.first.rawValue)
    writer.write(range.end.rawValue)
    writer.write(now.microseconds)
    writer.write(records)
    writer.write(transaction)
    writer.write(Checksum.crc32c(writer.bytes))
    return writer.bytes
  }

  /// The row in a key and its value. Errors: `corrupt` with the step's number where it can be read.
  package init(key: [UInt8], value: [UInt8]) throws(StepError) {
    guard let number = KeySpace.number(key, at: 1) else {
      throw StepError(.corrupt, "journal key is too short")
    }
    let fault = StepError(.corrupt, "journal row is damaged step=\(number)")
    guard let row = JournalRow(step: StepIndex(number), value: value) else { throw fault }
    self = row
  }

  private init?(step: StepIndex, value: [UInt8]) {
    do throws(ByteReaderError) {
      var reader = ByteReader(value)
      let form = try reader.readUInt8()
      let first = try reader.readUInt64()
      let end = try reader.readUInt64()
      let now = try reader.readInt64()
      let records = try reader.readUInt64()
      let transaction = try reader.readUInt64()
      let sum = try reader.readUInt32()
      guard form > 0, let tolerance = RowErrorTolerance(rawValue: (form - 1) / 2), reader.remaining == 0,
        sum == Checksum.crc32c(Array(value.dropLast(4))),
        let range = OffsetRange(first: Offset(first), end: Offset(end))
      else { return nil }
      self.init(
        step: step, range: range, now: WallTime(microseconds: now), records: records, transaction: transaction)
      isDead = form % 2 == 0
      self.tolerance = tolerance
    } catch { return nil }
  }
}

extension JournalRow {
  /// The row, and with records the one that finds it by offset.
  func put(in batch: inout WriteBatch) {
    batch.put(key, value)
    guard !range.isEmpty else { return }
    let now = UInt64(bitPattern: now.microseconds)
    batch.put(
      KeySpace.stepIndex.key(range.end.rawValue), KeySpace.bigEndian(step.rawValue) + KeySpace.bigEndian(now))
  }

  /// Goes with the row of a step that added rows to the error collection; nothing without records.
  func errorRow(_ count: UInt64) -> WriteBatch {
    var batch = WriteBatch()
    guard count > 0, !range.isEmpty else { return batch }
    batch.put(
      KeySpace.viewErrors.key(range.end.rawValue),
      KeySpace.bigEndian(range.first.rawValue) + KeySpace.bigEndian(count))
    return batch
  }
}

/// Reads and writes of the journal and of the offset → step rows.
package struct Journal: Sendable {
  private let store: any OrderedStore

  package init(store: any OrderedStore) { self.store = store }

  /// Writes the row of a step and, unless its range is empty, the row that finds the step by offset.
  /// Buffered: durable with the next synced write of the store. `extra` is written with it.
  package func record(_ row: JournalRow, with extra: WriteBatch = WriteBatch()) throws(StepError) {
    var batch = extra
    row.put(in: &batch)
    do { try store.write(batch, .buffered) } catch { throw StepError(storage: error) }
  }

  /// Rows of the steps from `first` on, in order; their ranges follow on each other from `offset`.
  package func rows(from first: StepIndex, startingAt offset: Offset) throws(StepError) -> [JournalRow] {
    var pairs: [(key: [UInt8], value: [UInt8])] = []
    do {
      try store.scan(.base, from: KeySpace.journal.key(first.rawValue), to: KeySpace.journal.end) {
        key, value in
        pairs.append((key, value))
        return true
      }
    } catch { throw StepError(storage: error) }
    var rows: [JournalRow] = []
    var expected = offset
    for pair in pairs {
      let row = try JournalRow(key: pair.key, value: pair.value)
      guard row.range.first == expected else {
        throw StepError(
          .corrupt,
          "journal has a gap step=\(row.step) expected_offset=\(expected) first_offset=\(row.range.first)")
      }
      expected = row.range.end
      rows.append(row)
    }
    return rows
  }

  /// NOW() of the last step with records; nil before the first.
  package func newestNow() throws(StepError) -> WallTime? {
    let row: (key: [UInt8], value: [UInt8])?
    do {
      row = try store.last(.base, from: KeySpace.stepIndex.key(), to: KeySpace.stepIndex.end)
    } catch { throw StepError(storage: error) }
    return row.flatMap { KeySpace.number($0.value, at: 8) }.map { WallTime(microseconds: Int64(bitPattern: $0)) }
  }

  /// Drops the rows of steps below `step`: a checkpoint holds their effect.
  package func trim(below step: StepIndex) throws(StepError) {
    var batch = WriteBatch()
    batch.deleteRange(from: KeySpace.journal.key(UInt64(0)), to: KeySpace.journal.key(step.rawValue))
    try TransactionRow.trim(below: step, in: store, &batch)
    do { try store.write(batch, .buffered) } catch { throw StepError(storage: error) }
  }
}

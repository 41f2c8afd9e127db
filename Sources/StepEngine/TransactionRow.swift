package import PipelineModel
import Platform
import StorageAPI

/// One transaction of a pipeline: the records that are taken as one step.
///
/// Key `t` + id u64. Value (big endian): version u8 = 1, state u8 (0 open, 1 committed, 2 taken), first offset u64,
/// started i64 (microseconds), end offset u64, committed i64, slice bytes u64, step u64, CRC-32C u32 of all before
/// it; what a state does not have yet is 0.
package struct TransactionRow: Hashable, Sendable {
  package struct Commit: Hashable, Sendable {
    package let end: Offset
    package let at: WallTime
    /// Input bytes of a slice: kept, so that another version takes the same slices again.
    package let sliceBytes: UInt64

    package init(end: Offset, at: WallTime, sliceBytes: UInt64) {
      self.end = end
      self.at = at
      self.sliceBytes = sliceBytes
    }
  }

  /// From 1 on, in the order of their starts.
  package let id: UInt64
  /// First record that belongs to it.
  package let first: Offset
  package let startedAt: WallTime
  /// Nil while it is open.
  package var commit: Commit?
  /// The journaled step that holds it.
  package var step: StepIndex?

  package init(id: UInt64, first: Offset, startedAt: WallTime) {
    self.id = id
    self.first = first
    self.startedAt = startedAt
  }

  private static let version: UInt8 = 1

  package var key: [UInt8] { KeySpace.transaction.key(id) }

  /// Of a committed one.
  package var range: OffsetRange { .clamped(first: first, end: commit?.end ?? first) }

  package var value: [UInt8] {
    var writer = ByteWriter()
    writer.write(TransactionRow.version)
    writer.write(UInt8(commit == nil ? 0 : step == nil ? 1 : 2))
    writer.write(first.rawValue)
    writer.write(startedAt.microseconds)
    writer.write(commit?.end.rawValue ?? 0)
    writer.write(commit?.at.microseconds ?? 0)
    writer.write(commit?.sliceBytes ?? 0)
    writer.write(step?.rawValue ?? 0)
    writer.write(Checksum.crc32c(writer.bytes))
    return writer.bytes
  }

  /// Errors: `corrupt` with the transaction's number where it can be read.
  package init(key: [UInt8], value: [UInt8]) throws(StepError) {
    guard key.count == 9, let id = KeySpace.number(key, at: 1) else {
      throw StepError(.corrupt, "transaction row has a foreign key")
    }
    guard let row = TransactionRow(id: id, value: value) else {
      throw StepError(.corrupt, "transaction row is damaged transaction=\(id)")
    }
    self = row
  }

  private init?(id: UInt64, value: [UInt8]) {
    do throws(ByteReaderError) {
      var reader = ByteReader(value)
      let version = try reader.readUInt8()
      let state = try reader.readUInt8()
      self.id = id
      first = Offset(try reader.readUInt64())
      startedAt = WallTime(microseconds: try reader.readInt64())
      let end = Offset(try reader.readUInt64())
      let at = WallTime(microseconds: try reader.readInt64())
      let sliceBytes = try reader.readUInt64()
      let step = StepIndex(try reader.readUInt64())
      let sum = try reader.readUInt32()
      guard version == TransactionRow.version, state <= 2, reader.remaining == 0,
        sum == Checksum.crc32c(Array(value.dropLast(4))), state == 0 || first <= end
      else { return nil }
      if state > 0 { commit = Commit(end: end, at: at, sliceBytes: sliceBytes) }
      if state > 1 { self.step = step }
    } catch { return nil }
  }

  /// Nil for a transaction that is not kept.
  static func read(_ id: UInt64, from store: any OrderedStore) throws(StepError) -> TransactionRow? {
    let key = KeySpace.transaction.key(id)
    let value: [UInt8]?
    do { value = try store.get(.base, key) } catch { throw StepError(storage: error) }
    guard let value else { return nil }
    return try TransactionRow(key: key, value: value)
  }

  /// The newest one; nil before the first.
  static func last(in store: any OrderedStore) throws(StepError) -> TransactionRow? {
    let pair: (key: [UInt8], value: [UInt8])?
    do {
      pair = try store.last(.base, from: KeySpace.transaction.key(), to: KeySpace.transaction.end)
    } catch { throw StepError(storage: error) }
    guard let pair else { return nil }
    return try TransactionRow(key: pair.key, value: pair.value)
  }

  /// Drops the rows of steps below `step`. The newest stays: numbers go on from it.
  static func trim(
    below step: StepIndex, in store: any OrderedStore, _ batch: inout WriteBatch
  ) throws(StepError) {
    guard let last = try last(in: store) else { return }
    var pairs: [(key: [UInt8], value: [UInt8])] = []
    do {
      try store.scan(.base, from: KeySpace.transaction.key(), to: last.key) { key, value in
        pairs.append((key, value))
        return true
      }
    } catch { throw StepError(storage: error) }
    for pair in pairs {
      if let taken = try TransactionRow(key: pair.key, value: pair.value).step, taken < step {
        batch.delete(pair.key)
      }
    }
  }
}

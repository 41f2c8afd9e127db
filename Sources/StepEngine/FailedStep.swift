package import PipelineModel
import Platform
package import StorageAPI

/// The step whose failure ended a life, as the journal remembers it until its range is taken.
///
/// Row `f`. Value (big endian): version u8 = 1 (2: the process ended with a trap), step u64, first offset u64, end
/// offset u64, dismissals u64, message (u32 length), CRC-32C u32 of all before it.
package struct FailedStep: Hashable, Sendable {
  package let step: StepIndex
  package let range: OffsetRange
  /// Deployment errors that had been dismissed when it failed: one more is the consent to dead letters.
  package let dismissals: UInt64
  /// The process ended in it with a trap.
  package let isTrap: Bool
  package let message: String

  package init(step: StepIndex, range: OffsetRange, dismissals: UInt64, isTrap: Bool, message: String) {
    self.step = step
    self.range = range
    self.dismissals = dismissals
    self.isTrap = isTrap
    self.message = message
  }

  package var value: [UInt8] {
    var writer = ByteWriter()
    writer.write(UInt8(isTrap ? 2 : 1))
    writer.write(step.rawValue)
    writer.write(range.first.rawValue)
    writer.write(range.end.rawValue)
    writer.write(dismissals)
    writer.writeString(message)
    writer.write(Checksum.crc32c(writer.bytes))
    return writer.bytes
  }

  package init?(_ value: [UInt8]) {
    do throws(ByteReaderError) {
      var reader = ByteReader(value)
      let version = try reader.readUInt8()
      guard version == 1 || version == 2 else { return nil }
      isTrap = version == 2
      step = StepIndex(try reader.readUInt64())
      let first = Offset(try reader.readUInt64())
      let end = Offset(try reader.readUInt64())
      dismissals = try reader.readUInt64()
      message = try reader.readString(max: value.count)
      let checked = reader.position
      guard try reader.readUInt32() == Checksum.crc32c(value[..<checked]), reader.remaining == 0,
        let range = OffsetRange(first: first, end: end)
      else { return nil }
      self.range = range
    } catch { return nil }
  }

  /// Durable on return, with all that was journaled before.
  package func write(to store: any OrderedStore) throws(StepError) {
    var batch = WriteBatch()
    batch.put(KeySpace.failedStep.key(), value)
    do { try store.write(batch, .synced) } catch { throw StepError(storage: error) }
  }

  /// Nil when no step failed since its range was taken. Errors: `corrupt`, `storage`.
  package static func read(from store: any OrderedStore) throws(StepError) -> FailedStep? {
    let value: [UInt8]?
    do { value = try store.get(.base, KeySpace.failedStep.key()) } catch { throw StepError(storage: error) }
    guard let value else { return nil }
    guard let row = FailedStep(value) else { throw StepError(.corrupt, "row of the failed step is damaged") }
    return row
  }
}

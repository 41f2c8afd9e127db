package import PipelineModel
import Platform
package import StorageAPI

/// Row 0 of a stage: whether its parts belong to the log. Parts are numbered from 1 and written behind it.
///
/// Key `p` + stage u64 + part u32. Value: version u8 = 1, state u8 (0 open, 1 published), first u64, end u64.
package struct StageRow: Hashable {
  /// The offsets that the published parts hold; nil while the stage is open.
  package let published: OffsetRange?

  package static func key(_ stage: StageID, part: UInt32) -> [UInt8] {
    KeySpace.stagedPart.key(stage.rawValue) + KeySpace.bigEndian(UInt64(part)).dropFirst(4)
  }

  /// Deletes all rows of the stage.
  package static func remove(_ stage: StageID, in batch: inout WriteBatch) {
    let (next, overflow) = stage.rawValue.addingReportingOverflow(1)
    batch.deleteRange(
      from: key(stage, part: 0), to: overflow ? KeySpace.stagedPart.end : key(StageID(next), part: 0))
  }

  package var value: [UInt8] {
    var writer = ByteWriter()
    writer.write(UInt8(1))
    writer.write(published != nil)
    writer.write(published?.first.rawValue ?? 0)
    writer.write(published?.end.rawValue ?? 0)
    return writer.bytes
  }

  package init(published: OffsetRange?) { self.published = published }

  /// Errors: `corrupt`.
  package init(_ value: [UInt8], stage: StageID) throws(LogError) {
    do throws(ByteReaderError) {
      var reader = ByteReader(value)
      let version = try reader.readUInt8()
      let isPublished = try reader.readBool()
      let first = Offset(try reader.readUInt64())
      let end = Offset(try reader.readUInt64())
      try reader.finish()
      guard version == 1, let range = OffsetRange(first: first, end: end) else { throw .notBool }
      published = isPublished ? range : nil
    } catch { throw LogError(.corrupt, "stage row is damaged stage=\(stage)") }
  }

  /// Every stage in the store in ascending order; reads one small row a stage.
  package static func all(in store: any OrderedStore) throws(LogError) -> [(stage: StageID, row: StageRow)] {
    var out: [(stage: StageID, row: StageRow)] = []
    var from = KeySpace.stagedPart.key(UInt64(0))
    while true {
      var found: (key: [UInt8], value: [UInt8])?
      do {
        try store.scan(.base, from: from, to: KeySpace.stagedPart.end) { key, value in
          found = (key, value)
          return false
        }
      } catch { throw LogError(storage: error) }
      guard let found else { return out }
      guard found.key.count == 13, let number = KeySpace.number(found.key, at: 1),
        found.key == key(StageID(number), part: 0)
      else { throw LogError(.corrupt, "stage has no first row key=\(found.key)") }
      out.append((StageID(number), try StageRow(found.value, stage: StageID(number))))
      guard number < .max else { return out }
      from = KeySpace.stagedPart.key(number + 1)
    }
  }
}

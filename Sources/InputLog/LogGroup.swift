package import PipelineModel
import Platform

/// The value of one row of the log, and of a staged part.
///
/// ```
/// magic u32 "TMLG" | version u8 | kind u8 | first offset u64 | records u64 | body | crc32c u32 of all before
/// kind 0, blocks:    block count u32 | blocks (see PackedBlocks)
/// kind 1, reference: stage u64 | part u32 | crc32c u32 that ends the part's row
/// kind 2, part:      as kind 0; lies in a staged-part row, its first offset is 0
/// kind 3, cut:       nothing: the records were taken out of the log, and nobody gets their offsets again
/// ```
package struct LogGroup {
  package enum Kind: UInt8 { case blocks = 0, reference = 1, part = 2, cut = 3 }

  package let kind: Kind
  package let first: Offset
  package let records: UInt64
  /// The whole value, checked.
  package let value: [UInt8]

  package static let magic: UInt32 = 0x544D_4C47
  package static let version: UInt8 = 1
  package static let headerLength = 22
  package static let checksumLength = 4
  /// Of a whole value of this kind.
  static let referenceLength = headerLength + 16 + checksumLength

  /// Where a reference points.
  package struct Reference: Hashable {
    package let stage: StageID
    package let part: UInt32
    package let checksum: UInt32

    package init(stage: StageID, part: UInt32, checksum: UInt32) {
      self.stage = stage
      self.part = part
      self.checksum = checksum
    }
  }

  package var range: OffsetRange { OffsetRange.clamped(first: first, end: Offset(first.rawValue + records)) }

  /// Checks length, checksum, version and arithmetic. Errors: `corrupt`.
  package init(_ value: [UInt8], at expected: Offset) throws(LogError) {
    func damaged(_ what: String) -> LogError {
      LogError(.corrupt, "log group is damaged: \(what) offset=\(expected)")
    }
    guard value.count >= LogGroup.headerLength + LogGroup.checksumLength else { throw damaged("too short") }
    guard LogGroup.checksum(in: value) == Checksum.crc32c(value[..<(value.count - LogGroup.checksumLength)])
    else {
      throw damaged("checksum")
    }
    var reader = ByteReader(value)
    do {
      guard try reader.readUInt32() == LogGroup.magic, try reader.readUInt8() == LogGroup.version,
        let kind = Kind(rawValue: try reader.readUInt8())
      else { throw damaged("unknown format") }
      self.kind = kind
      first = Offset(try reader.readUInt64())
      records = try reader.readUInt64()
    } catch let error as LogError { throw error } catch { throw damaged("header") }
    guard first == expected else { throw damaged("belongs to offset \(first)") }
    guard !first.rawValue.addingReportingOverflow(records).overflow else { throw damaged("record count") }
    self.value = value
  }

  /// The checksum that ends a value; nil when it is too short to have one.
  package static func checksum(in value: [UInt8]) -> UInt32? {
    guard value.count >= checksumLength else { return nil }
    return value.suffix(checksumLength).reduce(0) { $0 << 8 | UInt32($1) }
  }

  /// Errors: `corrupt` when this is no reference.
  package func reference() throws(LogError) -> Reference {
    var reader = ByteReader(value, from: LogGroup.headerLength)
    do throws(ByteReaderError) {
      let stage = try reader.readUInt64()
      let part = try reader.readUInt32()
      let checksum = try reader.readUInt32()
      guard kind == .reference, reader.remaining == LogGroup.checksumLength else { throw .trailingBytes }
      return Reference(stage: StageID(stage), part: part, checksum: checksum)
    } catch { throw LogError(.corrupt, "log reference is damaged offset=\(first)") }
  }

  // MARK: Writing

  /// A group or part of the given packed blocks, concatenated.
  package static func encode(_ kind: Kind, first: Offset, _ parts: [PackedBlocks]) -> [UInt8] {
    let bodyLength = parts.reduce(4) { $0 + $1.bytes.count }
    var writer = header(kind, first: first, records: parts.reduce(0) { $0 + $1.recordCount }, bodyLength)
    writer.write(UInt32(parts.reduce(0) { $0 + $1.blockCount }))
    for part in parts { writer.writeBytes(part.bytes) }
    writer.write(Checksum.crc32c(writer.bytes))
    return writer.bytes
  }

  package static func encode(_ reference: Reference, first: Offset, records: Int) -> [UInt8] {
    var writer = header(.reference, first: first, records: records, 16)
    writer.write(reference.stage.rawValue)
    writer.write(reference.part)
    writer.write(reference.checksum)
    writer.write(Checksum.crc32c(writer.bytes))
    return writer.bytes
  }

  /// The offsets that a cut leaves without records.
  package static func encode(cut range: OffsetRange) -> [UInt8] {
    var writer = header(.cut, first: range.first, records: Int(clamping: range.count), 0)
    writer.write(Checksum.crc32c(writer.bytes))
    return writer.bytes
  }

  private static func header(_ kind: Kind, first: Offset, records: Int, _ bodyLength: Int) -> ByteWriter {
    var writer = ByteWriter(reserving: headerLength + bodyLength + checksumLength)
    writer.write(magic)
    writer.write(version)
    writer.write(kind.rawValue)
    writer.write(first.rawValue)
    writer.write(UInt64(records))
    return writer
  }
}

package import PipelineModel
import Platform

/// What one checkpoint holds and where: the row whose synced write publishes it.
///
/// Value (big endian): version u8 = 2, id 16, sequence u64, steps u64, end u64, created i64, records u64,
/// bytes u64, bad u8, fingerprint, then traces and sections as counted lists of (name, refs), a ref being file, offset,
/// length, checksum and skipped rows; CRC-32C of all before it. Version 1 had runs without footers.
package struct CheckpointManifest: Hashable, Sendable {
  package struct Part: Hashable, Sendable {
    package let name: String
    package let refs: [BatchRef]
  }

  package let id: UniqueID
  /// Grows by one with each checkpoint of a log.
  package let sequence: UInt64
  package let steps: StepCount
  package let end: Offset
  package let createdAt: WallTime
  package let processedRecords: UInt64
  package let fingerprint: [UInt8]
  /// Bytes of state that it refers to.
  package let sizeBytes: UInt64
  /// Found damaged: kept only so that nobody takes it for good.
  package var isBad: Bool
  package let traces: [Part]
  package let sections: [Part]

  /// Data files that must stay while the manifest is kept.
  package var files: Set<String> { Set((traces + sections).flatMap(\.refs).map(\.file)) }

  package var encoded: [UInt8] {
    var writer = ByteWriter()
    writer.write(CheckpointManifest.version)
    writer.writeBytes(id.bytes)
    writer.write(sequence)
    writer.write(steps.rawValue)
    writer.write(end.rawValue)
    writer.write(createdAt.microseconds)
    writer.write(processedRecords)
    writer.write(sizeBytes)
    writer.write(UInt8(isBad ? 1 : 0))
    writer.writeLengthPrefixed(fingerprint)
    for parts in [traces, sections] {
      writer.write(UInt32(truncatingIfNeeded: parts.count))
      for part in parts { CheckpointManifest.write(part, to: &writer) }
    }
    writer.write(Checksum.crc32c(writer.bytes))
    return writer.bytes
  }

  /// Puts the content's new parts into `file` and names all of them.
  init(
    id: UniqueID, sequence: UInt64, createdAt: WallTime, content: CheckpointContent,
    file: inout CheckpointFile
  ) throws(CheckpointError) {
    self.id = id
    self.sequence = sequence
    self.createdAt = createdAt
    steps = content.steps
    end = content.end
    processedRecords = content.processedRecords
    fingerprint = content.fingerprint
    isBad = false
    var traces: [Part] = []
    for trace in content.traces {
      var refs: [BatchRef] = []
      for batch in trace.batches { refs.append(try file.place(batch)) }
      traces.append(Part(name: trace.id, refs: refs))
    }
    var sections: [Part] = []
    for section in content.sections {
      sections.append(Part(name: section.name, refs: [try file.append(section.bytes)]))
    }
    self.traces = traces
    self.sections = sections
    sizeBytes = (traces + sections).flatMap(\.refs).reduce(0) { $0 + $1.length }
  }

  private static func write(_ part: Part, to writer: inout ByteWriter) {
    writer.writeString(part.name)
    writer.write(UInt32(truncatingIfNeeded: part.refs.count))
    for ref in part.refs {
      writer.writeString(ref.file)
      writer.write(ref.offset)
      writer.write(ref.length)
      writer.write(ref.crc32c)
      writer.write(ref.skippedRows)
    }
  }

  private static let version: UInt8 = 2
  private static let nameBytesMax = 4096
  private static let fingerprintBytesMax = 1024
}

extension CheckpointManifest {
  /// The format version of whole bytes that another release wrote; nil for our own version and for damaged
  /// bytes.
  static func foreignVersion(_ bytes: [UInt8]) -> UInt8? {
    guard let first = body(of: bytes)?.first, first != version else { return nil }
    return first
  }

  /// What the checksum at the end covers; nil when it does not match.
  private static func body(of bytes: [UInt8]) -> [UInt8]? {
    guard bytes.count > 4 else { return nil }
    let body = Array(bytes.dropLast(4))
    var tail = ByteReader(Array(bytes.suffix(4)))
    guard let stored = try? tail.readUInt32(), stored == Checksum.crc32c(body) else { return nil }
    return body
  }

  /// Nil when the bytes are no whole manifest of a known version.
  package init?(encoded bytes: [UInt8]) {
    guard let body = CheckpointManifest.body(of: bytes) else { return nil }
    do throws(ByteReaderError) {
      var reader = ByteReader(body)
      guard try reader.readUInt8() == CheckpointManifest.version,
        let id = UniqueID(bytes: try reader.readBytes(16)) else { return nil }
      self.id = id
      sequence = try reader.readUInt64()
      steps = StepCount(try reader.readUInt64())
      end = Offset(try reader.readUInt64())
      createdAt = WallTime(microseconds: try reader.readInt64())
      processedRecords = try reader.readUInt64()
      sizeBytes = try reader.readUInt64()
      isBad = try reader.readUInt8() != 0
      fingerprint = try reader.readLengthPrefixed(max: CheckpointManifest.fingerprintBytesMax)
      traces = try CheckpointManifest.readParts(&reader)
      sections = try CheckpointManifest.readParts(&reader)
      guard reader.remaining == 0 else { return nil }
    } catch { return nil }
  }

  private static func readParts(_ reader: inout ByteReader) throws(ByteReaderError) -> [Part] {
    var parts: [Part] = []
    for _ in 0..<(try reader.readUInt32()) {
      let name = try reader.readString(max: nameBytesMax)
      var refs: [BatchRef] = []
      for _ in 0..<(try reader.readUInt32()) {
        let file = try reader.readString(max: nameBytesMax)
        // Only names in the checkpoint directory: a path would reach elsewhere.
        guard !file.utf8.contains(UInt8(ascii: "/")) else { throw .tooLong }
        let offset = try reader.readUInt64()
        let length = try reader.readUInt64()
        guard !offset.addingReportingOverflow(length).overflow else { throw .tooLong }
        refs.append(
          BatchRef(
            file: file, offset: offset, length: length, crc32c: try reader.readUInt32(),
            skippedRows: try reader.readUInt64()))
      }
      parts.append(Part(name: name, refs: refs))
    }
    return parts
  }
}

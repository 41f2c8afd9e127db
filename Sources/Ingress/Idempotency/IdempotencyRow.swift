import Formats
import PipelineModel
import Platform

/// The answer to a request with an `Idempotency-Key`, in the same write as its records.
///
/// Key `k` + key bytes. Value: version u8 = 1, endpoint u32, body count u64, crc u32, mix u64, at i64, received
/// i64, steps u64, first u64, end u64, accepted u64, first rejected u32, error count u64, errors (count u32; each
/// event number u64, description, then field, invalid text, suggestion, tag: flag u8 and text), CRC-32C u32.
package struct IdempotencyRow: Sendable {
  let body: BodyDigest
  /// When it was written: its age.
  let at: WallTime
  package let outcome: IngestOutcome

  private static let textBytesMax = 1 << 20

  var value: [UInt8] {
    var writer = ByteWriter()
    writer.write(UInt8(1))
    writer.write(outcome.endpoint.rawValue)
    writer.write(body.count)
    writer.write(body.crc)
    writer.write(body.mix)
    writer.write(at.microseconds)
    writer.write(outcome.receivedAt.microseconds)
    writer.write((outcome.stepsAtIssue ?? .zero).rawValue)
    writer.write(outcome.range.first.rawValue)
    writer.write(outcome.range.end.rawValue)
    writer.write(outcome.accepted)
    writer.write(outcome.firstRejected)
    writer.write(outcome.errorCount)
    writer.write(UInt32(outcome.errors.count))
    for error in outcome.errors {
      writer.write(error.eventNumber)
      writer.writeString(error.description)
      for text in [error.field, error.invalidText, error.suggestion, error.tag] {
        writer.write(text != nil)
        if let text { writer.writeString(text) }
      }
    }
    writer.write(Checksum.crc32c(writer.bytes))
    return writer.bytes
  }

  init(body: BodyDigest, at: WallTime, outcome: IngestOutcome) {
    self.body = body
    self.at = at
    self.outcome = outcome
  }

  /// Nil for a damaged row or one of another version.
  init?(value: [UInt8]) {
    do throws(ByteReaderError) {
      var reader = ByteReader(value)
      guard try reader.readUInt8() == 1 else { return nil }
      let endpoint = EndpointID(try reader.readUInt32())
      body = BodyDigest(
        count: try reader.readUInt64(), crc: try reader.readUInt32(), mix: try reader.readUInt64())
      at = WallTime(microseconds: try reader.readInt64())
      let received = WallTime(microseconds: try reader.readInt64())
      let steps = StepCount(try reader.readUInt64())
      guard
        let range = OffsetRange(
          first: Offset(try reader.readUInt64()), end: Offset(try reader.readUInt64()))
      else { return nil }
      let accepted = try reader.readUInt64()
      let firstRejected = try reader.readUInt32()
      let errorCount = try reader.readUInt64()
      var errors: [RowError] = []
      for _ in 0..<(try reader.readUInt32()) { errors.append(try IdempotencyRow.error(&reader)) }
      let checked = reader.position
      guard try reader.readUInt32() == Checksum.crc32c(value[..<checked]) else { return nil }
      try reader.finish()
      var outcome = IngestOutcome(
        endpoint: endpoint, range: range, accepted: accepted, errorCount: errorCount, errors: errors,
        receivedAt: received)
      outcome.stepsAtIssue = steps
      outcome.firstRejected = firstRejected
      outcome.isReplay = true
      self.outcome = outcome
    } catch { return nil }
  }

  private static func error(_ reader: inout ByteReader) throws(ByteReaderError) -> RowError {
    let number = try reader.readUInt64()
    let description = try reader.readString(max: textBytesMax)
    var texts: [String?] = []
    for _ in 0..<4 { texts.append(try reader.readBool() ? try reader.readString(max: textBytesMax) : nil) }
    return RowError(
      eventNumber: number, field: texts[0], invalidText: texts[1], suggestion: texts[2], tag: texts[3],
      description: description, rawBytes: [])
  }
}

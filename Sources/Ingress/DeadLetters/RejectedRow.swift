import Formats
import InputLog
package import PipelineModel
import Platform
import Synchronization

/// One record that was refused, as it is kept: its reason and the beginning of its bytes. Or one that no step could
/// take: then all of it, as a JSON change.
///
/// Value of a row: version u8 = 2, endpoint u32, event number u64, at i64, table, reason, raw bytes (u32
/// length each), replayed u32, which version 1 lacks. Version 3 has the step u64 behind it, and no event number.
package struct RejectedRow: Hashable, Sendable {
  /// Canonical name.
  package let table: String
  package let endpoint: EndpointID
  /// Number of the record in its request, from 1; 0 when a step failed.
  package let eventNumber: UInt64
  package let at: WallTime
  package let reason: String
  /// At most `Limits.rejectedRowBytesMax` of what was refused.
  package let rawBytes: [UInt8]
  /// The step that could not take it.
  package let step: StepIndex?
  /// How often it was taken again.
  package var replayed: UInt32 = 0

  /// Whether the record may have been longer than what is kept.
  package var isTruncated: Bool {
    step == nil && rawBytes.count >= min(Limits.rejectedRowBytesMax, RowError.rawBytesMax)
  }

  init(_ failed: FailedRecord, bytes: [UInt8]) {
    table = failed.table
    endpoint = failed.endpoint
    eventNumber = 0
    at = failed.at
    reason = String(failed.reason.prefix(RejectedRow.reasonCharactersMax))
    rawBytes = bytes
    step = failed.step
  }

  private static let reasonCharactersMax = 2000

  init(_ error: RowError, table: String, endpoint: EndpointID, at: WallTime) {
    self.table = table
    self.endpoint = endpoint
    eventNumber = error.eventNumber
    self.at = at
    reason = error.description
    rawBytes = Array(error.rawBytes.prefix(Limits.rejectedRowBytesMax))
    step = nil
  }

  var value: [UInt8] {
    var writer = ByteWriter()
    writer.write(UInt8(step == nil ? 2 : 3))
    writer.write(endpoint.rawValue)
    writer.write(eventNumber)
    writer.write(at.microseconds)
    writer.writeString(table)
    writer.writeString(reason)
    writer.writeLengthPrefixed(rawBytes)
    writer.write(replayed)
    if let step { writer.write(step.rawValue) }
    return writer.bytes
  }

  init(value: [UInt8]) throws(ByteReaderError) {
    var reader = ByteReader(value)
    let version = try reader.readUInt8()
    guard (1...3).contains(version) else { throw .tooLong }
    endpoint = EndpointID(try reader.readUInt32())
    eventNumber = try reader.readUInt64()
    at = WallTime(microseconds: try reader.readInt64())
    table = try reader.readString(max: value.count)
    reason = try reader.readString(max: value.count)
    rawBytes = try reader.readLengthPrefixed(max: version == 3 ? value.count : Limits.rejectedRowBytesMax)
    if version >= 2 { replayed = try reader.readUInt32() }
    step = version == 3 ? StepIndex(try reader.readUInt64()) : nil
    try reader.finish()
  }
}

/// Where the rows of a request's refused records begin; set on the commit thread before the request is answered.
package final class RejectedPlace: Sendable {
  private let number = Atomic<UInt32>(0)

  package init() {}
  package var first: UInt32 { number.load(ordering: .acquiring) }
  func set(_ first: UInt32) { number.store(first, ordering: .releasing) }
}

/// The refused records of one request, ready for its write.
package struct RejectedRecords: Sendable {
  /// All of them; `rows` and `recent` hold the first `Limits.rowErrorsListedMax` at most.
  let count: UInt64
  let rows: [[UInt8]]
  let recent: [RecentError]

  package static let none = RejectedRecords(count: 0, rows: [], recent: [])

  private init(count: UInt64, rows: [[UInt8]], recent: [RecentError]) {
    self.count = count
    self.rows = rows
    self.recent = recent
  }

  init(_ errors: [RowError], count: UInt64, endpoint: Endpoint, at: WallTime) {
    self.count = count
    rows = errors.map { RejectedRow($0, table: endpoint.table, endpoint: endpoint.id, at: at).value }
    recent = errors.suffix(EndpointCounters.recentErrorsMax).map {
      RecentError(at: at, message: $0.description)
    }
  }
}

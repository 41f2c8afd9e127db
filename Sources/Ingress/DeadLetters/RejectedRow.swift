import Formats
package import PipelineModel
import Platform
import Synchronization

/// One record that was refused, as it is kept: its reason and the beginning of its bytes.
///
/// Value of a row: version u8 = 2, endpoint u32, event number u64, at i64, table, reason, raw bytes (u32
/// length each), replayed u32, which version 1 lacks.
package struct RejectedRow: Hashable, Sendable {
  /// Canonical name.
  package let table: String
  package let endpoint: EndpointID
  /// Number of the record in its request, from 1.
  package let eventNumber: UInt64
  package let at: WallTime
  package let reason: String
  /// At most `Limits.rejectedRowBytesMax`.
  package let rawBytes: [UInt8]
  /// How often it was taken again.
  package var replayed: UInt32 = 0

  /// Whether the record may have been longer than what is kept.
  package var isTruncated: Bool { rawBytes.count >= min(Limits.rejectedRowBytesMax, RowError.rawBytesMax) }

  init(_ error: RowError, table: String, endpoint: EndpointID, at: WallTime) {
    self.table = table
    self.endpoint = endpoint
    eventNumber = error.eventNumber
    self.at = at
    reason = error.description
    rawBytes = Array(error.rawBytes.prefix(Limits.rejectedRowBytesMax))
  }

  var value: [UInt8] {
    var writer = ByteWriter()
    writer.write(UInt8(2))
    writer.write(endpoint.rawValue)
    writer.write(eventNumber)
    writer.write(at.microseconds)
    writer.writeString(table)
    writer.writeString(reason)
    writer.writeLengthPrefixed(rawBytes)
    writer.write(replayed)
    return writer.bytes
  }

  init(value: [UInt8]) throws(ByteReaderError) {
    var reader = ByteReader(value)
    let version = try reader.readUInt8()
    guard version == 1 || version == 2 else { throw .tooLong }
    endpoint = EndpointID(try reader.readUInt32())
    eventNumber = try reader.readUInt64()
    at = WallTime(microseconds: try reader.readInt64())
    table = try reader.readString(max: value.count)
    reason = try reader.readString(max: value.count)
    rawBytes = try reader.readLengthPrefixed(max: Limits.rejectedRowBytesMax)
    if version == 2 { replayed = try reader.readUInt32() }
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

import DataModel
package import PipelineModel
package import StorageAPI

/// Records of one table that came through one endpoint, as the log takes them.
package struct LogBlock: Sendable {
  /// Canonical name of the table.
  package let table: String
  package let endpoint: EndpointID
  package let recordCount: Int
  /// Bytes of input text that the records stand for, as the statistics count them.
  package let inputBytes: Int
  /// `ColumnCodec` bytes of a `ChangeBatch` with `recordCount` records; the log does not look inside.
  package let payload: [UInt8]
  /// The same records as columns, when the next step may have them from memory.
  package let decoded: Decoded?

  /// Records with their share of the memory of `RecentBlocks`.
  package struct Decoded: Sendable {
    let changes: ChangeBatch
    let lease: RecentBlocks.Lease
  }

  package init(
    table: String, endpoint: EndpointID, recordCount: Int, inputBytes: Int, payload: [UInt8], decoded: Decoded? = nil
  ) {
    precondition(recordCount >= 0 && inputBytes >= 0)
    self.table = table
    self.endpoint = endpoint
    self.recordCount = recordCount
    self.inputBytes = inputBytes
    self.payload = payload
    self.decoded = decoded
  }

  /// The same records, as columns or not at all.
  var withoutPayload: LogBlock {
    LogBlock(
      table: table, endpoint: endpoint, recordCount: recordCount, inputBytes: inputBytes, payload: [],
      decoded: decoded)
  }
}

/// A block read back, with its place in the log.
package struct StoredBlock: Hashable, Sendable {
  package let range: OffsetRange
  package let table: String
  package let endpoint: EndpointID
  package let inputBytes: UInt64
  package let payload: [UInt8]

  package init(range: OffsetRange, table: String, endpoint: EndpointID, inputBytes: UInt64, payload: [UInt8])
  {
    self.range = range
    self.table = table
    self.endpoint = endpoint
    self.inputBytes = inputBytes
    self.payload = payload
  }
}

/// Rows that are written in the same atomic, synced write as the records that get `range`. Called on the
/// commit thread.
package typealias LogExtra = @Sendable (_ range: OffsetRange) -> WriteBatch

/// What one caller wants durable at once: its blocks get one contiguous range in their order.
package struct AppendRequest: Sendable {
  package let blocks: [LogBlock]
  package let extra: LogExtra?
  /// Answered when it is written, before it is durable: a crash of the machine may lose it. Steps do not see it before
  /// it is durable.
  package let isAsync: Bool

  package init(blocks: [LogBlock], extra: LogExtra? = nil, isAsync: Bool = false) {
    self.blocks = blocks
    self.extra = extra
    self.isAsync = isAsync
  }
}

/// Names the parts of a large body until they are published; never reused while its rows exist.
package struct StageID: Hashable, Sendable, CustomStringConvertible {
  package let rawValue: UInt64
  package init(_ rawValue: UInt64) { self.rawValue = rawValue }
  package var description: String { String(rawValue) }
}

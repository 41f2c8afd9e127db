package import DataModel
package import PipelineModel

/// A block of the log with its records as columns.
package struct DecodedBlock: Sendable {
  package let range: OffsetRange
  /// Canonical name.
  package let table: String
  package let endpoint: EndpointID
  package let inputBytes: UInt64
  package let changes: ChangeBatch
  /// Its share of the memory of `RecentBlocks`; nil for a block that was read back.
  let lease: RecentBlocks.Lease?

  /// Errors: `corrupt` when the bytes are no change batch or hold another number of records than they claim.
  package init(_ block: StoredBlock) throws(LogError) {
    range = block.range
    table = block.table
    endpoint = block.endpoint
    inputBytes = block.inputBytes
    lease = nil
    do { changes = try ColumnCodec.decodeChanges(block.payload) } catch {
      throw LogError(.corrupt, "log block is damaged offsets=\(block.range): \(error.message)")
    }
    guard UInt64(changes.count) == block.range.count else {
      throw LogError(.corrupt, "log block has \(changes.count) records offsets=\(block.range)")
    }
  }

  /// A block that just became durable at `range`.
  init(_ block: LogBlock, _ decoded: LogBlock.Decoded, at range: OffsetRange) {
    self.range = range
    table = block.table
    endpoint = block.endpoint
    inputBytes = UInt64(block.inputBytes)
    changes = decoded.changes
    lease = decoded.lease
  }

  /// The records in a range that meets the block.
  package func part(_ part: OffsetRange) -> ChangeBatch {
    if part == range { return changes }
    let first = Int(part.first.rawValue - range.first.rawValue)
    let rows = first..<first + Int(part.count)
    let indices = rows.map { Int32($0) }
    let words = changes.presenceWords
    return ChangeBatch(
      columns: changes.columns.map { $0.gather(indices) }, kinds: Array(changes.kinds[rows]),
      presence: changes.presence.isEmpty
        ? [] : Array(changes.presence[rows.lowerBound * words..<rows.upperBound * words]))
  }
}

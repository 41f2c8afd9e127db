import PipelineModel
import Platform

/// Blocks in their stored form, ready to be joined into a group. Made on the caller's thread, so that the
/// commit thread only concatenates.
///
/// A block: table (u32 length, UTF-8), endpoint u32, records u32, input bytes u64, codec u8 (0 raw, 1 LZ4),
/// raw length u32, stored length u32, stored bytes.
package struct PackedBlocks: Sendable {
  private(set) var bytes: [UInt8]
  private(set) var blockCount = 0
  private(set) var recordCount = 0

  /// Payloads below this many bytes are stored raw: LZ4 finds nothing in them that is worth its call.
  package static let compressedBytesMin = 256

  /// Blocks without records are left out. Errors: `tooLarge`.
  package init(_ blocks: [LogBlock]) throws(LogError) {
    var writer = ByteWriter(reserving: blocks.reduce(0) { $0 + $1.payload.count + $1.table.utf8.count + 32 })
    for block in blocks where block.recordCount > 0 {
      guard block.payload.count <= Limits.storedBlockBytesMax,
        let records = UInt32(exactly: block.recordCount)
      else {
        throw LogError(
          .tooLarge,
          "block is too large for the log bytes=\(block.payload.count) records=\(block.recordCount)")
      }
      writer.writeString(block.table)
      writer.write(block.endpoint.rawValue)
      writer.write(records)
      writer.write(UInt64(block.inputBytes))
      let worthIt = block.payload.count >= PackedBlocks.compressedBytesMin
      let compressed = worthIt ? LZ4Codec.compress(block.payload) : nil
      writer.write(UInt8(compressed == nil ? 0 : 1))
      writer.write(UInt32(block.payload.count))
      writer.writeLengthPrefixed(compressed ?? block.payload)
      blockCount += 1
      recordCount += block.recordCount
    }
    bytes = writer.bytes
  }
}

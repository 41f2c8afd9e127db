package import PipelineModel
import Platform

/// Walks over the blocks of a checked group or part; decompresses only what is asked for.
package struct BlockCursor {
  /// A block's place and description, payload still packed.
  package struct Header {
    let range: OffsetRange
    let table: String
    let endpoint: EndpointID
    let inputBytes: UInt64
    let rawLength: Int
    fileprivate let compressed: Bool
    fileprivate let payload: Range<Int>
  }

  private let value: [UInt8]
  private var position: Int
  private var blocksLeft: UInt32
  private var offset: Offset
  private let end: Offset

  /// `range` is what the log says the blocks hold. Errors: `corrupt`.
  package init(_ group: LogGroup, range: OffsetRange) throws(LogError) {
    value = group.value
    var reader = ByteReader(group.value, from: LogGroup.headerLength)
    let blocks = try? reader.readUInt32()
    guard let blocks, group.kind == .blocks || group.kind == .part, group.records == range.count else {
      throw LogError(.corrupt, "log group is damaged: header offset=\(range.first)")
    }
    blocksLeft = blocks
    position = reader.position
    offset = range.first
    end = range.end
  }

  /// The next block, nil behind the last. Errors: `corrupt`, also when the blocks do not fill the group
  /// exactly.
  package mutating func next() throws(LogError) -> Header? {
    let limit = value.count - LogGroup.checksumLength
    guard blocksLeft > 0 else {
      guard position == limit, offset == end else { throw damaged() }
      return nil
    }
    do throws(ByteReaderError) {
      var reader = ByteReader(value, from: position)
      let table = try reader.readString(max: limit)
      let endpoint = EndpointID(try reader.readUInt32())
      let records = try reader.readUInt32()
      let inputBytes = try reader.readUInt64()
      let codec = try reader.readUInt8()
      let rawLength = Int(try reader.readUInt32())
      let storedLength = Int(try reader.readUInt32())
      guard let range = offset.advanced(by: Int(records)).flatMap({ OffsetRange(first: offset, end: $0) }),
        records > 0, range.end <= end, codec <= 1, codec == 1 || rawLength == storedLength,
        rawLength <= Limits.storedBlockBytesMax, storedLength <= limit - reader.position
      else { throw .tooLong }
      let start = reader.position
      position = start + storedLength
      offset = range.end
      blocksLeft -= 1
      return Header(
        range: range, table: table, endpoint: endpoint, inputBytes: inputBytes, rawLength: rawLength,
        compressed: codec == 1, payload: start..<start + storedLength)
    } catch { throw damaged() }
  }

  /// The whole block. Errors: `corrupt`.
  package func block(_ header: Header) throws(LogError) -> StoredBlock {
    let stored = value[header.payload]
    let payload: [UInt8]
    if header.compressed {
      do { payload = try LZ4Codec.decompress(stored, length: header.rawLength) } catch { throw damaged() }
    } else {
      payload = Array(stored)
    }
    return StoredBlock(
      range: header.range, table: header.table, endpoint: header.endpoint, inputBytes: header.inputBytes,
      payload: payload)
  }

  private func damaged() -> LogError { LogError(.corrupt, "log block is damaged offset=\(offset)") }
}

package import ConnectorKit
import PipelineModel
package import Platform
package import StorageAPI

/// The row that owns a sink's position: format u8 = 1, delivered u64, detail with length, CRC-32C u32.
package struct DeliveryCursor {
  package let store: any OrderedStore
  package let name: String

  private var key: [UInt8] { KeySpace.sinkCursor.key(name) }
  private static let detailBytesMax = 1 << 20

  /// Nil before the first delivery.
  package func read() throws(OutputError) -> SinkPosition? {
    let row: [UInt8]?
    do throws(StorageError) { row = try store.get(.base, key) } catch {
      throw OutputError(.storage, "cursor of sink '\(name)' cannot be read: \(error)")
    }
    guard let row else { return nil }
    do throws(ByteReaderError) { return try DeliveryCursor.decode(row) } catch {
      throw OutputError(.corrupt, "cursor of sink '\(name)' is damaged: \(error)")
    }
  }

  /// Durable on return.
  package func write(_ position: SinkPosition) throws(StorageError) {
    var batch = WriteBatch()
    batch.put(key, DeliveryCursor.encode(position))
    try store.write(batch, .synced)
  }

  package static func encode(_ position: SinkPosition) -> [UInt8] {
    var writer = ByteWriter()
    writer.write(UInt8(1))
    writer.write(position.delivered.rawValue)
    writer.writeLengthPrefixed(position.detail)
    writer.write(Checksum.crc32c(writer.bytes))
    return writer.bytes
  }

  package static func decode(_ row: [UInt8]) throws(ByteReaderError) -> SinkPosition {
    var reader = ByteReader(row)
    guard try reader.readUInt8() == 1 else { throw .trailingBytes }
    let delivered = StepCount(try reader.readUInt64())
    let detail = try reader.readLengthPrefixed(max: detailBytesMax)
    let checked = reader.position
    guard try reader.readUInt32() == Checksum.crc32c(row[..<checked]) else { throw .truncated }
    try reader.finish()
    return SinkPosition(delivered: delivered, detail: detail)
  }
}

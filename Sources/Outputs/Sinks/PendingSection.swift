import DataModel
package import PipelineModel
import Platform

/// Undelivered deltas of all sinks as bytes of a checkpoint: format u8 = 1, input records u64, sinks u32;
/// each: name,
/// delivered u64, items u32; each: step u64, input records before u64, `ColumnCodec` bytes.
package struct PendingSection: Sendable {
  package struct Part: Sendable {
    package let delivered: StepCount
    package let items: [SinkQueue.Item]

    package init(delivered: StepCount, items: [SinkQueue.Item]) {
      self.delivered = delivered
      self.items = items
    }
  }

  package var inputRecords: UInt64 = 0
  package var parts: [(name: String, part: Part)] = []

  package init() {}

  package func part(of name: String) -> Part? { parts.first { $0.name == name }?.part }

  package var encoded: [UInt8] {
    var writer = ByteWriter()
    writer.write(UInt8(1))
    writer.write(inputRecords)
    writer.write(UInt32(clamping: parts.count))
    for (name, part) in parts {
      writer.writeString(name)
      writer.write(part.delivered.rawValue)
      writer.write(UInt32(clamping: part.items.count))
      for item in part.items {
        writer.write(item.step.rawValue)
        writer.write(item.inputBefore)
        writer.writeLengthPrefixed(ColumnCodec.encode(item.rows))
      }
    }
    return writer.bytes
  }

  package init(decoding bytes: [UInt8]) throws(OutputError) {
    do { try self.init(reading: bytes) } catch {
      throw OutputError(.corrupt, "outputs section of the checkpoint is damaged: \(error)")
    }
  }

  private init(reading bytes: [UInt8]) throws {
    var reader = ByteReader(bytes)
    guard try reader.readUInt8() == 1 else { throw CodecError(message: "unknown format") }
    inputRecords = try reader.readUInt64()
    for _ in 0..<(try reader.readUInt32()) {
      let name = try reader.readString(max: bytes.count)
      let delivered = StepCount(try reader.readUInt64())
      var items: [SinkQueue.Item] = []
      for _ in 0..<(try reader.readUInt32()) {
        let step = StepIndex(try reader.readUInt64())
        let before = try reader.readUInt64()
        if let last = items.last, step <= last.step { throw CodecError(message: "steps out of order") }
        let rows = try ColumnCodec.decodeBatch(try reader.readLengthPrefixed(max: bytes.count))
        items.append(SinkQueue.Item(step: step, inputBefore: before, rows: rows))
      }
      parts.append((name, Part(delivered: delivered, items: items)))
    }
    try reader.finish()
  }
}

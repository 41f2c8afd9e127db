import PipelineModel
import Platform

extension EndpointCounters {
  /// Longest message that is stored.
  private static let messageBytesMax = 4096

  /// Processed counts, error counts, recent errors and end of input; accepted counts belong to one life.
  func append(to writer: inout ByteWriter) {
    writer.write(processedRecords)
    writer.write(processedBytes)
    writer.write(parseErrors)
    writer.write(transportErrors)
    writer.write(endOfInput)
    writer.write(UInt32(recentErrors.count))
    for error in recentErrors {
      writer.write(error.at.microseconds)
      writer.writeString(
        String(decoding: error.message.utf8.prefix(EndpointCounters.messageBytesMax), as: UTF8.self))
    }
  }

  init(from reader: inout ByteReader) throws(ByteReaderError) {
    process(records: try reader.readUInt64(), bytes: try reader.readUInt64())
    let parse = try reader.readUInt64()
    let transport = try reader.readUInt64()
    endOfInput = try reader.readBool()
    let count = try reader.readUInt32()
    guard count <= UInt32(EndpointCounters.recentErrorsMax) else { throw .tooLong }
    var recent: [RecentError] = []
    for _ in 0..<count {
      let at = WallTime(microseconds: try reader.readInt64())
      // A cut in the middle of a character is repaired with up to two more bytes a byte.
      recent.append(
        RecentError(at: at, message: try reader.readString(max: 3 * EndpointCounters.messageBytesMax)))
    }
    reject(count: parse, recent: recent)
    restoreTransportErrors(transport)
  }
}

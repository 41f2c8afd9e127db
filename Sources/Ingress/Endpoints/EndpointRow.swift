import PipelineModel
import Platform
import StorageAPI

/// The durable identity of an endpoint, with the error count that no log record carries.
///
/// Key `e` + id u32. Value: version u8 = 1, kind u8 (0 connector, 1 HTTP), name, table (u32 length, UTF-8),
/// parse errors u64.
struct EndpointRow: Hashable {
  let name: String
  let table: String
  let isHTTP: Bool
  let parseErrors: UInt64

  /// Names are a table, a dot and a connector name.
  private static let nameBytesMax = 64 << 10

  static func key(_ id: EndpointID) -> [UInt8] { KeySpace.endpoint.key(id.rawValue) }

  static func id(_ key: [UInt8]) -> EndpointID? {
    guard key.count == 5 else { return nil }
    return EndpointID(key[1...].reduce(0) { $0 << 8 | UInt32($1) })
  }

  var value: [UInt8] {
    var writer = ByteWriter()
    writer.write(UInt8(1))
    writer.write(isHTTP)
    writer.writeString(name)
    writer.writeString(table)
    writer.write(parseErrors)
    return writer.bytes
  }

  init(name: String, table: String, isHTTP: Bool, parseErrors: UInt64) {
    self.name = name
    self.table = table
    self.isHTTP = isHTTP
    self.parseErrors = parseErrors
  }

  init(_ value: [UInt8]) throws(ByteReaderError) {
    var reader = ByteReader(value)
    guard try reader.readUInt8() == 1 else { throw .tooLong }
    isHTTP = try reader.readBool()
    name = try reader.readString(max: EndpointRow.nameBytesMax)
    table = try reader.readString(max: EndpointRow.nameBytesMax)
    parseErrors = try reader.readUInt64()
    try reader.finish()
  }
}

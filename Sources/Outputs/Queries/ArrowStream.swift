package import DataModel

/// The Arrow IPC stream format, metadata version 5: schema message, record batches, end marker.
package struct ArrowStream: Sendable {
  private let fields: [Field]

  package init(fields: [Field]) { self.fields = fields }

  package static let endOfStream: [UInt8] = [0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0]

  private enum Header: UInt8 { case schema = 1, recordBatch = 3 }

  package var schemaMessage: [UInt8] {
    var builder = FlatBufferBuilder()
    var references: [FlatBufferBuilder.Reference] = []
    for field in fields {
      let name = builder.string(field.name.canonical)
      let children = builder.vector([])
      let (code, type) = ArrowStream.type(field.type, &builder)
      builder.beginTable()
      builder.field(0, name)
      builder.field(1, field.nullable || field.type == .null)
      builder.field(2, code)
      builder.field(3, type)
      builder.field(5, children)
      references.append(builder.endTable())
    }
    let vector = builder.vector(references)
    builder.beginTable()
    builder.field(0, Int16(0))
    builder.field(1, vector)
    let schema = builder.endTable()
    return ArrowStream.message(&builder, .schema, schema, body: [])
  }

  /// One batch; its weights are not looked at.
  package func recordBatch(_ batch: ColumnBatch) -> [UInt8] {
    var body = ArrowBody()
    for (field, column) in zip(fields, batch.columns) { body.append(column, as: field.type) }
    var builder = FlatBufferBuilder()
    let buffers = builder.vector(pairs: body.buffers)
    let nodes = builder.vector(pairs: body.nodes)
    builder.beginTable()
    builder.field(0, Int64(batch.count))
    builder.field(1, nodes)
    builder.field(2, buffers)
    let table = builder.endTable()
    return ArrowStream.message(&builder, .recordBatch, table, body: body.bytes)
  }

  private static func message(
    _ builder: inout FlatBufferBuilder, _ kind: Header, _ header: FlatBufferBuilder.Reference, body: [UInt8]
  ) -> [UInt8] {
    builder.beginTable()
    builder.field(3, Int64(body.count))
    builder.field(2, header)
    builder.field(0, Int16(4))
    builder.field(1, kind.rawValue)
    var metadata = builder.finish(builder.endTable())
    while metadata.count % 8 != 0 { metadata.append(0) }
    var bytes: [UInt8] = [0xFF, 0xFF, 0xFF, 0xFF]
    LittleEndian.append(UInt32(metadata.count), to: &bytes)
    return bytes + metadata + body
  }

  /// Code of the type union and its table.
  private static func type(
    _ type: ColumnType, _ builder: inout FlatBufferBuilder
  ) -> (UInt8, FlatBufferBuilder.Reference) {
    builder.beginTable()
    let code: UInt8
    switch type {
    case .null: code = 1
    case .tinyint, .smallint, .integer, .bigint:
      code = 2
      builder.field(0, Int32(ArrowBody.integerBits(type)))
      builder.field(1, true)
    case .unsignedTinyint, .unsignedSmallint, .unsignedInteger, .unsignedBigint:
      code = 2
      builder.field(0, Int32(ArrowBody.integerBits(type)))
      builder.field(1, false)
    case .real, .double:
      code = 3
      builder.field(0, Int16(type == .real ? 1 : 2))
    case .varbinary, .binary: code = 4
    case .char, .varchar, .uuid, .array, .map, .row, .variant: code = 5
    case .boolean: code = 6
    case .decimal(let precision, let scale):
      code = 7
      builder.field(0, Int32(clamping: precision))
      builder.field(1, Int32(clamping: scale))
      builder.field(2, Int32(128))
    case .date:
      code = 8
      builder.field(0, Int16(0))
    case .time:
      code = 9
      builder.field(1, Int32(64))
      builder.field(0, Int16(3))
    case .timestamp:
      code = 10
      builder.field(0, Int16(2))
    case .interval(let qualifier):
      // Months as an interval, microseconds as a duration.
      code = qualifier.isLong ? 11 : 18
      builder.field(0, Int16(qualifier.isLong ? 0 : 2))
    }
    return (code, builder.endTable())
  }
}

/// Numbers as little endian bytes.
package enum LittleEndian {
  package static func append<Number: FixedWidthInteger>(_ value: Number, to bytes: inout [UInt8]) {
    var rest = value
    for _ in 0..<Number.bitWidth / 8 {
      bytes.append(UInt8(truncatingIfNeeded: rest))
      rest >>= 8
    }
  }
}

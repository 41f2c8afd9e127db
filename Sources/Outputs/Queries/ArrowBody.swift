package import DataModel

/// The buffers of one Arrow record batch, each begun at a multiple of 8 bytes.
package struct ArrowBody {
  private(set) var bytes: [UInt8] = []
  /// Length and number of NULLs of each column.
  private(set) var nodes: [(Int64, Int64)] = []
  /// Begin and length of each buffer.
  private(set) var buffers: [(Int64, Int64)] = []

  /// Validity, offsets where the type has them, values. A column of bare NULLs has no buffers.
  package mutating func append(_ column: ColumnVector, as type: ColumnType) {
    let count = column.count
    let nulls = type == .null ? count : column.validity.map { count - $0.validCount } ?? 0
    nodes.append((Int64(count), Int64(nulls)))
    if type == .null { return }
    buffer { bytes in
      guard nulls > 0, let validity = column.validity else { return }
      for word in validity.words { LittleEndian.append(word, to: &bytes) }
    }
    switch column.storage {
    case .int64(let values): buffer { ArrowBody.append(values, type, to: &$0) }
    case .float64(let values):
      buffer { bytes in
        for value in values {
          if type == .real {
            LittleEndian.append(Float(value).bitPattern, to: &bytes)
          } else {
            LittleEndian.append(value.bitPattern, to: &bytes)
          }
        }
      }
    case .int128(let values) where type == .unsignedBigint:
      buffer { bytes in for value in values { LittleEndian.append(UInt64(truncatingIfNeeded: value), to: &bytes) } }
    case .int128(let values): buffer { bytes in for value in values { LittleEndian.append(value, to: &bytes) } }
    case .bytes(let values): append(type == .uuid || type.isNested ? ArrowBody.text(values, type) : values)
    }
  }

  /// Bits of an integer type in Arrow.
  package static func integerBits(_ type: ColumnType) -> Int {
    switch type {
    case .tinyint, .unsignedTinyint: 8
    case .smallint, .unsignedSmallint: 16
    case .integer, .unsignedInteger: 32
    default: 64
    }
  }

  private mutating func append(_ values: ByteColumn) {
    buffer { bytes in for offset in values.offsets { LittleEndian.append(offset, to: &bytes) } }
    buffer { $0 += values.bytes }
  }

  private static func append(_ values: [Int64], _ type: ColumnType, to bytes: inout [UInt8]) {
    switch type {
    case .boolean:
      bytes += [UInt8](repeating: 0, count: (values.count + 7) / 8)
      let start = bytes.count - (values.count + 7) / 8
      for (row, value) in values.enumerated() where value != 0 { bytes[start + row / 8] |= 1 << UInt8(row % 8) }
    case .tinyint, .unsignedTinyint: for value in values { bytes.append(UInt8(truncatingIfNeeded: value)) }
    case .smallint, .unsignedSmallint:
      for value in values { LittleEndian.append(Int16(truncatingIfNeeded: value), to: &bytes) }
    case .integer, .unsignedInteger, .date:
      for value in values { LittleEndian.append(Int32(truncatingIfNeeded: value), to: &bytes) }
    case .interval(let qualifier) where qualifier.isLong:
      for value in values { LittleEndian.append(Int32(clamping: value), to: &bytes) }
    default: for value in values { LittleEndian.append(value, to: &bytes) }
    }
  }

  /// UUIDs in their text form, nested values as JSON; NULLs stay empty.
  private static func text(_ values: ByteColumn, _ type: ColumnType) -> ByteColumn {
    var result = ByteColumn()
    var text: [UInt8] = []
    for row in 0..<values.count {
      text.removeAll(keepingCapacity: true)
      let range = values.range(row)
      if type == .uuid {
        ValueText.append(values.bytes.span, range, as: .uuid, to: &text)
      } else if !range.isEmpty {
        NestedJSON.append(values.bytes.span, range, as: type, to: &text)
      }
      result.append(text)
    }
    return result
  }

  private mutating func buffer(_ fill: (inout [UInt8]) -> Void) {
    let start = bytes.count
    fill(&bytes)
    buffers.append((Int64(start), Int64(bytes.count - start)))
    while bytes.count % 8 != 0 { bytes.append(0) }
  }
}

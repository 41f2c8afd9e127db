package import DataModel

/// The bytes of one block of a state file: count, weights, key lengths, row ends and row bytes as little-endian
/// memory. The checksum is the footer's; a decoder still accepts nothing that could not be read as rows.
package enum BlockCodec {
  package static func encode(_ block: SortedBatch) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(12 + block.count * 16 + block.rows.bytes.count)
    ByteKernels.appendMemory(of: [UInt64(block.count)], to: &bytes)
    ByteKernels.appendMemory(of: block.weights, to: &bytes)
    ByteKernels.appendMemory(of: block.keyLengths, to: &bytes)
    ByteKernels.appendMemory(of: block.rows.offsets, to: &bytes)
    bytes.append(contentsOf: block.rows.bytes)
    return bytes
  }

  package static func decode(_ bytes: [UInt8], layout: TraceLayout) throws(CodecError) -> SortedBatch {
    guard let header = ByteKernels.loadMemory(bytes, at: 0, count: 1, as: UInt64.self),
      let count = Int(exactly: header[0]), count > 0, count <= bytes.count / 16,
      12 + count * 16 <= bytes.count,
      let weights = ByteKernels.loadMemory(bytes, at: 8, count: count, as: Int64.self),
      let lengths = ByteKernels.loadMemory(bytes, at: 8 + count * 8, count: count, as: UInt32.self),
      let offsets = ByteKernels.loadMemory(bytes, at: 8 + count * 12, count: count + 1, as: UInt32.self),
      let rows = ByteColumn(offsets: offsets, bytes: Array(bytes[(12 + count * 16)...]))
    else { throw CodecError(message: "not a block of state rows") }
    guard !weights.contains(0) else { throw CodecError(message: "a state row has no weight") }
    try RowCheck.check(rows, keyLengths: lengths, layout)
    return SortedBatch(
      rows: rows, keyLengths: lengths, weights: weights, prefixes: ByteOrder.prefixes(rows))
  }
}

/// Whether foreign bytes are rows of a layout: whoever decodes such rows later cannot fail.
enum RowCheck {
  static func check(_ rows: ByteColumn, keyLengths: [UInt32], _ layout: TraceLayout) throws(CodecError) {
    let bytes = rows.bytes.span
    for row in 0..<rows.count {
      let range = rows.range(row)
      let keyEnd = end(of: layout.key, bytes, range)
      guard let keyEnd, keyEnd - range.lowerBound == Int(keyLengths[row]),
        end(of: layout.value, bytes, keyEnd..<range.upperBound) == range.upperBound
      else { throw CodecError(message: "state row \(row) does not have the columns of its trace") }
    }
  }

  /// Where encoded columns of these types end inside the range; nil when they are none.
  static func end(of types: [PhysicalType], _ bytes: Span<UInt8>, _ range: Range<Int>) -> Int? {
    var position = range.lowerBound
    for type in types {
      guard position < range.upperBound, bytes[position] <= 1 else { return nil }
      let isPresent = bytes[position] == 1
      position += 1
      guard isPresent else { continue }
      switch type {
      case .int64, .float64: position += 8
      case .int128: position += 16
      case .bytes:
        guard let next = textEnd(bytes, position..<range.upperBound) else { return nil }
        position = next
      }
      guard position <= range.upperBound else { return nil }
    }
    return position
  }

  private static func textEnd(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int? {
    var position = range.lowerBound
    while true {
      position = ByteKernels.firstZero(bytes, position..<range.upperBound)
      guard position + 1 < range.upperBound else { return nil }
      let mark = bytes[position + 1]
      position += 2
      if mark == 0 { return position }
      guard mark == 0xFF else { return nil }
    }
  }
}

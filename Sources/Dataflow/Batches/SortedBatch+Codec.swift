package import DataModel

/// File form: magic, counts, then weights, key lengths, row ends and row bytes as little-endian memory.
/// The checksum is the storing room's; a decoder still accepts nothing that is not a sorted, consolidated
/// batch.
extension SortedBatch {
  private static let magic: [UInt64] = [0x3148_4354_4142_4D54]  // "TMBATCH1"

  package func encoded() -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(24 + count * 16 + rows.bytes.count)
    ByteKernels.appendMemory(of: Self.magic + [UInt64(count), UInt64(rows.bytes.count)], to: &bytes)
    ByteKernels.appendMemory(of: weights, to: &bytes)
    ByteKernels.appendMemory(of: keyLengths, to: &bytes)
    ByteKernels.appendMemory(of: rows.offsets, to: &bytes)
    bytes.append(contentsOf: rows.bytes)
    return bytes
  }

  package static func decode(_ bytes: [UInt8]) throws(CodecError) -> SortedBatch {
    guard let header = ByteKernels.loadMemory(bytes, at: 0, count: 3, as: UInt64.self), header[0] == magic[0],
      let count = Int(exactly: header[1]), let size = Int(exactly: header[2]), count <= bytes.count / 16,
      size <= bytes.count, 24 + count * 16 + 4 + size == bytes.count,
      let weights = ByteKernels.loadMemory(bytes, at: 24, count: count, as: Int64.self),
      let lengths = ByteKernels.loadMemory(bytes, at: 24 + count * 8, count: count, as: UInt32.self),
      let offsets = ByteKernels.loadMemory(bytes, at: 24 + count * 12, count: count + 1, as: UInt32.self),
      let rows = ByteColumn(offsets: offsets, bytes: Array(bytes[(28 + count * 16)...]))
    else { throw CodecError(message: "not a batch of state rows") }
    for row in 0..<count where weights[row] == 0 || lengths[row] > offsets[row + 1] - offsets[row] {
      throw CodecError(message: "state row \(row) has no weight or a key longer than itself")
    }
    // Prefixes keep one bit of the first tag.
    for row in 0..<count where !rows.range(row).isEmpty && rows.bytes[rows.range(row).lowerBound] > 1 {
      throw CodecError(message: "state row \(row) does not begin with a tag")
    }
    let batch = SortedBatch(
      rows: rows, keyLengths: lengths, weights: weights, prefixes: ByteOrder.prefixes(rows))
    for row in 0..<max(count - 1, 0) where compare(batch, row, batch, row + 1) >= 0 {
      throw CodecError(message: "state rows \(row) and \(row + 1) are out of order")
    }
    return batch
  }
}

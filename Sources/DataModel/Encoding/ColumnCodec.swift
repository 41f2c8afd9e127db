/// Columnar bytes of a batch, self-described: the form in which batches lie in the log, in checkpoints and on
/// the wire.
///
/// Layout, little endian: magic "TMC", version u8, kind u8 (0 rows with weights, 1 changes), columns u16,
/// rows u32;
/// then weights or kinds and presence; then each column: physical type u8, validity u8 (0 none, 1 words),
/// validity
/// words, values. Integers carry the width of their frame: see `appendFrame`. No checksum: the container has
/// one.
package enum ColumnCodec {
  static let magic: [UInt8] = [0x54, 0x4D, 0x43, 1]

  package static func encode(_ batch: ColumnBatch) -> [UInt8] {
    var bytes = header(kind: 0, columns: batch.columns.count, rows: batch.count)
    let implied = !batch.columns.isEmpty && batch.weights.allSatisfy { $0 == 1 }
    bytes.append(implied ? 0 : 1)
    if !implied { ByteKernels.appendMemory(of: batch.weights, to: &bytes) }
    for column in batch.columns { append(column, to: &bytes) }
    return bytes
  }

  package static func encode(_ batch: ChangeBatch) -> [UInt8] {
    var bytes = header(kind: 1, columns: batch.columns.count, rows: batch.count)
    let implied = !batch.columns.isEmpty && batch.kinds.allSatisfy { $0 == ChangeKind.insert.rawValue }
    bytes.append((implied ? 0 : 1) | (batch.presence.isEmpty ? 0 : 2))
    if !implied { bytes += batch.kinds }
    if !batch.presence.isEmpty { ByteKernels.appendMemory(of: batch.presence, to: &bytes) }
    for column in batch.columns { append(column, to: &bytes) }
    return bytes
  }

  /// The batch, or an error when the bytes are not exactly one encoded `ColumnBatch`.
  package static func decodeBatch(_ bytes: [UInt8]) throws(CodecError) -> ColumnBatch {
    var reader = ColumnReader(bytes)
    let (columns, rows) = try reader.header(kind: 0)
    let flags = try reader.byte()
    guard flags <= 1, flags == 1 || columns > 0 else {
      throw CodecError(message: "unknown weights flag \(flags)")
    }
    let stored = flags == 1 ? try reader.numbers(rows, as: Int64.self) : nil
    let vectors = try reader.columns(columns, rows: rows)
    return ColumnBatch(columns: vectors, weights: stored ?? [Int64](repeating: 1, count: rows))
  }

  /// The batch, or an error when the bytes are not exactly one encoded `ChangeBatch`.
  package static func decodeChanges(_ bytes: [UInt8]) throws(CodecError) -> ChangeBatch {
    var reader = ColumnReader(bytes)
    let (columns, rows) = try reader.header(kind: 1)
    let flags = try reader.byte()
    guard flags <= 3, flags & 1 == 1 || columns > 0 else {
      throw CodecError(message: "unknown kinds flag \(flags)")
    }
    let stored = flags & 1 == 1 ? try reader.numbers(rows, as: UInt8.self) : nil
    if let stored, !stored.allSatisfy({ ChangeKind(rawValue: $0) != nil }) {
      throw CodecError(message: "unknown change kind")
    }
    let words = (columns + 63) / 64
    let presence = flags & 2 == 2 ? try reader.numbers(rows * words, as: UInt64.self) : []
    let vectors = try reader.columns(columns, rows: rows)
    return ChangeBatch(
      columns: vectors, kinds: stored ?? [UInt8](repeating: ChangeKind.insert.rawValue, count: rows),
      presence: presence)
  }

  private static func header(kind: UInt8, columns: Int, rows: Int) -> [UInt8] {
    precondition(columns <= Int(UInt16.max) && rows <= Int(UInt32.max))
    var bytes = magic
    bytes.append(kind)
    ByteKernels.appendMemory(of: [UInt16(columns)], to: &bytes)
    ByteKernels.appendMemory(of: [UInt32(rows)], to: &bytes)
    return bytes
  }

  private static func append(_ column: ColumnVector, to bytes: inout [UInt8]) {
    bytes.append(column.physical.rawValue)
    bytes.append(column.validity == nil ? 0 : 1)
    if let validity = column.validity { ByteKernels.appendMemory(of: validity.words, to: &bytes) }
    switch column.storage {
    case .int64(let values): appendFrame(values, to: &bytes)
    case .float64(let values): ByteKernels.appendMemory(of: values, to: &bytes)
    case .int128(let values): ByteKernels.appendMemory(of: values, to: &bytes)
    case .bytes(let values):
      let lengths = (0..<values.count).map { Int64(values.offsets[$0 + 1] - values.offsets[$0]) }
      appendFrame(lengths, to: &bytes)
      ByteKernels.appendMemory(of: [UInt32(truncatingIfNeeded: values.bytes.count)], to: &bytes)
      bytes += values.bytes
    }
  }

  /// Frame of reference: width u8 (1, 2, 4 or 8 bytes), least value i64, then each value less the least one.
  private static func appendFrame(_ values: [Int64], to bytes: inout [UInt8]) {
    var least = values.first ?? 0
    var greatest = least
    for value in values {
      least = min(least, value)
      greatest = max(greatest, value)
    }
    let span = UInt64(bitPattern: greatest &- least)
    let width: UInt8 = span <= 0xFF ? 1 : span <= 0xFFFF ? 2 : span <= 0xFFFF_FFFF ? 4 : 8
    bytes.append(width)
    ByteKernels.appendMemory(of: [least], to: &bytes)
    switch width {
    case 1: bytes += values.map { UInt8(truncatingIfNeeded: $0 &- least) }
    case 2: ByteKernels.appendMemory(of: values.map { UInt16(truncatingIfNeeded: $0 &- least) }, to: &bytes)
    case 4: ByteKernels.appendMemory(of: values.map { UInt32(truncatingIfNeeded: $0 &- least) }, to: &bytes)
    default: ByteKernels.appendMemory(of: values.map { $0 &- least }, to: &bytes)
    }
  }
}

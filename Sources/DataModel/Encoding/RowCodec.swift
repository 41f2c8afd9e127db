/// Order-preserving bytes of rows: `memcmp` of two encoded rows is the SQL ascending order of their values,
/// NULLs first.
///
/// A column is a tag (0x00 NULL, 0x01 present) and, when present, its value: int64 and int128 big endian with
/// the sign
/// bit flipped; float64 as ordered bits (-0.0 is 0.0, every NaN is one and the greatest); bytes with 00
/// written as
/// 00 FF and closed by 00 00. No encoded row is a proper prefix of another of the same types.
@usableFromInline package enum RowCodec {
  @usableFromInline static let null: UInt8 = 0
  @usableFromInline static let present: UInt8 = 1

  /// The rows 0..<count of `columns`, in order. All columns have at least `count` rows.
  package static func encode(_ columns: [ColumnVector], count: Int) throws(EvaluationError) -> ByteColumn {
    try RowEncoding(columns, selection: nil, count: count).run()
  }

  /// The rows at `rows`, in that order.
  package static func encode(_ columns: [ColumnVector], rows: [Int32]) throws(EvaluationError) -> ByteColumn {
    try RowEncoding(columns, selection: rows, count: rows.count).run()
  }

  /// One row, for edges. A value that is not of its physical type is encoded as NULL.
  package static func encode(_ values: [Value], physical: [PhysicalType]) -> [UInt8] {
    var bytes: [UInt8] = []
    for (value, type) in zip(values, physical) { append(value, type, to: &bytes) }
    return bytes
  }

  private static func append(_ value: Value, _ type: PhysicalType, to bytes: inout [UInt8]) {
    switch (value, type) {
    case (.int64(let number), .int64):
      bytes.append(present)
      append(bigEndian: orderedBits(number), to: &bytes)
    case (.float64(let number), .float64):
      bytes.append(present)
      append(bigEndian: orderedBits(number), to: &bytes)
    case (.int128(let number), .int128):
      bytes.append(present)
      let bits = orderedBits(number)
      append(bigEndian: bits.high, to: &bytes)
      append(bigEndian: bits.low, to: &bytes)
    case (.bytes(let content), .bytes):
      bytes.append(present)
      for byte in content {
        bytes.append(byte)
        if byte == 0 { bytes.append(0xFF) }
      }
      bytes.append(0)
      bytes.append(0)
    default:
      bytes.append(null)
    }
  }

  private static func append(bigEndian word: UInt64, to bytes: inout [UInt8]) {
    for shift in stride(from: 56, through: 0, by: -8) {
      bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(shift)))
    }
  }

  /// Unsigned bits that sort as the number does.
  @inlinable
  package static func orderedBits(_ value: Int64) -> UInt64 { UInt64(bitPattern: value) ^ (1 << 63) }

  /// Unsigned bits that sort as SQL sorts: -0.0 equals 0.0, all NaN are equal and greatest.
  @inlinable
  package static func orderedBits(_ value: Double) -> UInt64 {
    if value.isNaN { return 0xFFF8_0000_0000_0000 }
    let bits = value == 0 ? 0 : value.bitPattern
    return bits >> 63 == 1 ? ~bits : bits | (1 << 63)
  }

  @inlinable
  package static func orderedBits(_ value: Int128) -> (high: UInt64, low: UInt64) {
    (UInt64(truncatingIfNeeded: value >> 64) ^ (1 << 63), UInt64(truncatingIfNeeded: value))
  }

  @inlinable
  package static func int64(orderedBits bits: UInt64) -> Int64 { Int64(bitPattern: bits ^ (1 << 63)) }

  @inlinable
  package static func double(orderedBits bits: UInt64) -> Double {
    Double(bitPattern: bits >> 63 == 1 ? bits & ~(1 << 63) : ~bits)
  }

  @inlinable
  package static func int128(high: UInt64, low: UInt64) -> Int128 {
    Int128(Int64(bitPattern: high ^ (1 << 63))) << 64 | Int128(low)
  }
}

/// Appends numbers, big endian, and bytes to a buffer; `ByteReader` reads them back.
package struct ByteWriter: Sendable {
  package var bytes: [UInt8]

  package init(reserving count: Int = 0) {
    bytes = []
    bytes.reserveCapacity(count)
  }

  package mutating func write(_ value: UInt8) { bytes.append(value) }
  package mutating func write(_ value: UInt16) { append(value) }
  package mutating func write(_ value: UInt32) { append(value) }
  package mutating func write(_ value: UInt64) { append(value) }
  package mutating func write(_ value: Int64) { append(UInt64(bitPattern: value)) }
  package mutating func write(_ value: Bool) { bytes.append(value ? 1 : 0) }

  package mutating func writeBytes(_ more: [UInt8]) { bytes += more }
  package mutating func writeBytes(_ more: ArraySlice<UInt8>) { bytes += more }

  /// Length as u32, then the bytes; values of 4 GiB and more are our bug.
  package mutating func writeLengthPrefixed(_ more: [UInt8]) {
    write(UInt32(more.count))
    bytes += more
  }

  /// UTF-8, length-prefixed.
  package mutating func writeString(_ text: String) {
    write(UInt32(text.utf8.count))
    bytes.append(contentsOf: text.utf8)
  }

  private mutating func append<Number: FixedWidthInteger>(_ value: Number) {
    var shift = Number.bitWidth - 8
    while shift >= 0 {
      bytes.append(UInt8(truncatingIfNeeded: value >> Number(shift)))
      shift -= 8
    }
  }
}

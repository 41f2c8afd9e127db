/// Why stored or foreign bytes could not be read.
package enum ByteReaderError: Error, Hashable, Sendable {
  /// Fewer bytes remain than the value needs.
  case truncated
  /// A length prefix exceeds the caller's bound.
  case tooLong
  case notUTF8
  /// Bytes remain where the value should end.
  case trailingBytes
  /// A Bool is neither 0 nor 1.
  case notBool
}

/// Reads what `ByteWriter` wrote; never traps and never allocates more than remains.
package struct ByteReader: Sendable {
  private let bytes: [UInt8]
  package private(set) var position: Int

  package init(_ bytes: [UInt8], from position: Int = 0) {
    self.bytes = bytes
    self.position = min(max(0, position), bytes.count)
  }

  /// Bytes that are left.
  package var remaining: Int { bytes.count - position }

  package mutating func readUInt8() throws(ByteReaderError) -> UInt8 { try number() }
  package mutating func readUInt16() throws(ByteReaderError) -> UInt16 { try number() }
  package mutating func readUInt32() throws(ByteReaderError) -> UInt32 { try number() }
  package mutating func readUInt64() throws(ByteReaderError) -> UInt64 { try number() }
  package mutating func readInt64() throws(ByteReaderError) -> Int64 { Int64(bitPattern: try readUInt64()) }

  package mutating func readBool() throws(ByteReaderError) -> Bool {
    switch try readUInt8() {
    case 0: false
    case 1: true
    default: throw .notBool
    }
  }

  package mutating func readBytes(_ count: Int) throws(ByteReaderError) -> [UInt8] { Array(try slice(count)) }

  package mutating func readLengthPrefixed(max bound: Int) throws(ByteReaderError) -> [UInt8] {
    Array(try slice(try length(max: bound)))
  }

  package mutating func readString(max bound: Int) throws(ByteReaderError) -> String {
    let part = try slice(try length(max: bound))
    guard let text = String(validating: part, as: UTF8.self) else { throw .notUTF8 }
    return text
  }

  /// Throws `trailingBytes` unless all is read.
  package func finish() throws(ByteReaderError) {
    guard remaining == 0 else { throw .trailingBytes }
  }

  private mutating func length(max bound: Int) throws(ByteReaderError) -> Int {
    let length = Int(try readUInt32())
    guard length <= bound else { throw .tooLong }
    return length
  }

  private mutating func slice(_ count: Int) throws(ByteReaderError) -> ArraySlice<UInt8> {
    guard count >= 0, count <= remaining else { throw .truncated }
    defer { position += count }
    return bytes[position..<position + count]
  }

  private mutating func number<Number: FixedWidthInteger>() throws(ByteReaderError) -> Number {
    let width = Number.bitWidth / 8
    guard remaining >= width else { throw .truncated }
    var value: Number = 0
    for index in position..<position + width {
      value = (value << 8) | Number(truncatingIfNeeded: bytes[index])
    }
    position += width
    return value
  }
}

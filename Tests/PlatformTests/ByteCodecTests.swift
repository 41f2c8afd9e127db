// Goal: bytes written are read back, and foreign bytes never trap. Method: round trips, every truncation, random
// damage; checksums against published vectors and the table.
import Platform
import Testing

@Suite struct ByteCodecTests {
  @Test func writerAndReaderAgree() throws {
    var writer = ByteWriter()
    writer.write(UInt8(0xAB))
    writer.write(UInt16(0x0102))
    writer.write(UInt32(0x0304_0506))
    writer.write(UInt64.max - 1)
    writer.write(Int64.min)
    writer.write(true)
    writer.writeString("größe")
    writer.writeLengthPrefixed([1, 2, 3])
    writer.writeBytes([9])
    #expect(Array(writer.bytes.prefix(7)) == [0xAB, 1, 2, 3, 4, 5, 6])
    #expect(
      try readAll(writer.bytes)
        == "171 258 50595078 18446744073709551614 -9223372036854775808 true größe [1, 2, 3] [9]")
    for length in 0..<writer.bytes.count {
      #expect(throws: ByteReaderError.truncated) { _ = try readAll(Array(writer.bytes.prefix(length))) }
    }
    #expect(throws: ByteReaderError.trailingBytes) { _ = try readAll(writer.bytes + [0]) }
  }

  private func readAll(_ bytes: [UInt8]) throws(ByteReaderError) -> String {
    var reader = ByteReader(bytes)
    var out = "\(try reader.readUInt8()) \(try reader.readUInt16()) \(try reader.readUInt32()) "
    out += "\(try reader.readUInt64()) \(try reader.readInt64()) \(try reader.readBool()) "
    out +=
      "\(try reader.readString(max: 10)) \(try reader.readLengthPrefixed(max: 3)) \(try reader.readBytes(1))"
    try reader.finish()
    return out
  }

  @Test func boundsAndTextAreChecked() {
    #expect(throws: ByteReaderError.tooLong) {
      var reader = ByteReader([0, 0, 0, 4, 1, 2, 3, 4])
      _ = try reader.readLengthPrefixed(max: 3)
    }
    #expect(throws: ByteReaderError.truncated) {
      var reader = ByteReader([0xFF, 0xFF, 0xFF, 0xFF, 1])
      _ = try reader.readLengthPrefixed(max: .max)
    }
    #expect(throws: ByteReaderError.notUTF8) {
      var reader = ByteReader([0, 0, 0, 1, 0xFF])
      _ = try reader.readString(max: 10)
    }
    #expect(throws: ByteReaderError.truncated) {
      var reader = ByteReader([1])
      _ = try reader.readBytes(-1)
    }
  }

  @Test(
    arguments: [
      ("", 0), ("a", 0xC1D0_4330), ("123456789", 0xE306_9283),
      (String(repeating: "\0", count: 32), 0x8A91_36AA),
    ] as [(String, UInt32)])
  func checksumsMatchPublishedVectors(text: String, expected: UInt32) {
    #expect(Checksum.crc32c(Array(text.utf8)) == expected)
    #expect(Checksum.crc32cByTable(Array(text.utf8)) == expected)
  }

  @Test func checksumGoesOnOverPartsAndEqualsTheTable() {
    let random = SeededRandom(seed: 3)
    for length in [0, 1, 7, 8, 9, 63, 64, 1000, 4097] {
      let bytes = random.bytes(length)
      let whole = Checksum.crc32c(bytes)
      #expect(whole == Checksum.crc32cByTable(bytes))
      let cut = length / 3
      #expect(Checksum.crc32c(bytes[cut...], seed: Checksum.crc32c(bytes[..<cut])) == whole)
    }
  }

  @Test func lz4RoundTripsAndRefusesWhatDoesNotShrink() throws {
    #expect(LZ4Codec.compress([]) == nil)
    #expect(LZ4Codec.compress(SeededRandom(seed: 1).bytes(1000)) == nil)
    let text = Array(String(repeating: "the way of the data ", count: 5000).utf8)
    let packed = try #require(LZ4Codec.compress(text))
    #expect(packed.count < text.count / 10)
    #expect(try LZ4Codec.decompress(packed, length: text.count) == text)
    #expect(try LZ4Codec.decompress(([1] + packed)[1...], length: text.count) == text)
    for length in [-1, 0, 1, text.count - 1, text.count + 1, .max] {
      #expect(throws: LZ4Error.self) { _ = try LZ4Codec.decompress(packed, length: length) }
    }
  }

  @Test func damagedLZ4NeverTraps() throws {
    let random = SeededRandom(seed: 9)
    let text = Array(String(repeating: "abcdefgh01234567", count: 300).utf8)
    let packed = try #require(LZ4Codec.compress(text))
    for _ in 0..<500 {
      var damaged = packed
      damaged[Int(random.next(below: UInt64(damaged.count)))] = UInt8(truncatingIfNeeded: random.next())
      let result = try? LZ4Codec.decompress(damaged, length: text.count)
      #expect(result == nil || result?.count == text.count)
    }
    #expect(throws: LZ4Error.self) { _ = try LZ4Codec.decompress([UInt8](), length: 10) }
  }

  @Test func masksNameBytes() {
    var bytes = SIMD16<UInt8>(repeating: 0x20)
    bytes[0] = 0x80
    bytes[15] = 0xFF
    bytes[7] = 0x2C
    #expect(ByteMask.highBits(bytes) == 0x8001)
    #expect(ByteMask.equal(bytes, 0x2C) == 1 << 7)
  }
}

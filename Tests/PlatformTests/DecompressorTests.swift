// Goal: compressed bodies come back whole in bounded pieces however they are cut; damage, truncation and bombs
// are errors. Method: bytes that the real libraries made, fed in random pieces; flipped bits; a limit.
import Platform
import Testing

@Suite("Decompressor")
struct DecompressorTests {
  /// "hello tidemark\n" by gzip, zstd and lz4 -B4.
  private static let samples: [(coding: ContentCoding, bytes: [UInt8])] = [
    (
      .gzip,
      [
        31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 203, 72, 205, 201, 201, 87, 40, 201, 76, 73,
        205, 77, 44, 202, 230, 2, 0, 69, 83, 192, 241, 15, 0, 0, 0,
      ]
    ),
    (
      .zstd,
      [
        40, 181, 47, 253, 32, 15, 121, 0, 0, 104, 101, 108, 108, 111, 32, 116, 105, 100, 101, 109,
        97, 114, 107, 10,
      ]
    ),
    (
      .lz4,
      [
        4, 34, 77, 24, 96, 64, 130, 15, 0, 0, 128, 104, 101, 108, 108, 111, 32, 116, 105, 100,
        101, 109, 97, 114, 107, 10, 0, 0, 0, 0,
      ]
    ),
  ]
  private static let text = Array("hello tidemark\n".utf8)

  private static func run(
    _ coding: ContentCoding, _ bytes: [UInt8], pieces: SeededRandom?, bytesMax: UInt64 = 1 << 20
  ) throws -> [UInt8] {
    let decompressor = try #require(Decompressor(coding, bytesMax: bytesMax))
    var out: [UInt8] = []
    var start = 0
    while start < bytes.count {
      let count = pieces.map { Int($0.next(below: 7)) + 1 } ?? bytes.count
      let end = min(bytes.count, start + count)
      decompressor.push(Array(bytes[start..<end]))
      while let piece = try decompressor.next() { out += piece }
      start = end
    }
    try decompressor.finish()
    return out
  }

  @Test("whole, in pieces, and twice in a row", arguments: 0..<UInt64(8))
  func pieces(seed: UInt64) throws {
    let random = SeededRandom(seed: seed)
    for sample in Self.samples {
      #expect(try Self.run(sample.coding, sample.bytes, pieces: nil) == Self.text)
      #expect(try Self.run(sample.coding, sample.bytes, pieces: random) == Self.text)
      #expect(try Self.run(sample.coding, sample.bytes + sample.bytes, pieces: random) == Self.text + Self.text)
    }
  }

  @Test("members without a byte are passed wherever the pieces end")
  func emptyMembers() throws {
    let empty: [UInt8] = [31, 139, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    let sample = Self.samples[0].bytes
    for parts in [[empty, sample], [empty, empty, sample], [sample, empty, sample], [empty + sample], [empty]] {
      let decompressor = try #require(Decompressor(.gzip, bytesMax: 1000))
      var out: [UInt8] = []
      for part in parts {
        decompressor.push(part)
        while let piece = try decompressor.next() { out += piece }
      }
      try decompressor.finish()
      let count = parts.filter { $0 == sample || $0 == empty + sample }.count
      #expect(out == [UInt8]((0..<count).map { _ in Self.text }.joined()))
    }
  }

  @Test("a body that is cut, damaged or too large is an error, never a trap")
  func errors() throws {
    for sample in Self.samples {
      for end in 1..<sample.bytes.count {
        #expect(throws: DecompressionError.self, "\(sample.coding) \(end)") {
          try Self.run(sample.coding, Array(sample.bytes[..<end]), pieces: nil)
        }
      }
      for bit in 0..<sample.bytes.count * 8 {
        var damaged = sample.bytes
        damaged[bit / 8] ^= 1 << UInt8(bit % 8)
        _ = try? Self.run(sample.coding, damaged, pieces: nil)
      }
      #expect(throws: DecompressionError.self) {
        try Self.run(sample.coding, sample.bytes, pieces: nil, bytesMax: 14)
      }
      #expect(try Self.run(sample.coding, [], pieces: nil).isEmpty)
    }
  }
}

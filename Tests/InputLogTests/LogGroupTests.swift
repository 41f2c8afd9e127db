// Goal: damaged bytes are `corrupt`, never a trap and never wrong records. Method: every single-bit flip and
// every cut of small groups, also with the checksum repaired.
import InputLog
import PipelineModel
import Platform
import StorageAPI
import Testing

struct LogGroupTests {
  static let compressible = [UInt8](repeating: 5, count: 600)

  private func group() throws -> [UInt8] {
    LogGroup.encode(
      .blocks, first: Offset(7),
      [
        try PackedBlocks([block(2), block(1, table: "übung", endpoint: 9)]),
        try PackedBlocks([block(3, payload: LogGroupTests.compressible)]),
      ])
  }

  private func read(_ value: [UInt8], staged: [UInt8]? = nil) throws -> [StoredBlock] {
    let store = MemoryStore()
    var batch = WriteBatch()
    batch.put(.log, KeySpace.bigEndian(7), value)
    if let staged { batch.put(StageRow.key(StageID(3), part: 1), staged) }
    try store.write(batch, .synced)
    return try LogReader(store: store).read(from: Offset(7), to: Offset(13), bytesMax: .max)
  }

  private func isCorrupt(_ value: [UInt8], staged: [UInt8]? = nil) -> Bool {
    do {
      _ = try read(value, staged: staged)
      return false
    } catch { return (error as? LogError)?.code == .corrupt }
  }

  private func repaired(_ value: [UInt8]) -> [UInt8] {
    var writer = ByteWriter()
    writer.writeBytes(value.dropLast(4))
    writer.write(Checksum.crc32c(value.dropLast(4)))
    return writer.bytes
  }

  @Test func blocksComeBackWithTheirOffsets() throws {
    let value = try group()
    let blocks = try read(value)
    #expect(blocks.map(\.range) == [range(7, 9), range(9, 10), range(10, 13)])
    #expect(blocks.map(\.table) == ["t", "übung", "t"])
    #expect(blocks.map(\.endpoint.rawValue) == [1, 9, 1])
    #expect(blocks.map(\.inputBytes) == [20, 10, 30])
    #expect(blocks.map(\.payload) == [[1, 2, 3], [1, 2, 3], LogGroupTests.compressible])
    #expect(value.count < 300, "the repetitive payload is compressed")
  }

  @Test func everyBitFlipIsNoticed() throws {
    let value = try group()
    for index in value.indices {
      for bit in 0..<8 {
        var flipped = value
        flipped[index] ^= 1 << UInt8(bit)
        #expect(isCorrupt(flipped), "byte \(index) bit \(bit)")
      }
    }
  }

  @Test func everyCutIsNoticed() throws {
    let value = try group()
    for count in value.indices { #expect(isCorrupt(Array(value[..<count])), "cut at \(count)") }
    #expect(isCorrupt(value + [0]))
  }

  /// With a good checksum the reader must still not trap, and must keep to the group's own record count.
  @Test func nonsenseWithAGoodChecksumNeverTraps() throws {
    let value = try group()
    for index in value.indices.dropLast(4) {
      for byte in [0x00, 0x01, 0x7F, 0x80, 0xFF] as [UInt8] {
        var changed = value
        changed[index] = byte
        do {
          let blocks = try read(repaired(changed))
          #expect(blocks.last?.range.end == Offset(13))
        } catch { #expect((error as? LogError)?.code == .corrupt) }
      }
    }
  }

  @Test func aReferenceKnowsItsPart() throws {
    let part = LogGroup.encode(.part, first: .zero, [try PackedBlocks([block(6)])])
    let sum = try #require(LogGroup.checksum(in: part))
    let reference = LogGroup.encode(
      LogGroup.Reference(stage: StageID(3), part: 1, checksum: sum), first: Offset(7), records: 6)
    #expect(try read(reference, staged: part).map(\.range) == [range(7, 13)])
    #expect(isCorrupt(reference))
    let other = LogGroup.encode(.part, first: .zero, [try PackedBlocks([block(6, endpoint: 2)])])
    #expect(isCorrupt(reference, staged: other))
    for index in part.indices {
      var flipped = part
      flipped[index] ^= 0x10
      #expect(isCorrupt(reference, staged: flipped), "part byte \(index)")
    }
    for index in reference.indices {
      var flipped = reference
      flipped[index] ^= 0x10
      #expect(isCorrupt(flipped, staged: part), "reference byte \(index)")
    }
  }
}

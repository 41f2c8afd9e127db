// Goal: batches come back bit for bit, and no bytes make the decoder trap or allocate without bound.
// Method: seeded random batches, every truncation, random mutations, hostile headers.
import DataModel
import Testing

@Suite struct ColumnCodecTests {
  private func batch(_ seed: UInt64) -> ColumnBatch {
    var random = RandomRows(seed: seed)
    let types = random.types(random.below(5))
    let rows = random.rows(types, count: random.below(200))
    let weights = rows.map { _ in seed % 2 == 0 ? Int64(1) : Int64(random.below(5) - 2) }
    return ColumnBatch(columns: RandomRows.columns(rows, types), weights: weights)
  }

  private func changes(_ seed: UInt64) -> ChangeBatch {
    var random = RandomRows(seed: seed)
    let types = random.types(1 + random.below(70))
    let rows = random.rows(types, count: random.below(80))
    let kinds = rows.map { _ in seed % 3 == 0 ? UInt8(0) : UInt8(random.below(3)) }
    let words = (types.count + 63) / 64
    let presence = kinds.contains(2) ? (0..<rows.count * words).map { _ in random.generator.next() } : []
    return ChangeBatch(columns: RandomRows.columns(rows, types), kinds: kinds, presence: presence)
  }

  private func same(_ left: [ColumnVector], _ right: [ColumnVector]) -> Bool {
    left.count == right.count
      && zip(left, right).allSatisfy { a, b in
        a.physical == b.physical && a.count == b.count && a.validity == b.validity
          && (0..<a.count).allSatisfy { a.value(at: $0) == b.value(at: $0) }
      }
  }

  @Test(arguments: 0..<60) func roundTrip(seed: UInt64) throws {
    let rows = batch(seed)
    let back = try ColumnCodec.decodeBatch(ColumnCodec.encode(rows))
    #expect(back.weights == rows.weights)
    #expect(same(back.columns, rows.columns))
    let records = changes(seed)
    let again = try ColumnCodec.decodeChanges(ColumnCodec.encode(records))
    #expect(again.kinds == records.kinds)
    #expect(again.presence == records.presence)
    #expect(same(again.columns, records.columns))
  }

  @Test func rowsWithoutColumnsKeepTheirCount() throws {
    let bare = ColumnBatch(columns: [], weights: [1, 1, 1])
    #expect(try ColumnCodec.decodeBatch(ColumnCodec.encode(bare)) == bare)
  }

  @Test func everyTruncationIsAnError() {
    let bytes = ColumnCodec.encode(changes(4))
    for length in 0..<bytes.count {
      #expect(throws: CodecError.self) { try ColumnCodec.decodeChanges(Array(bytes[..<length])) }
    }
    #expect(throws: CodecError.self) { try ColumnCodec.decodeChanges(bytes + [0]) }
    #expect(throws: CodecError.self) { try ColumnCodec.decodeBatch(bytes) }
  }

  @Test(arguments: 0..<300) func mutationsNeverTrap(seed: UInt64) {
    var random = RandomRows(seed: 9000 + seed)
    var bytes = ColumnCodec.encode(batch(seed))
    for _ in 0...random.below(6) { bytes[random.below(bytes.count)] = UInt8(random.below(256)) }
    if let result = try? ColumnCodec.decodeBatch(bytes) {
      #expect(result.columns.allSatisfy { $0.count == result.count })
      for column in result.columns { for row in 0..<result.count { _ = column.value(at: row) } }
    }
  }

  @Test func hugeRowCountIsRefusedBeforeAllocation() {
    var bytes = ColumnCodec.encode(ColumnBatch(columns: [], weights: []))
    bytes.replaceSubrange(7..<11, with: [255, 255, 255, 255])
    #expect(throws: CodecError.self) { try ColumnCodec.decodeBatch(bytes) }
  }
}

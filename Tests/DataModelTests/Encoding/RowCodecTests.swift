// Goal: encoded rows come back as they were and sort by memcmp as SQL sorts; foreign bytes give errors, never traps.
// Method: seeded random rows of random layouts against an independent comparison, and random mutations.
import DataModel
import Testing

@Suite struct RowCodecTests {
  @Test(arguments: 0..<40) func roundTripOfRandomRows(seed: UInt64) throws {
    var random = RandomRows(seed: seed)
    let types = random.types(random.below(6))
    let rows = random.rows(types, count: random.below(130))
    let columns = RandomRows.columns(rows, types)
    let encoded = try RowCodec.encode(columns, count: rows.count)
    #expect(encoded.count == rows.count)
    let decoded = try RowCodec.decode(encoded, types: types)
    for row in rows.indices {
      #expect(encoded[row] == RowCodec.encode(rows[row], physical: types))
      #expect(sameRow(decoded.map { $0.value(at: row) }, rows[row]))
      #expect(sameRow(try RowCodec.decode(encoded[row], types: types), rows[row]))
    }
  }

  @Test(arguments: 0..<40) func byteOrderIsValueOrder(seed: UInt64) throws {
    var random = RandomRows(seed: 1000 + seed)
    let types = random.types(1 + random.below(3))
    let rows = random.rows(types, count: 60)
    let encoded = try RowCodec.encode(RandomRows.columns(rows, types), count: rows.count)
    for left in rows.indices {
      for right in rows.indices {
        let a = encoded[left]
        let b = encoded[right]
        let order = a.lexicographicallyPrecedes(b) ? -1 : a == b ? 0 : 1
        #expect(order == sqlCompare(rows[left], rows[right]))
      }
    }
  }

  @Test func selectionEncodesTheNamedRowsInOrder() throws {
    var random = RandomRows(seed: 7)
    let types: [PhysicalType] = [.bytes, .int64, .int128, .float64]
    let rows = random.rows(types, count: 50)
    let columns = RandomRows.columns(rows, types)
    let all = try RowCodec.encode(columns, count: rows.count)
    let chosen: [Int32] = [49, 0, 3, 3, 17]
    let some = try RowCodec.encode(columns, rows: chosen)
    #expect((0..<chosen.count).map { some[$0] } == chosen.map { all[Int($0)] })
  }

  @Test func moreThanOffsetsReachIsAnError() throws {
    var builder = ColumnBuilder(.bytes)
    builder.append(bytes: [UInt8](repeating: 0, count: 1 << 20))
    let column = builder.finish()
    // Each zero takes two bytes.
    #expect(throws: EvaluationError(.invalidArgument, "the rows of one batch exceed 4 GiB")) {
      try RowCodec.encode([column], rows: [Int32](repeating: 0, count: 2048))
    }
    #expect(try RowCodec.encode([column], rows: [0, 0]).bytes.count == 2 * (2 << 20) + 6)
  }

  @Test func goldenBytes() {
    let row = RowCodec.encode([.int64(-1), .bytes([1, 0, 2]), .null], physical: [.int64, .bytes, .int64])
    #expect(row == [1, 0x7F, 255, 255, 255, 255, 255, 255, 255, 1, 1, 0, 0xFF, 2, 0, 0, 0])
    #expect(RowCodec.encode([.float64(-0.0)], physical: [.float64]) == [1, 0x80, 0, 0, 0, 0, 0, 0, 0])
  }

  @Test(arguments: 0..<200) func mutatedBytesNeverTrap(seed: UInt64) {
    var random = RandomRows(seed: 5000 + seed)
    let types = random.types(1 + random.below(4))
    var bytes = RowCodec.encode(random.rows(types, count: 1)[0], physical: types)
    for _ in 0...random.below(4) where !bytes.isEmpty {
      switch random.below(3) {
      case 0: bytes[random.below(bytes.count)] = UInt8(random.below(256))
      case 1: bytes.removeLast(random.below(bytes.count) + 1)
      default: bytes.insert(UInt8(random.below(3)), at: random.below(bytes.count + 1))
      }
    }
    if let values = try? RowCodec.decode(bytes, types: types) { #expect(values.count == types.count) }
  }

  @Test func shortAndLongRowsAreErrors() {
    let row = RowCodec.encode([.int64(5)], physical: [.int64])
    #expect(throws: CodecError.self) { try RowCodec.decode(Array(row.dropLast()), types: [.int64]) }
    #expect(throws: CodecError.self) { try RowCodec.decode(row + [0], types: [.int64]) }
    #expect(throws: CodecError.self) { try RowCodec.decode([2], types: [.int64]) }
    #expect(throws: CodecError.self) { try RowCodec.decode([1, 0x41, 0], types: [.bytes]) }
    #expect(throws: CodecError.self) { try RowCodec.decode([1, 0x41, 0, 7, 0, 0], types: [.bytes]) }
  }
}

// Goal: rows added as blocks equal rows added one by one. Method: random blocks of words and pieces, some with NULL,
// between single rows, against a builder that only takes single rows.
import DataModel
import Testing

@Suite("Rows as blocks")
struct ColumnBlocksTests {
  static func random(_ state: inout UInt64, below bound: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int(state >> 33) % bound
  }

  @Test("numbers", arguments: [PhysicalType.int64, .float64, .int128])
  func numbers(_ physical: PhysicalType) {
    var state = UInt64(physical.rawValue)
    var blocks = ColumnBuilder(physical)
    var single = ColumnBuilder(physical)
    for round in 0..<40 {
      let rows = Self.random(&state, below: 70)
      var words: [UInt64] = []
      var rowNulls: [UInt64] = []
      for _ in 0..<rows {
        let isNull = round % 3 == 2 && Self.random(&state, below: 4) == 0
        let word = isNull ? 0 : UInt64(Self.random(&state, below: 1 << 30)) &* 0xFFFF_FFFF_0001
        words.append(word)
        rowNulls.append(isNull ? 0b10 : 0b01)
        switch physical {
        case _ where isNull: single.appendNull()
        case .int64: single.append(int64: Int64(bitPattern: word))
        case .float64: single.append(float64: Double(bitPattern: word))
        default: single.append(int128: Int128(Int64(bitPattern: word)))
        }
      }
      let nulls = BlockNulls(any: rowNulls.reduce(0, |), column: 1)
      blocks.append(words: words.span, nulls, rowNulls.span)
    }
    #expect(blocks.finish() == single.finish())
  }

  @Test("pieces of two texts, short and long, at the very end of a text")
  func pieces() {
    var state: UInt64 = 3
    let text = (0..<500).map { UInt8($0 & 0x7F) }
    let side = (0..<300).map { UInt8(0x80 | $0 & 0x7F) }
    var blocks = ColumnBuilder(.bytes)
    var single = ColumnBuilder(.bytes)
    for _ in 0..<60 {
      var pieces: [UInt64] = []
      for _ in 0..<Self.random(&state, below: 50) {
        let inSide = Self.random(&state, below: 3) == 0
        let source = inSide ? side : text
        let start = Self.random(&state, below: source.count + 1)
        let most = Self.random(&state, below: 3) == 0 ? source.count - start : min(20, source.count - start)
        let end = start + Self.random(&state, below: most + 1)
        pieces.append(TextPiece.word(start..<end, inSide: inSide))
        single.append(bytes: source[start..<end])
      }
      let rowNulls = [UInt64](repeating: 0, count: pieces.count)
      blocks.append(
        pieces: pieces.span, of: text.span, side: side.span, BlockNulls(any: 0, column: 0), rowNulls.span)
    }
    #expect(blocks.finish() == single.finish())
  }
}

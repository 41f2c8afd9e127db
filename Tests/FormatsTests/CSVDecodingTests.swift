// Goal: RFC 4180 with the contract's rules for empty cells and wrong rows. Method: golden texts.
import DataModel
import Formats
import Testing

@Suite struct CSVDecodingTests {
  let schema = Schema(fields: [
    field("id", .bigint, nullable: false), field("s", .varchar(length: nil)),
    field("d", .decimal(precision: 6, scale: 2)),
  ])

  @Test func quotesLineEndsAndEmptyCells() {
    let result = decode("1,\"a,\"\"b\"\"\nc\",1.5\r\n\n2,,\n\"3\",\"x\"y,\" 2 \"", .csv, schema)
    #expect(result.errors.isEmpty)
    let expected: [[Value]] = [
      [.int64(1), .text("a,\"b\"\nc"), .int128(150)], [.int64(2), .null, .null],
      [.int64(3), .text("xy"), .int128(200)],
    ]
    #expect(result.rows == expected)
    #expect(result.kinds == [0, 0, 0])
  }

  @Test func wrongRowsAreErrorsOneByOne() {
    let result = decode("1,a\n2,b,3,4\nx,c,1\n,d,1\n5,e,5\n6,f,99999\n", .csv, schema)
    #expect(result.rows == [[.int64(5), .text("e"), .int128(500)]])
    #expect(result.errors.map(\.eventNumber) == [1, 2, 3, 4, 6])
    #expect(
      result.errors.first?.description
        == "failed to deserialize CSV record '1,a': 2 fields, but the table has 3 columns")
    #expect(result.errors[2].invalidText == "x")
    #expect(result.errors[2].rawBytes == Array("x,c,1".utf8))
    #expect(result.errors[4].description.contains("out of range of DECIMAL(6, 2)"))
  }

  @Test func emptyCellOfARequiredString() {
    let strict = Schema(fields: [field("a", .varchar(length: nil), nullable: false), field("b", .boolean)])
    let result = decode(",TRUE\n\"\",false\nx,maybe\n", .csv, strict)
    #expect(result.rows == [[.bytes([]), .int64(1)], [.bytes([]), .int64(0)]])
    #expect(result.errorCount == 1)
  }

  @Test func openQuoteAtTheEndFails() {
    let result = decode("1,a,1\n2,\"b", .csv, schema)
    #expect(result.rows.count == 1)
    #expect(result.failed)
  }

  @Test func invalidUTF8IsARowError() {
    let result = decode(Array("1,".utf8) + [0xFF] + Array(",1\n2,b,2\n".utf8), .csv, schema)
    #expect(result.rows == [[.int64(2), .text("b"), .int128(200)]])
    #expect(result.errorCount == 1)
    #expect(!result.failed)
  }
}

// Goal: CAST from text and the SQL text form of every type. Method: golden cases both ways, errors by rule.
import DataModel
import Testing

@Suite struct ValueTextTests {
  @Test func goldenBothWays() throws {
    let cases: [(ColumnType, String, Value)] = [
      (.boolean, "TRUE", .int64(1)), (.tinyint, "-5", .int64(-5)), (.bigint, "42", .int64(42)),
      (.double, "0.1", .float64(0.1)), (.double, "-Infinity", .float64(-.infinity)),
      (.real, "0.1", .float64(Double(Float(0.1)))),
      (.decimal(precision: 5, scale: 2), "1.50", .int128(150)), (.varchar(length: nil), " x ", .text(" x ")),
      (.char(length: 3), "ab", .text("ab")), (.varbinary(length: nil), "00ff", .bytes([0, 255])),
      (.date, "2024-01-31", .int64(19753)), (.time, "10:00:00.5", .int64(36_000_500_000_000)),
      (.timestamp, "2024-01-31 10:00:00.5", .int64(1_706_695_200_500_000)),
      (.uuid, "00112233-4455-6677-8899-aabbccddeeff", .bytes((0..<16).map { UInt8($0 * 0x11) })),
    ]
    for (type, text, value) in cases {
      #expect(try ValueText.parse(Array(text.utf8), as: type) == value)
      #expect(ValueText.render(value, as: type) == text)
      var bytes: [UInt8] = []
      ValueText.append(
        ColumnVector(repeating: value, physical: type.physical, count: 2), row: 1, as: type, to: &bytes)
      #expect(String(decoding: bytes, as: UTF8.self) == text)
    }
    #expect(ValueText.render(.null, as: .date) == "NULL")
  }

  @Test func castsCutStringsAndTrimOthers() throws {
    #expect(try ValueText.parse(Array("éabc".utf8), as: .varchar(length: 2)) == .text("éa"))
    #expect(try ValueText.parse(Array("ab   ".utf8), as: .char(length: 4)) == .text("ab"))
    #expect(try ValueText.parse(Array(" 7 ".utf8), as: .integer) == .int64(7))
    #expect(try ValueText.parse(Array("yes".utf8), as: .boolean) == .int64(1))
  }

  @Test func errorsName() throws {
    let error = #expect(throws: EvaluationError.self) { try ValueText.parse(Array("abc".utf8), as: .integer) }
    #expect(error?.code == .invalidCast)
    #expect(error?.message == "cannot convert 'abc' to INTEGER")
    let range = #expect(throws: EvaluationError.self) { try ValueText.parse(Array("300".utf8), as: .tinyint) }
    #expect(range?.code == .overflow)
    for type: ColumnType in [.date, .time, .timestamp, .uuid, .varbinary(length: nil), .boolean, .double] {
      #expect(throws: EvaluationError.self) { try ValueText.parse(Array("zz".utf8), as: type) }
    }
  }
}

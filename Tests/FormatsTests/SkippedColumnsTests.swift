// Goal: a decoder that leaves columns out reads all others as one that does not, and holds NULL for those left out
// whatever their values are, as long as the text is JSON.
// Method: random bodies decoded directly and the complete way, with and without skipping; single cases by hand.
import DataModel
import Formats
import Testing

@Suite("Columns left out")
struct SkippedColumnsTests {
  private static func rows(
    _ body: [UInt8], _ format: InputFormat, _ schema: Schema, _ skipping: Set<Int>, cuts: [Int] = []
  ) -> Decoded {
    var decoder = InputDecoder(format: format, schema: schema, rowErrorsKept: 100, skipping: skipping)
    var result = Decoded()
    var start = 0
    for cut in cuts.sorted() + [body.count] where cut >= start && cut <= body.count {
      decoder.feed(Array(body[start..<cut]))
      start = cut
    }
    decoder.finish()
    if let batch = decoder.takeBatch() { result.add(batch) }
    result.errorCount = decoder.errorCount
    result.failed = decoder.failed
    return result
  }

  private static let three = Schema(fields: [
    field("a", .bigint), field("b", .varchar(length: 3)), field("c", .timestamp),
    field("d", .bigint, nullable: false),
  ])

  @Test("values of any kind pass", arguments: [
    #""b":"long text that would not fit""#, #""b":12"#, #""b":-1.5e-7"#, #""b":true"#, #""b":null"#,
    #""b":"esc\"aped\\""#, #""b":[1,{"x":"]"}]"#, #""b" : {"y":[]} "#, #""b":"é日本""#, #""B":"x""#,
    #""b":"x","b":7"#, #""b":0"#, #""b":12345678901234567890123456789"#,
    "\"b\":\"\(String(repeating: "long ", count: 60))\"",
  ])
  func anyValue(_ member: String) {
    for body in ["{\"a\":1,\(member),\"d\":2}\n", "{\(member),\"d\":2,\"a\":1}\n", "{\"d\":2,\"a\":1,\(member)}\n"] {
      let text = Array((body + body).utf8)
      let decoded = Self.rows(text, .raw, Self.three, [1, 2])
      #expect(decoded.rows == [[.int64(1), .null, .null, .int64(2)], [.int64(1), .null, .null, .int64(2)]])
      #expect(decoded.errorCount == 0 && !decoded.failed)
    }
  }

  @Test("what is no JSON is refused also where nothing is read", arguments: [
    #""b":x"#, #""b":01"#, #""b":"a\x""#, "\"b\":\"tab\there\"", #""b":"#, #""b":1."#, #""b":tru"#, #""b":[1"#, #""b":"x" 1"#,
    #""b":1x"#, #""b":-"#, #""b":nullx"#, #""b":1e"#, #""b":"\ud83d""#,
  ])
  func noJSON(_ member: String) {
    let body = Array("{\"a\":1,\"d\":2}\n{\"a\":1,\(member),\"d\":2}\n".utf8)
    let skipping = Self.rows(body, .raw, Self.three, [1, 2])
    #expect(skipping.errorCount > 0)
    #expect(skipping.rows.count == 1)
  }

  @Test("bytes that are no UTF-8 are refused too") func badUTF8() {
    let body = Array("{\"a\":1,\"b\":\"".utf8) + [0xC3, 0x28] + Array("\",\"d\":2}\n".utf8)
    #expect(Self.rows(body, .raw, Self.three, [1]).errorCount > 0)
  }

  @Test("keys and NOT NULL columns are read nonetheless") func kept() {
    let schema = Schema(
      fields: [field("a", .bigint), field("b", .bigint), field("d", .bigint, nullable: false)], primaryKey: [0])
    let body = Array("{\"insert\":{\"a\":1,\"b\":2,\"d\":3}}\n".utf8)
    let decoded = Self.rows(body, .envelope, schema, [0, 1, 2])
    #expect(decoded.rows == [[.int64(1), .null, .int64(3)]])
  }

  @Test("CSV cells and arrays of values pass too") func positions() {
    let csv = Array("1,far too long,never,2\n3,\"a \"\"b\"\"\",,4\n".utf8)
    let expected: [[Value]] = [
      [.int64(1), .null, .null, .int64(2)], [.int64(3), .null, .null, .int64(4)],
    ]
    #expect(Self.rows(csv, .csv, Self.three, [1, 2]).rows == expected)
    let arrays = Array("[1,\"far too long\",{},2]\n[3,[[]],null,4]\n".utf8)
    #expect(Self.rows(arrays, .raw, Self.three, [1, 2]).rows == expected)
  }

  @Test("random records: the other columns are as ever", arguments: 0..<16)
  func random(seed: Int) {
    let plain = Schema(
      fields: everyType.fields + [field("last", .varchar(length: nil))])
    var writer = DirectDecodingTests.Writer(seed: UInt64(seed) + 4000, plain)
    for _ in 0..<40 {
      let skipping = Set(plain.fields.indices.filter { _ in writer.chance(3) })
      let records = (0...writer.table.generator.below(12)).map { _ in writer.members() }
      let (direct, complete) = DirectDecodingTests.bodies(records)
      let cuts = writer.chance(2) ? writer.table.cuts(direct.count) : []
      let one = Self.rows(direct, .envelope, plain, skipping, cuts: cuts)
      let other = Self.rows(complete, .envelope, plain, skipping)
      #expect(one.agrees(with: other), "\(String(decoding: direct, as: UTF8.self))")
      for row in one.rows { #expect(skipping.allSatisfy { row[$0] == .null }) }
      let whole = Self.rows(direct, .envelope, plain, [])
      if whole.errorCount == 0 {
        let cleared = whole.rows.map { row in
          row.enumerated().map { skipping.contains($0.offset) ? Value.null : $0.element }
        }
        #expect(one.rows == cleared)
      }
    }
  }
}

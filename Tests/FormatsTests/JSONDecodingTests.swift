// Goal: every value encoding of the contract, and what happens to records that are not quite right.
// Method: golden cases per type, then error cases by rule.
import DataModel
import Formats
import Testing

struct ValueCase: Sendable, CustomStringConvertible {
  let type: ColumnType
  let json: String
  /// Nil when the value must be refused.
  let value: Value?
  init(_ type: ColumnType, _ json: String, _ value: Value?) {
    self.type = type
    self.json = json
    self.value = value
  }
  var description: String { "\(type.description) \(json)" }
}

let valueCases: [ValueCase] = [
  .init(.boolean, "true", .int64(1)), .init(.boolean, "false", .int64(0)), .init(.boolean, "1", nil),
  .init(.boolean, "\"true\"", nil), .init(.boolean, "null", .null),
  .init(.tinyint, "-128", .int64(-128)), .init(.tinyint, "128", nil),
  .init(.smallint, "32767", .int64(32767)),
  .init(.integer, "2147483648", nil), .init(.integer, "\" 42 \"", .int64(42)), .init(.integer, "1.0", nil),
  .init(.integer, "1e2", nil), .init(.integer, "\"x\"", nil), .init(.integer, "[1]", nil),
  .init(.integer, "{\"a\":[1,{}]}", nil), .init(.integer, "true", nil), .init(.integer, "-0", .int64(0)),
  .init(.bigint, "-9223372036854775808", .int64(.min)), .init(.bigint, "9223372036854775807", .int64(.max)),
  .init(.bigint, "9223372036854775808", nil), .init(.bigint, "-9223372036854775809", nil),
  .init(.bigint, "123456789012345678901234567890", nil),
  .init(.bigint, "\"9223372036854775807\"", .int64(.max)),
  .init(.bigint, "1234567890123456", .int64(1_234_567_890_123_456)),
  .init(.bigint, "12345678", .int64(12_345_678)),
  .init(.double, "1", .float64(1)), .init(.double, "0.1", .float64(0.1)),
  .init(.double, "-1.5e-3", .float64(-0.0015)),
  .init(.double, "1.7976931348623157e308", .float64(.greatestFiniteMagnitude)), .init(.double, "1e400", nil),
  .init(.double, "123456789012345678901234567890", .float64(1.2345678901234568e29)),
  .init(.double, "9007199254740993", .float64(9007199254740992)), .init(.double, "\"2.5\"", .float64(2.5)),
  .init(.double, "5e-324", .float64(.leastNonzeroMagnitude)), .init(.double, "false", nil),
  .init(.real, "0.1", .float64(Double(Float(0.1)))), .init(.real, "16777217", .float64(16777216)),
  .init(.real, "1e39", nil),
  .init(.decimal(precision: 5, scale: 2), "123.45", .int128(12345)),
  .init(.decimal(precision: 5, scale: 2), "\"-0.005\"", .int128(-1)),
  .init(.decimal(precision: 5, scale: 2), "999.994", .int128(99999)),
  .init(.decimal(precision: 5, scale: 2), "999.995", nil),
  .init(.decimal(precision: 5, scale: 2), "1e3", nil),
  .init(.decimal(precision: 5, scale: 2), "1.5e1", .int128(1500)),
  .init(
    .decimal(precision: 38, scale: 0), "99999999999999999999999999999999999999",
    .int128(DecimalArithmetic.powersOfTen[38] - 1)),
  .init(.decimal(precision: 38, scale: 0), "100000000000000000000000000000000000000", nil),
  .init(.decimal(precision: 38, scale: 38), "0.00000000000000000000000000000000000001", .int128(1)),
  .init(.varchar(length: nil), "\"a\\u0000\\n\\\"\\ud83d\\ude00é\"", .text("a\u{0}\n\"😀é")),
  .init(.varchar(length: 3), "\"éé日\"", .text("éé日")), .init(.varchar(length: 3), "\"abcd\"", nil),
  .init(.varchar(length: nil), "12", nil), .init(.varchar(length: nil), "\"\"", .bytes([])),
  .init(.char(length: 3), "\"ab \"", .text("ab")), .init(.char(length: 3), "\"abcd\"", nil),
  .init(.varbinary(length: nil), "[0, 255 ,7]", .bytes([0, 255, 7])),
  .init(.varbinary(length: nil), "[]", .bytes([])),
  .init(.varbinary(length: nil), "[256]", nil), .init(.varbinary(length: nil), "[\"a\"]", nil),
  .init(.varbinary(length: nil), "\"00fF\"", .bytes([0, 255])), .init(.varbinary(length: nil), "\"0\"", nil),
  .init(.varbinary(length: 2), "[1,2,3]", nil),
  .init(.date, "\"1970-01-02\"", .int64(1)), .init(.date, "\"0001-01-01\"", .int64(-719162)),
  .init(.date, "\"2023-02-29\"", nil), .init(.date, "\" 2024-02-29 \"", .int64(19782)),
  .init(.date, "1", nil),
  .init(.time, "\"23:59:59.123456789\"", .int64(86_399_123_456_789)), .init(.time, "\"24:00:00\"", nil),
  .init(.timestamp, "\"1970-01-01 00:00:01.5\"", .int64(1_500_000)),
  .init(.timestamp, "\"1970-01-01T02:00:00+02:00\"", .int64(0)),
  .init(.timestamp, "\"1970-01-01T00:00:00Z\"", .int64(0)),
  .init(.timestamp, "\"1969-12-31 23:59:59.999999\"", .int64(-1)),
  .init(.timestamp, "\"1970-01-01 00:00:00 x\"", nil),
  .init(.timestamp, "\"0001-01-01 00:00:00+10:00\"", nil),
  .init(.uuid, "\"00112233-4455-6677-8899-AABBCCDDEEFF\"", .bytes((0..<16).map { UInt8($0 * 0x11) })),
  .init(.uuid, "\"00112233-4455-6677-8899-AABBCCDDEEF\"", nil),
]

@Suite struct JSONDecodingTests {
  @Test(arguments: valueCases) func valueEncoding(_ example: ValueCase) throws {
    let schema = Schema(fields: [field("id", .bigint), field("v", example.type)])
    let result = decode("{\"id\":1,\"v\":\(example.json)}\n{\"id\":2,\"v\":null}", .raw, schema)
    let good: [[Value]] = example.value.map { [[.int64(1), $0]] } ?? []
    #expect(result.rows == good + [[.int64(2), .null]])
    #expect(!result.failed)
    #expect(result.errorCount == (example.value == nil ? 1 : 0))
    if example.value == nil { #expect(result.errors.first?.field == "v") }
  }

  @Test func errorSaysWhatAndWhere() throws {
    let schema = Schema(fields: [field("id", .bigint, nullable: false), field("s", .varchar(length: nil))])
    let result = decode("{\"id\":1}{\"id\":\"abc\",\"s\":\"x\"}\n{\"s\":null}{\"id\":null}", .raw, schema)
    #expect(result.rows == [[.int64(1), .null]])
    try #require(result.errors.count == 3)
    let record = #"{"id":"abc","s":"x"}"#
    let reason = "error parsing field 'id': invalid value 'abc', expected BIGINT"
    #expect(result.errors[0].description == "failed to deserialize JSON record '\(record)': \(reason)")
    #expect(result.errors.map(\.eventNumber) == [2, 3, 4])
    #expect(result.errors[0].invalidText == "abc")
    #expect(result.errors[1].description.contains("missing field 'id'"))
    #expect(result.errors[2].description.contains("NULL is not allowed"))
    #expect(result.errors[0].rawBytes == Array(record.utf8))
  }

  @Test func keysMatchAsIdentifiersDo() {
    let schema = Schema(fields: [
      field("Amount", .bigint),
      Field(name: SQLIdentifier("Id", caseSensitive: true), type: .bigint, nullable: true),
      field("größe", .bigint),
    ])
    let result = decode(
      "{\"AMOUNT\":1,\"Id\":2,\"GRÖSSE\":9,\"GRÖßE\":3}{\"id\":7,\"amount\":4,\"x\":[{}]}{\"\\u0049d\":5,\"other\":\"y\"}",
      .raw, schema)
    #expect(result.errors.isEmpty)
    let expected: [[Value]] = [
      [.int64(1), .int64(2), .int64(3)], [.int64(4), .null, .null], [.null, .int64(5), .null],
    ]
    #expect(result.rows == expected)
  }

  @Test func lastDuplicateWinsAndDefaultsFill() {
    let schema = Schema(fields: [
      field("a", .bigint, nullable: false, defaultValue: .int64(7)), field("b", .varchar(length: nil)),
    ])
    let result = decode("{\"b\":\"x\",\"a\":1,\"b\":\"yy\",\"a\":2}{\"b\":null}{}", .raw, schema)
    #expect(result.rows == [[.int64(2), .text("yy")], [.int64(7), .null], [.int64(7), .null]])
  }

  @Test func positionalRows() {
    let schema = Schema(fields: [field("a", .bigint), field("b", .varchar(length: nil))])
    let result = decode("[1,\"x\"] [2] [3,\"y\",4] [null,null]", .raw, schema)
    #expect(result.rows == [[.int64(1), .text("x")], [.null, .null]])
    #expect(result.errors.map(\.eventNumber) == [2, 3])
  }

  @Test func envelopesOfAKeyedTable() {
    let schema = Schema(
      fields: [
        field("id", .bigint, nullable: false), field("n", .bigint, nullable: false), field("s", .date),
      ],
      primaryKey: [0])
    let body = """
      {"insert":{"id":1,"n":2,"s":null}} {"delete":{"id":1}} {"table":"t","update":{"id":3,"s":"1970-01-03"}}
      {"delete":{"n":4}} {"update":{"n":4}} {"update":{"id":5,"n":null}} {} 5 {"insert":{"id":1,"n":1},"delete":{"id":1}}
      {"delete":null,"insert":[9,8,null]}
      """
    let result = decode(body, .envelope, schema)
    let expected: [[Value]] = [
      [.int64(1), .int64(2), .null], [.int64(1), .null, .null], [.int64(3), .null, .int64(2)],
      [.int64(9), .int64(8), .null],
    ]
    #expect(result.rows == expected)
    #expect(result.kinds == [0, 1, 2, 0])
    #expect(result.presence.map { $0 & 7 } == [7, 7, 0b101, 7])
    #expect(result.errors.map(\.eventNumber) == [4, 5, 6, 7, 8, 9])
  }

  @Test func deletesAndUpdatesWithoutAKey() {
    let schema = Schema(fields: [field("a", .bigint, nullable: false), field("b", .bigint)])
    let result = decode(
      "{\"delete\":{\"b\":1}}{\"update\":{\"a\":1}}{\"delete\":{\"a\":1}}", .envelope, schema)
    #expect(result.rows == [[.int64(1), .null]])
    #expect(result.errorCount == 2)
  }

  @Test func arraysAreTakenWholeOrNotAtAll() {
    let schema = Schema(fields: [field("a", .bigint)])
    let result = decode(
      "[{\"a\":1},{\"a\":2}] [{\"a\":3},{\"a\":\"x\"},{\"a\":\"y\"}]\n[] [{\"a\":5}]", .array(.raw), schema)
    #expect(result.rows == [[.int64(1)], [.int64(2)], [.int64(5)]])
    #expect(result.errors.map(\.eventNumber) == [4])
    #expect(!result.failed)
    let cut = decode("[{\"a\":1}] [{\"a\":2},", .array(.raw), schema)
    #expect(cut.rows == [[.int64(1)]])
    #expect(cut.failed)
    #expect(decode("{\"a\":1}", .array(.raw), schema).failed)
  }

  @Test func openArrayIsNotGivenOut() {
    let schema = Schema(fields: [field("a", .varchar(length: nil))])
    var decoder = InputDecoder(format: .array(.raw), schema: schema, rowErrorsKept: 1)
    decoder.feed(Array("[[\"one\"]][[\"two\"],[\"three\"],".utf8))
    #expect(decoder.bufferedRecords == 1)
    #expect(decoder.takeBatch()?.changes.columns[0].value(at: 0) == .text("one"))
    #expect(decoder.takeBatch() == nil)
    decoder.feed(Array("[null]]".utf8))
    decoder.finish()
    #expect(decoder.takeBatch()?.changes.count == 3)
    #expect(decoder.errorCount == 0)
  }

  @Test(arguments: [
    "{\"a\":1,}", "{\"a\" 1}", "{\"a\":01}", "{\"a\":1", "{\"a\":\"\u{1}\"}", "{\"a\":\"\\x\"}",
    "{\"a\":\"\\ud800\"}",
    "{\"a\":nul}", "{a:1}", "]", "{\"a\":+1}", "{\"a\":.5}", "{\"a\":1.}", "{\"a\":tru",
  ])
  func malformedTextEndsParsing(_ text: String) {
    let schema = Schema(fields: [field("a", .bigint)])
    let result = decode("{\"a\":1}\n" + text + "\n{\"a\":2}", .raw, schema)
    #expect(result.rows == [[.int64(1)]])
    #expect(result.failed)
    #expect(result.errorCount == 1)
  }

  @Test func invalidUTF8AndDepthAreMalformed() {
    let schema = Schema(fields: [field("a", .varchar(length: nil))])
    #expect(decode(Array("{\"a\":\"".utf8) + [0xC0, 0x80] + Array("\"}".utf8), .raw, schema).failed)
    let deep = String(repeating: "[", count: 62) + String(repeating: "]", count: 62)
    #expect(decode("{\"x\":\(deep),\"a\":\"k\"}", .raw, schema).rows == [[.text("k")]])
    let deeper = String(repeating: "[", count: 65) + String(repeating: "]", count: 65)
    #expect(decode("{\"x\":\(deeper)}", .raw, schema).failed)
  }

  @Test func recordsAreBounded() {
    let schema = Schema(fields: [field("a", .varchar(length: nil))])
    let body = Array("{\"a\":\"k\"}{\"a\":\"\(String(repeating: "x", count: 5000))\"}".utf8)
    let limits = InputLimits(recordBytesMax: 1000, arrayBytesMax: 1000)
    let result = decode(
      body, .raw, schema, cuts: Array(stride(from: 0, to: body.count, by: 100)), limits: limits)
    #expect(result.rows == [[.text("k")]])
    #expect(result.failed)
    #expect(result.errors.first?.description.contains("longer than 1000") == true)
    let rows = Array("[\(Array(repeating: "[\"abc\"]", count: 500).joined(separator: ","))]".utf8)
    #expect(decode(rows, .array(.raw), schema, limits: limits).failed)
  }

  @Test func columnOrderIsLearned() {
    let schema = Schema(fields: [field("a", .bigint), field("b", .bigint), field("c", .bigint)])
    let rows = (0..<5).map { "{\"zz\":0,\"c\":\($0),\"b\":\($0 + 1),\"A\":\($0 + 2)}" }.joined()
    let result = decode(rows, .raw, schema)
    let expected: [[Value]] = (0..<5).map { (n: Int64) -> [Value] in
      [.int64(n + 2), .int64(n + 1), .int64(n)]
    }
    #expect(result.rows == expected)
  }
}

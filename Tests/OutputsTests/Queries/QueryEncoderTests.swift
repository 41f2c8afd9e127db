// Goal: answers of ad-hoc queries byte for byte. Method: goldens for text and JSON; of the Arrow stream only the
// framing is walked here, its content is read by pyarrow in the acceptance suite.

import DataModel
import Testing

import Outputs

struct QueryEncoderTests {
  static let fields = [
    Field(name: SQLIdentifier("id"), type: .integer, nullable: false),
    Field(name: SQLIdentifier("name"), type: .varchar(length: nil), nullable: true),
    Field(name: SQLIdentifier("price"), type: .decimal(precision: 10, scale: 2), nullable: true),
    Field(name: SQLIdentifier("at"), type: .timestamp, nullable: true),
    Field(name: SQLIdentifier("x"), type: .double, nullable: true),
    Field(name: SQLIdentifier("ok"), type: .boolean, nullable: true),
  ]

  static func batch() -> ColumnBatch {
    let rows: [[Value]] = [
      [.int64(1), .text("Zoë"), .int128(1250), .int64(1_700_000_000_500_000), .float64(1), .boolean(true)],
      [.int64(2), .null, .null, .null, .float64(.nan), .null],
    ]
    var columns: [ColumnVector] = []
    for (index, field) in fields.enumerated() {
      var builder = ColumnBuilder(field.type.physical)
      for row in rows { builder.append(row[index]) }
      columns.append(builder.finish())
    }
    return ColumnBatch(columns: columns, weights: [1, 1])
  }

  private func encode(_ encoding: QueryEncoder.Encoding, _ batches: [ColumnBatch]) -> [UInt8] {
    var encoder = QueryEncoder(encoding: encoding, fields: QueryEncoderTests.fields)
    var bytes = encoder.begin(batches)
    for batch in batches { bytes += encoder.rows(batch) }
    return bytes + encoder.end()
  }

  @Test func textTable() {
    let expected = """
      +----+------+-------+-------------------------+-----+------+
      | id | name | price | at                      | x   | ok   |
      +----+------+-------+-------------------------+-----+------+
      | 1  | Zoë  | 12.50 | 2023-11-14T22:13:20.500 | 1.0 | true |
      | 2  |      |       |                         | NaN |      |
      +----+------+-------+-------------------------+-----+------+

      """
    #expect(String(decoding: encode(.text, [QueryEncoderTests.batch()]), as: UTF8.self) == expected)
  }

  @Test func anEmptyTextTableHasItsHeader() {
    let text = String(decoding: encode(.text, []), as: UTF8.self)
    #expect(text.split(separator: "\n").count == 4)
    #expect(text.contains("| id | name | price | at | x | ok |"))
  }

  @Test func jsonLines() {
    let expected = """
      {"id":1,"name":"Zoë","price":12.50,"at":"2023-11-14T22:13:20.500","x":1.0,"ok":true}
      {"id":2,"name":null,"price":null,"at":null,"x":null,"ok":null}

      """
    #expect(String(decoding: encode(.json, [QueryEncoderTests.batch()]), as: UTF8.self) == expected)
    #expect(encode(.json, []).isEmpty)
  }

  @Test func weightsRepeatRows() {
    var batch = QueryEncoderTests.batch()
    batch.weights = [2, 0]
    #expect(encode(.json, [batch]).count { $0 == 0x0A } == 2)
  }

  @Test func errorLines() {
    let fields = QueryEncoderTests.fields
    let text = QueryEncoder(encoding: .text, fields: fields).errorLine("division by \"0\"")
    #expect(String(decoding: text, as: UTF8.self) == "ERROR: division by \"0\"\n")
    let json = QueryEncoder(encoding: .json, fields: fields).errorLine("division by \"0\"")
    #expect(String(decoding: json, as: UTF8.self) == "{\"error\":\"division by \\\"0\\\"\"}\n")
  }

  @Test func contentTypes() {
    #expect(QueryEncoder.Encoding.text.contentType == "text/plain")
    #expect(QueryEncoder.Encoding.json.contentType == "application/json")
    #expect(QueryEncoder.Encoding(rawValue: "arrow_ipc")?.contentType == "application/vnd.apache.arrow.stream")
  }

  /// Walks the messages of a stream; nil when the framing is wrong.
  private func messageCount(_ bytes: [UInt8]) -> Int? {
    func word(_ at: Int) -> Int? {
      guard at >= 0, at + 4 <= bytes.count else { return nil }
      return (0..<4).reduce(0) { $0 | Int(bytes[at + $1]) << (8 * $1) }
    }
    var at = 0
    var count = 0
    while word(at) == 0xFFFF_FFFF, let length = word(at + 4) {
      if length == 0 { return at + 8 == bytes.count ? count : nil }
      // Root table, its vtable, slot 3 of Message: the length of the body.
      guard at % 8 == 0, length % 8 == 0, let root = word(at + 8) else { return nil }
      let table = at + 8 + root
      guard let back = word(table), let slot = word(table - back + 10).map({ $0 & 0xFFFF }), slot > 0,
        let body = word(table + slot)
      else { return nil }
      at += 8 + length + body
      count += 1
    }
    return nil
  }

  @Test func arrowStreamsAreFramed() {
    #expect(messageCount(encode(.arrowIPC, [])) == 1)
    #expect(messageCount(encode(.arrowIPC, [QueryEncoderTests.batch(), QueryEncoderTests.batch()])) == 3)
  }
}

// Goal: the exact bytes that clients of egress and queries see. Method: golden texts.
import DataModel
import Formats
import Testing

@Suite struct EncoderTests {
  private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

  private func batch(_ schema: Schema, _ rows: [[Value]], weights: [Int64]) -> ColumnBatch {
    var builders = schema.physicalTypes.map { ColumnBuilder($0) }
    for row in rows { for (index, value) in row.enumerated() { builders[index].append(value) } }
    return ColumnBatch(columns: builders.indices.map { builders[$0].finish() }, weights: weights)
  }

  let schema = Schema(fields: [
    field("Id", .bigint),
    Field(name: SQLIdentifier("Name", caseSensitive: true), type: .varchar(length: nil), nullable: true),
    field("p", .decimal(precision: 10, scale: 2)), field("f", .double), field("b", .varbinary(length: nil)),
    field("t", .timestamp), field("ok", .boolean),
  ])
  let row: [Value] = [
    .int64(-1), .text("a\"\\\n\u{1}é"), .int128(-5), .float64(.nan), .bytes([1, 255]), .int64(1_500_000),
    .boolean(true),
  ]

  @Test func bothFlavors() {
    let rows = batch(schema, [row, row.map { _ in .null }], weights: [1, 1])
    var bytes: [UInt8] = []
    RowJSONEncoder(schema: schema, flavor: .egress).appendRow(rows, row: 0, to: &bytes)
    let first =
      #"{"id":-1,"Name":"a\"\\\n\u0001é","p":-0.05,"f":null,"b":[1,255],"t":"1970-01-01 00:00:01.5","ok":true}"#
    #expect(text(bytes) == first)
    bytes = []
    RowJSONEncoder(schema: schema, flavor: .adhoc).appendRow(rows, row: 0, to: &bytes)
    #expect(text(bytes).contains("\"t\":\"1970-01-01T00:00:01.500\""))
    bytes = []
    RowJSONEncoder(schema: schema, flavor: .adhoc).appendRow(rows, row: 1, to: &bytes)
    #expect(
      text(bytes) == "{\"id\":null,\"Name\":null,\"p\":null,\"f\":null,\"b\":null,\"t\":null,\"ok\":null}")
  }

  @Test func deletesFirstAndWeightsAsItems() {
    let small = Schema(fields: [field("a", .bigint), field("s", .varchar(length: nil))])
    let rows = batch(
      small,
      [[.int64(1), .text("x,y")], [.int64(2), .null], [.int64(3), .text("z")], [.int64(4), .text("")]],
      weights: [2, -1, 0, 1])
    let delta = DeltaEncoder(format: .json, schema: small)
    let items = [
      #"{"delete":{"a":2,"s":null}}"#, #"{"insert":{"a":1,"s":"x,y"}}"#, #"{"insert":{"a":1,"s":"x,y"}}"#,
      #"{"insert":{"a":4,"s":""}}"#,
    ]
    #expect(text(delta.jsonItems(rows)) == items.joined(separator: ","))
    #expect(text(delta.jsonLines(rows)).split(separator: "\n").count == 4)
    #expect(text(delta.csv(rows)) == "2,,-1\n1,\"x,y\",2\n4,\"\",1\n")
    let nothing = batch(small, [], weights: [])
    #expect(delta.jsonItems(nothing).isEmpty)
    #expect(delta.csv(nothing).isEmpty)
  }

  @Test func formatTextIsCanonical() {
    #expect(InputFormat(kind: .csv, updateFormat: .raw, array: true) == InputFormat(kind: .csv))
    #expect(
      InputFormat(kind: .json, array: true).description == "json;update_format=insert_delete;array=true")
  }
}

// Goal: the newer types go in by JSON and CSV and come out by JSON as they went in; what is none of them is a rejected
// row, never a trap. Method: golden texts, bad values, and mutated bodies from seeds.
import DataModel
import Formats
import Testing

@Suite("Formats of unsigned, binary and nested types")
struct NestedFormatTests {
  private let schema = Schema(fields: [
    field("u", .unsignedBigint), field("s", .unsignedSmallint), field("b", .binary(length: 3)),
    field("a", .array(.integer)), field("m", .map(key: .varchar(length: nil), value: .double)),
    field(
      "r",
      .row([
        RowField(name: SQLIdentifier("x"), type: .integer, nullable: false),
        RowField(name: SQLIdentifier("d"), type: .array(.date), nullable: true),
      ])),
    field("v", .variant),
  ])

  private func encoded(_ rows: [[Value]]) -> [String] {
    var builders = schema.physicalTypes.map { ColumnBuilder($0) }
    for row in rows { for (index, value) in row.enumerated() { builders[index].append(value) } }
    let batch = ColumnBatch(
      columns: builders.indices.map { builders[$0].finish() }, weights: rows.map { _ in 1 })
    return rows.indices.map { row in
      var bytes: [UInt8] = []
      RowJSONEncoder(schema: schema, flavor: .egress).appendRow(batch, row: row, to: &bytes)
      return String(decoding: bytes, as: UTF8.self)
    }
  }

  @Test("what comes in goes out")
  func roundTrip() {
    let lines = [
      #"{"u":18446744073709551615,"s":65535,"b":[1,2,0],"a":[1,null,-3],"m":{"k":1.5,"ä":null},"#
        + #""r":{"x":7,"d":["2024-02-29"]},"v":{"a":[1,"x\"y",null,true,-2.50],"b":{}}}"#,
      #"{"u":null,"s":null,"b":null,"a":null,"m":null,"r":null,"v":null}"#,
      #"{"u":0,"s":0,"b":[0,0,0],"a":[],"m":{},"r":{"x":0,"d":null},"v":"text"}"#,
    ]
    for cut in [[], [30, 31], [100, 150, 151]] {
      let decoded = decode(Array(lines.joined(separator: "\n").utf8), .raw, schema, cuts: cut)
      #expect(decoded.errors.isEmpty)
      #expect(encoded(decoded.rows) == lines)
    }
  }

  @Test("members in any order, unknown members, short forms")
  func leniency() {
    let body = #"{"r":{"zz":[{}],"D":null,"X":1},"m":{"b":2,"a":1,"b":3},"b":"0A","u":"5","a":[ ]}"#
    let decoded = decode(body, .raw, schema)
    #expect(
      encoded(decoded.rows) == [
        #"{"u":5,"s":null,"b":[10,0,0],"a":[],"m":{"a":1.0,"b":3.0},"r":{"x":1,"d":null},"v":null}"#
      ])
  }

  @Test(
    "bad values are rejected",
    arguments: [
      #"{"u":-1}"#, #"{"u":18446744073709551616}"#, #"{"u":1.5}"#, #"{"s":65536}"#, #"{"s":-1}"#,
      #"{"b":[1,2,3,4]}"#,
      #"{"b":[256]}"#, #"{"b":{}}"#, #"{"a":{}}"#, #"{"a":["x"]}"#, #"{"a":"[1]"}"#, #"{"m":[1]}"#,
      #"{"m":{"a":"x"}}"#,
      #"{"r":{}}"#, #"{"r":{"x":null}}"#, #"{"r":{"x":1,"d":["no"]}}"#, #"{"r":[1]}"#,
    ])
  func rejected(body: String) {
    let decoded = decode(body + "\n" + #"{"u":1}"#, .raw, schema)
    #expect(decoded.errorCount == 1 && decoded.rows.count == 1, "\(decoded)")
  }

  @Test("CSV cells hold JSON")
  func csv() {
    let body = "5,6,0a0b0c,\"[1,2]\",\"{\"\"k\"\":1}\",\"{\"\"x\"\":1}\",\"[true]\"\n1,2,00,[x],,,\n"
    let decoded = decode(body, .csv, schema)
    #expect(decoded.errorCount == 1)
    #expect(
      encoded(decoded.rows) == [
        #"{"u":5,"s":6,"b":[10,11,12],"a":[1,2],"m":{"k":1.0},"r":{"x":1,"d":null},"v":[true]}"#
      ])
  }

  @Test("mutated bodies never trap, whatever the chunks", arguments: 0..<40 as Range<UInt64>)
  func mutations(seed: UInt64) {
    var random = RandomTable(seed: seed)
    let line =
      #"{"u":7,"b":[1,2],"a":[1,null],"m":{"k":1.5},"r":{"x":7,"d":["2024-02-29"]},"v":{"a":[1,"x",{"q":[[]]}]}}"#
    for _ in 0..<20 {
      var body = Array((line + "\n" + line + "\n").utf8)
      random.mutate(&body)
      let whole = decode(body, .raw, schema)
      #expect(whole.agrees(with: decode(body, .raw, schema, cuts: random.cuts(body.count), takeOften: true)))
      _ = encoded(whole.rows)
    }
  }
}

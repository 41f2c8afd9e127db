import DataModel
import Dataflow
import Formats
import SQLFrontend
import SQLLowering
import Testing

// Goal: no body of a request traps the process. Method: bodies of every format for a table of every type,
// mutated and cut anywhere; what is decoded goes through the log's codec into a circuit and out again as
// JSON and CSV.

@Suite("Fuzz: records", .serialized)
struct RecordFuzzTests {
  private static let ddl = """
    create table r (i int not null primary key default 3, l bigint, m decimal(12, 3), d double, f real, s varchar,
      c char(3), b boolean, dd date, ts timestamp, tt time, y varbinary, yy binary(2), u bigint unsigned, uu uuid,
      an int array, aa varchar array array, mm map<varchar, int>, w row(a int, b varchar array),
      va variant) with ('materialized' = 'true');
    create materialized view o as select i % 3 as g, count(*) as n, max(s) as s, min(ts) as t, sum(m) as m from r group by i % 3;
    """

  private static let rows = [
    #"{"i": 1, "l": -9223372036854775808, "m": "12.345", "d": 1e308, "f": 0.1, "s": "a\u00e9\ud83d\ude00", "c": "abc"}"#,
    #"{"i": 2, "b": true, "dd": "2024-02-29", "ts": "2024-02-29 12:34:56.789", "tt": "23:59:59.999999", "m": 99999.9}"#,
    #"{"i": 3, "u": 18446744073709551615, "uu": "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "y": [1, 255], "yy": [0, 7]}"#,
    #"{"i": 4, "an": [1, null, 3], "aa": [["x"], [], null], "mm": {"k": 1, "q": null}, "w": {"a": 1, "b": ["z"]}}"#,
    #"{"i": 5, "va": {"x": [1, 2.5, {"y": null}], "z": "t"}, "s": null, "d": "NaN"}"#,
    #"{"i":2147483647,"s":"\\\"\n","l":1.0,"m":1e2,"ts":"0001-01-01T00:00:00","dd":"9999-12-31"}"#,
    #"{}"#,
  ]
  private static let lines = [
    "1,2,3.5,1e10,0.5,text,abc,true,2024-02-29,2024-02-29 01:02:03,12:00:00,,,7,,,,,,,",
    "\"2\",\"a\"\"b\",,,,\"x\ny\",,,,,,,,,,,,,,,", ",,,,,,,,,,,,,,,,,,,,",
    "7,-1,0.001,NaN,inf,\"\",\"\",f,1970-01-01,,,,,,,,,,,,",
  ]
  private static let tokens = [
    "{", "}", "[", "]", ",", ":", "\"", "null", "true", "\\u", "\\ud800", "1e999", "-", "-0",
    "99999999999999999999999", "\n",
    "\r\n", "\u{0}", "\"i\":", "[[[[[[[[", "0.", "\u{FEFF}", "{\"insert\":", "{\"delete\":", "{\"update\":",
    "\"\"", "é", "1e-400",
    "2024-02-30", "24:00:00",
  ]
  private static let formats: [InputFormat] = [
    InputFormat(kind: .json, updateFormat: .raw), InputFormat(kind: .json, updateFormat: .raw, array: true),
    InputFormat(kind: .json), InputFormat(kind: .json, array: true), InputFormat(kind: .csv),
  ]

  private struct Body: CustomStringConvertible {
    let format: InputFormat
    let bytes: [UInt8]
    var description: String { "\(format): \(String(decoding: bytes, as: UTF8.self))" }
  }

  @Test("bodies of every format")
  func bodies() throws {
    let program = try SQLCompiler.compile(Self.ddl).get()
    let table = try #require(program.tables.first)
    FuzzDriver(name: "records", cases: 800).run { random in
      Self.body(&random)
    } _: { body, random in
      let circuit = Lowering.circuit(for: program, observed: [])
      var decoder = InputDecoder(
        format: body.format, schema: table.schema, rowErrorsKept: 10, limits: InputLimits())
      var start = 0
      while start < body.bytes.count {
        let end = min(body.bytes.count, start + 1 + random.below(random.chance(1, of: 3) ? 7 : 4_000))
        decoder.feed(Array(body.bytes[start..<end]))
        start = end
        if random.chance(1, of: 4), let batch = decoder.takeBatch() { try Self.take(batch, circuit, table) }
      }
      decoder.finish()
      if let batch = decoder.takeBatch() { try Self.take(batch, circuit, table) }
      _ = decoder.errors.map { "\($0)" }
    }
  }

  private static func body(_ random: inout SeededGenerator) -> Body {
    let format = random.pick(formats)
    let count = 1 + random.below(6)
    var text: String
    if format.kind == .csv {
      text = (0..<count).map { _ in random.pick(lines) }.joined(separator: "\n")
    } else {
      let records = (0..<count).map { _ in
        let row = random.pick(rows)
        if format.updateFormat == .raw { return row }
        return "{\"\(random.pick(["insert", "delete", "update", "insert"]))\": \(row)}"
      }
      text = format.array ? "[\(records.joined(separator: ","))]" : records.joined(separator: "\n")
    }
    if random.chance(1, of: 60) { text = String(repeating: "[", count: 100_000) + text }
    if random.chance(1, of: 60) { text += String(repeating: "{\"va\":", count: 5_000) }
    var bytes = Array(text.utf8)
    for _ in 0..<random.below(3) { bytes = mutated(bytes, tokens: tokens, &random) }
    return Body(format: format, bytes: bytes)
  }

  private static func take(_ batch: DecodedBatch, _ circuit: Circuit, _ table: TableDefinition) throws {
    let stored = ColumnCodec.encode(batch.changes)
    let changes = try ColumnCodec.decodeChanges(stored)
    #expect(ColumnCodec.encode(changes) == stored)
    do throws(EvaluationError) {
      for delta in try circuit.step([TableInput(table: table.name, changes: [changes])], now: 0) {
        #expect(!delta.rows.isEmpty)
      }
    } catch {}
    let rows = ColumnBatch(columns: changes.columns, weights: [Int64](repeating: 1, count: changes.count))
    _ = DeltaEncoder(format: .json, schema: table.schema).jsonLines(rows)
    _ = DeltaEncoder(format: .csv, schema: table.schema).csv(rows)
  }
}

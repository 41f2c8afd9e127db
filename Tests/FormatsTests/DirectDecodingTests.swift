// Goal: records read directly and records read by the complete decoder make the same rows and the same errors.
// Method: random and damaged records, each body decoded twice. A blank behind the first brace of an envelope is
// legal and keeps a record from the direct decoder, so the second body, with that blank in every record, goes all
// the complete way.
import DataModel
import Formats
import Testing

@Suite("Direct and complete decoding agree")
struct DirectDecodingTests {
  static let keyed = Schema(
    fields: [
      field("id", .bigint, nullable: false), field("name", .varchar(length: nil)),
      field("level", .tinyint, nullable: false, defaultValue: .int64(7)),
      field("note", .varchar(length: 5), defaultValue: .text("none")),
      field("code", .char(length: 4), nullable: false), field("price", .decimal(precision: 6, scale: 2)),
      field("a_name_that_is_longer_than_sixteen_bytes", .double), field("moment", .timestamp),
    ], primaryKey: [0])

  /// Texts of values, plain and strange, for any column.
  static let values: [String] =
    [
      "0", "-0", "1", "-1", "12", "127", "128", "-128", "-129", "007", "01", "12345678", "123456789",
      "1234567890123456", "12345678901234567", "123456789012345678", "1234567890123456789",
      "9223372036854775807", "9223372036854775808", "-9223372036854775808", "99999999999999999999", "1.5",
      "-1.25", "1.", ".5", "1.005", "9999.99", "10000.00", "9999.995", "0.1", "-0.0", "1e2", "1E-2", "1e400",
      "16777217", "9007199254740993", "0.8444218515250481", "179769313486231570000.5", "-", "--1", "+1", "1x",
      "01null", "-null", "true", "false", "null", "nul", "nullx", "truex", "True", "{}", "[]", "[1,2]",
      "{\"a\":[1,{\"b\":\"}\"}]}", "{\"a\":}", "\"\"", "\"a\"", "\"abcd\"", "\"abcde\"", "\"abcdef\"",
      "\"ab  \"", "\"ab    \"", "\"éé日\"", "\"日本語日本語\"", "\"😀 and more than eight bytes\"",
      "\"exactly8\"", "\"seven77\"", "\"a \\\"quoted\\\" one\"", "\"\\u00e9\\n\"", "\"\\ud83d\\ude00\"",
      "\"\\ud83d\"", "\"\\x\"", "\"tab\there\"", "\"open", "\"12\"", "\" 12 \"", "\"-7.50\"", "\"+7.5\"",
      "\"007.5\"", "\"1.5e1\"", "\"NaN\"", "\"1.005\"", "\"2026-11-21\"", "\"2026-02-30\"", "\"0000-01-01\"",
      "\"0001-01-01 00:00:00\"", "\"9999-12-31T23:59:59.999999\"", "\"2026-11-21 09:38:00\"",
      "\"2026-11-21t09:38:00.1Z\"", "\"2026-11-21 09:38:00.12345678\"", "\"2026-11-21 09:38:00.123456789\"",
      "\"2026-11-21 09:38:00.1234567890\"", "\"2026-11-21 24:00:00\"", "\"2026-11-21 09:60:00\"",
      "\"2026-11-21 09:38\"", "\"2026-11-21 09:38:00 +02:00\"", "\"2026-11-21 9:38:0\"", "\"09:38:00.5\"",
      "\" 2026-11-21 \"", "\"2026/11/21\"", "\"2026-11-21 09:38:00.\"", "\"2026-11-21 09:38:00\\u0020\"",
      "\"123e4567-e89b-12d3-a456-426614174000\"", "\"123E4567E89B12D3A456426614174000\"", "\"123e4567\"",
      "\"\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\u{1}\"",
    ]

  struct Writer {
    var table: RandomTable
    let schema: Schema
    /// Names in the order of the records; now and then another order.
    var order: [String]

    init(seed: UInt64, _ schema: Schema) {
      table = RandomTable(seed: seed)
      self.schema = schema
      order = schema.fields.map { $0.name.spelled }
    }

    mutating func chance(_ one: Int) -> Bool { table.generator.below(one) == 0 }

    mutating func blank() -> String { chance(12) ? [" ", "\t", "\r", "  "][table.generator.below(4)] : "" }

    mutating func text(of field: Field) -> String {
      if chance(9) {
        return DirectDecodingTests.values[table.generator.below(DirectDecodingTests.values.count)]
      }
      // What the encoder writes for a value of the type.
      var builder = ColumnBuilder(field.type.physical)
      builder.append(table.value(field.type))
      let batch = ColumnBatch(columns: [builder.finish()], weights: [1])
      let alone = Schema(fields: [Field(name: field.name, type: field.type, nullable: true)])
      var bytes: [UInt8] = []
      RowJSONEncoder(schema: alone, flavor: .egress).appendRow(batch, row: 0, to: &bytes)
      let text = String(decoding: bytes, as: UTF8.self)
      guard let colon = text.firstIndex(of: ":") else { return "null" }
      return String(text[text.index(after: colon)...].dropLast())
    }

    mutating func object() -> String {
      if chance(20) { order.shuffle(using: &table.generator) }
      var names = order
      while chance(8), !names.isEmpty { names.remove(at: table.generator.below(names.count)) }
      if chance(8) { names.insert(order[table.generator.below(order.count)], at: 0) }
      if chance(4) { names.insert(chance(2) ? "extra" : "un known", at: table.generator.below(names.count + 1)) }
      let members = names.map { name in
        var key = name
        if chance(40) { key = name.uppercased() }
        if chance(60) { key = "\\u00" + String(name.utf8.first ?? 0x61, radix: 16) + name.dropFirst() }
        let field = schema.fields.first { $0.name.spelled == name }
        let known = field.map { text(of: $0) }
        let value = known ?? DirectDecodingTests.values[table.generator.below(DirectDecodingTests.values.count)]
        return "\(blank())\"\(key)\"\(chance(40) ? " " : ""):\(blank())\(value)\(blank())"
      }
      return "{\(members.joined(separator: ","))}"
    }

    mutating func members() -> [UInt8] {
      let kind = ["insert", "insert", "insert", "insert", "delete", "update"][table.generator.below(6)]
      var text = "\"\(kind)\":\(blank())\(object())\(blank())"
      if chance(40) { text += ",\"insert\":\(object())" }
      if chance(40) { text = "\"other\":1," + text }
      var bytes = Array(text.utf8)
      if chance(6) { table.mutate(&bytes) }
      return bytes
    }
  }

  /// A body as it may be read directly, and as it may not.
  static func bodies(_ records: [[UInt8]]) -> (plain: [UInt8], complete: [UInt8]) {
    var plain: [UInt8] = []
    var complete: [UInt8] = []
    for record in records {
      plain += Array("{".utf8) + record + Array("}\n".utf8)
      complete += Array("{ ".utf8) + record + Array("}\n".utf8)
    }
    return (plain, complete)
  }

  /// What an error says, without the blanks that tell the two bodies apart.
  static func report(_ error: RowError) -> [String?] {
    func plain(_ text: String) -> String { text.filter { $0 != " " } }
    return [
      String(error.eventNumber), error.field, error.invalidText.map(plain), error.suggestion,
      String(plain(error.description).prefix(200)), plain(String(decoding: error.rawBytes, as: UTF8.self)),
    ]
  }

  static func compare(_ records: [[UInt8]], _ schema: Schema, cuts: [Int] = []) {
    let (plain, complete) = bodies(records)
    let direct = decode(plain, .envelope, schema, cuts: cuts)
    let reference = decode(complete, .envelope, schema)
    let shown = String(decoding: plain, as: UTF8.self)
    #expect(direct.rows == reference.rows, "\(shown)")
    #expect(direct.kinds == reference.kinds && direct.presence == reference.presence, "\(shown)")
    #expect(direct.errorCount == reference.errorCount && direct.failed == reference.failed, "\(shown)")
    // A failure names a byte of the body, which the blanks move.
    let kept = direct.failed ? direct.errors.count - 1 : direct.errors.count
    #expect(
      direct.errors.prefix(kept).map(report) == reference.errors.prefix(kept).map(report), "\(shown)")
  }

  @Test("random records, whole and damaged", arguments: 0..<24)
  func random(seed: Int) {
    let schema = seed % 2 == 0 ? everyType : Self.keyed
    var writer = Writer(seed: UInt64(seed) + 700, schema)
    for _ in 0..<60 {
      let records = (0...writer.table.generator.below(12)).map { _ in writer.members() }
      let length = records.reduce(0) { $0 + $1.count + 3 }
      Self.compare(records, schema, cuts: writer.chance(2) ? writer.table.cuts(length) : [])
    }
  }

  @Test("every strange value in every column", arguments: everyType.fields)
  func strangeValues(_ field: Field) {
    let schema = Schema(fields: [field, Field(name: SQLIdentifier("last"), type: .bigint, nullable: true)])
    for value in Self.values {
      let name = field.name.spelled
      let records = [
        "\"insert\":{\"\(name)\":\(value),\"last\":1}", "\"insert\":{\"last\":2,\"\(name)\":\(value)}",
        "\"delete\":{\"\(name)\":\(value)}",
      ]
      for record in records { Self.compare([Array(record.utf8)], schema) }
    }
  }

  @Test("a record cut anywhere is read as the whole one")
  func everyCut() {
    var writer = Writer(seed: 5, everyType)
    let records = (0..<3).map { _ in Array("\"insert\":\(writer.object())".utf8) }
    let length = records.reduce(0) { $0 + $1.count + 3 }
    for cut in 0...length { Self.compare(records, everyType, cuts: [cut]) }
  }

  @Test("many like rows fill many blocks")
  func manyRows() {
    let schema = Schema(fields: [
      field("id", .bigint), field("name", .varchar(length: nil)), field("paid", .boolean),
    ])
    var body = ""
    for row in 0..<5000 {
      let name = row % 7 == 0 ? "null" : "\"row \(row)\(row % 5 == 0 ? "\\n" : "")\""
      body += "{\"id\": \(row), \"name\": \(name), \"paid\": \(row % 2 == 0)}\n"
    }
    let result = decode(body, .raw, schema)
    #expect(result.errorCount == 0 && result.rows.count == 5000)
    for (row, values) in result.rows.enumerated() {
      let name: Value = row % 7 == 0 ? .null : .text("row \(row)\(row % 5 == 0 ? "\n" : "")")
      #expect(values == [.int64(Int64(row)), name, .boolean(row % 2 == 0)])
    }
  }

  @Test("65 columns are read the complete way, 64 directly", arguments: [1, 63, 64, 65, 130])
  func wideTables(columns: Int) {
    let schema = Schema(fields: (0..<columns).map { field("c\($0)", .bigint) })
    let members = (0..<columns).map { "\"c\($0)\":\($0)" }.joined(separator: ",")
    let result = decode("{\(members)}\n{\"c0\":5}\n", .raw, schema)
    #expect(result.rows.first == (0..<columns).map { .int64(Int64($0)) })
    #expect(result.rows.last == [.int64(5)] + [Value](repeating: .null, count: columns - 1))
  }
}

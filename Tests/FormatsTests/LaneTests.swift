// Goal: records read in the fast lane are read as the complete decoder reads them: shapes, values, errors, row by row.
// Method: columns of which each is one that the lane reads; bodies of many records with a strange one among them, read
// as they are and in a form that only the complete decoder takes; the same for CSV against quoted cells.
import DataModel
import Formats
import Testing

@Suite("The fast lane agrees with the complete decoder")
struct LaneTests {
  static let plain = Schema(fields: [
    field("big", .bigint), field("tiny", .tinyint, nullable: false), field("label", .varchar(length: nil)),
    field("short", .varchar(length: 8)), field("moment", .timestamp), field("day", .date), field("flag", .boolean),
    field("wide", .double), field("price", .decimal(precision: 6, scale: 2)), field("last", .varchar(length: nil), nullable: false),
  ])
  static let values = [
    "123456789012", "-7", "\"a label of some length, with a comma\"", "\"short\"", "\"2026-11-21 09:38:00.125\"",
    "\"2026-11-21\"", "true", "-12.5", "9999.25", "\"the last one\"",
  ]

  static func record(_ values: [String], kind: String = "insert", order: [Int]? = nil, blank: String = "") -> [UInt8] {
    let members = (order ?? Array(values.indices)).map { "\"\(plain.fields[$0].name.spelled)\":\(blank)\(values[$0])" }
    return Array("\"\(kind)\":{\(members.joined(separator: ",\(blank)"))}".utf8)
  }

  @Test("every strange value in every column, among plain records", arguments: plain.fields.indices)
  func strangeValues(column: Int) {
    for value in DirectDecodingTests.values {
      var strange = Self.values
      strange[column] = value
      let records =
        [Self.record(Self.values), Self.record(strange)] + (0..<3).map { _ in Self.record(Self.values) }
      DirectDecodingTests.compare(records, Self.plain)
    }
  }

  @Test("records of several shapes, in any succession", arguments: 0..<12)
  func shapes(seed: Int) {
    var writer = DirectDecodingTests.Writer(seed: UInt64(seed) + 90, Self.plain)
    let orders = (0..<3).map { _ in Self.values.indices.shuffled(using: &writer.table.generator) }
    for _ in 0..<30 {
      let records = (0..<40).map { _ -> [UInt8] in
        var values = Self.values.indices.map { index in
          writer.chance(10) ? writer.text(of: Self.plain.fields[index]) : Self.values[index]
        }
        if writer.chance(4) { values[2] = "null" }
        var order = writer.chance(3) ? orders[writer.table.generator.below(3)] : Array(Self.values.indices)
        if writer.chance(5) { order.removeAll { $0 == 5 } }
        var record = Self.record(
          values, kind: writer.chance(4) ? "delete" : "insert", order: order, blank: writer.chance(6) ? " " : "")
        if writer.chance(30) { writer.table.mutate(&record) }
        return record
      }
      let length = records.reduce(0) { $0 + $1.count + 3 }
      DirectDecodingTests.compare(records, Self.plain, cuts: writer.chance(2) ? writer.table.cuts(length) : [])
    }
  }

  @Test("a text cut anywhere is read as the whole one") func everyCut() {
    let records = (0..<4).map { _ in Self.record(Self.values) }
    let length = records.reduce(0) { $0 + $1.count + 3 }
    for cut in 0...length { DirectDecodingTests.compare(records, Self.plain, cuts: [cut]) }
  }

  @Test("strings of every length") func lengths() {
    var text = ""
    let schema = Schema(fields: [field("a", .varchar(length: nil)), field("b", .bigint)])
    for length in 0..<400 {
      text += "{\"a\":\"\(String(repeating: "x", count: length))\",\"b\":\(length)}\n"
      text += "{\"a\":\"\(String(repeating: "x", count: length))é\",\"b\":\(length)}\n"
    }
    let result = decode(text, .raw, schema)
    #expect(result.errorCount == 0 && result.rows.count == 800)
    for length in 0..<400 {
      let plain = String(repeating: "x", count: length)
      #expect(result.rows[2 * length] == [.text(plain), .int64(Int64(length))])
      #expect(result.rows[2 * length + 1] == [.text(plain + "é"), .int64(Int64(length))])
    }
  }

  @Test("days of all months and leap years") func dates() {
    let schema = Schema(fields: [field("day", .date), field("filler", .varchar(length: nil))])
    var text = ""
    var expected: [Value] = []
    let filler = String(repeating: "f", count: 100)
    for year in ["0001", "1600", "1900", "1970", "2000", "2024", "2026", "9999"] {
      for month in 1...13 {
        for day in [0, 1, 28, 29, 30, 31, 32] {
          let number = "\(year)-\(month < 10 ? "0" : "")\(month)-\(day < 10 ? "0" : "")\(day)"
          text += "{\"day\":\"\(number)\",\"filler\":\"\(filler)\"}\n"
          guard let known = EventTime.days(year: Int64(year) ?? 0, month: Int64(month), day: Int64(day)) else { continue }
          expected.append(.int64(known))
        }
      }
    }
    let result = decode(text, .raw, schema)
    #expect(result.rows.map { $0[0] } == expected)
    #expect(result.errorCount > 0)
  }

  // MARK: CSV

  /// Quotes doubled behind a cell keep a record from the lane.
  private static func cells(_ values: [String], slow: Bool) -> String {
    values.enumerated().map { index, value in
      slow && index == values.count - 1 ? "\"\(value.dropLast())\"\(value.suffix(1))" : value
    }.joined(separator: ",")
  }

  @Test("CSV: strange cells among plain records", arguments: plain.fields.indices)
  func strangeCells(column: Int) {
    let base = [
      "123456789012", "-7", "a label of some length", "short", "2026-11-21 09:38:00.125", "2026-11-21", "true",
      "-12.5", "9999.25", "the last one, as it were".replacing(",", with: ";"),
    ]
    let more = DirectDecodingTests.values.filter { !$0.contains(where: { $0 == "\n" || $0 == "\"" }) }
    let quoted = ["", "\"\"", "\"a,b\"", "\"a\nb\"", "\"a\"\"b\"", " 12 ", "é", "\"12\"", "a\"b", "\r", "\"x\" ", "12,13"]
    for value in more + quoted {
      var strange = base
      strange[column] = value
      for end in ["\n", "\r\n"] {
        let fast = [base, base, strange, base, base, base].map { Self.cells($0, slow: false) + end }.joined()
        let slow = [base, base, strange, base, base, base].map { row in
          Self.cells(row, slow: row != strange) + end
        }.joined()
        let one = decode(fast, .csv, Self.plain)
        let other = decode(slow, .csv, Self.plain)
        // The strange record itself, alone, is too short a text for the lane.
        let alone = decode(Self.cells(strange, slow: false) + end, .csv, Self.plain)
        #expect(one.rows == other.rows && one.errorCount == other.errorCount, "\(fast)")
        #expect(one.errorCount == alone.errorCount && one.rows.count == 5 + alone.rows.count, "\(fast)")
        if let row = alone.rows.first { #expect(one.rows.contains(row), "\(fast)") }
      }
    }
  }

  @Test("CSV: many rows in any chunks", arguments: 0..<8)
  func manyCells(seed: Int) {
    var table = RandomTable(seed: UInt64(seed) + 31)
    let schema = Schema(fields: [
      field("id", .bigint), field("name", .varchar(length: nil)), field("when", .timestamp), field("text", .varchar(length: nil), nullable: false),
    ])
    var body = ""
    var expected: [[Value]] = []
    for row in 0..<600 {
      let length = table.generator.below(90)
      let name = String(repeating: "n", count: length) + (table.generator.below(9) == 0 ? "é" : "")
      let isQuoted = table.generator.below(5) == 0
      let text = table.generator.below(4) == 0 ? "" : "t\(row)"
      body += "\(row),\(isQuoted ? "\"\(name)\"" : name),2026-11-21 09:38:0\(row % 10),\(text)\(row % 3 == 0 ? "\r" : "")\n"
      let moment = EventTime.parseTimestamp(Array("2026-11-21 09:38:0\(row % 10)".utf8).span, 0..<19) ?? 0
      expected.append([.int64(Int64(row)), name.isEmpty ? .null : .text(name), .int64(moment), .text(text)])
    }
    let bytes = Array(body.utf8)
    #expect(decode(bytes, .csv, schema, cuts: table.cuts(bytes.count)).rows == expected)
  }
}

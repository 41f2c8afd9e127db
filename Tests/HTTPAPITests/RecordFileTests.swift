// Goal: a file's records are what its form says, and no bytes trap its reader.
// Method: rows written by a plain CSV writer and read back; mutated bytes; the forms by type and name.
import HTTPAPI
import Platform
import Testing
import WireTypes
import Workflows

struct RecordFileTests {
  private static func records(_ text: String, _ form: RecordFile.Form = .csv) throws -> [JSONValue] {
    let records = try RecordFile(Array(text.utf8), form, nestingMax: 64).records
    let found = try records.texts.flatMap { text in try #require(try JSONValue(parsing: text).elements) }
    #expect(records.count == found.count && records.bytes == found.reduce(0) { $0 + $1.encodedBytes.count })
    return found
  }

  @Test func whatWasWrittenIsRead() throws {
    let random = SeededRandom(seed: 5)
    let pieces = ["a", "é", "\"", ",", "\r\n", "\n", " ", "x y", "", "'"]
    for _ in 0..<200 {
      let width = Int(random.next() % 4) + 1
      let names = (0..<width).map { "column \($0)" }
      var rows: [[String]] = []
      for _ in 0..<(random.next() % 6) {
        rows.append((0..<width).map { _ in (0..<3).map { _ in pieces[Int(random.next() % 10)] }.joined() })
      }
      let end = random.next() % 2 == 0 ? "\r\n" : "\n"
      func quoted(_ text: String) -> String {
        "\"" + text.replacing("\"", with: "\"\"") + "\""
      }
      let text = ([names] + rows).map { $0.map(quoted).joined(separator: ",") }.joined(separator: end)
      let found = try Self.records(text + (random.next() % 2 == 0 ? end : ""))
      #expect(found == rows.map { row in .object(zip(names, row).map { JSONMember($0, .string($1)) }) })
    }
  }

  @Test func plainFieldsAndEmptyOnes() throws {
    #expect(try Self.records("a,b\r\n1, x \n\n,\"\"\n") == [["a": "1", "b": " x "], ["a": nil, "b": ""]])
    #expect(try Self.records("\u{FEFF}a\n1") == [["a": "1"]])
    #expect(try Self.records("a\n").isEmpty)
    #expect(try Self.records("{\"n\":1}\r\n\n 5 \n", .lines) == [["n": 1], 5])
    #expect(try Self.records("[{\"n\":1},[]]", .list) == [["n": 1], []])
  }

  @Test func aListIsWhatAWholeParserReads() throws {
    let random = SeededRandom(seed: 7)
    let pieces = ["[", "]", ",", "{", "}", ":", "\"a\"", "\"\\\"]\"", "1", "-", "null", " ", "\\", "\"", "[1]", "{\"a\":[]}"]
    var (lists, others) = (0, 0)
    for turn in 0..<20_000 {
      var text = turn % 2 == 0 ? "[" : ""
      for _ in 0..<(random.next() % 8) { text += pieces[Int(random.next() % 16)] }
      if turn % 4 < 2 { text += "]" }
      let whole = (try? JSONValue(parsing: text))?.elements
      #expect((try? Self.records(text, .list)) == whole, "\(text)")
      if whole == nil { others += 1 } else { lists += 1 }
    }
    #expect(lists > 100 && others > 100)
  }

  @Test func anElementThatIsTooLargeIsNotRead() throws {
    // Its values would be refused for their nesting, were they looked at.
    for element in [String(repeating: "[", count: 5 << 20), "\"" + String(repeating: "x", count: 5 << 20) + "\""] {
      for text in ["[1,\(element),2]", "[1,\(element)"] {
        let failure = #expect(throws: (any Error).self) { try Self.records(text, .list) }
        #expect("\(String(describing: failure))".contains("record 2 takes too much room"))
      }
    }
    let large = "\"" + String(repeating: "x", count: 3 << 20) + "\""
    #expect(try Self.records("[\(large), \(large)]", .list).count == 2)
    let failure = #expect(throws: (any Error).self) { try Self.records("1\n" + String(repeating: "[", count: 5 << 20), .lines) }
    #expect("\(String(describing: failure))".contains("record 2 takes too much room"))
  }

  @Test func noBytesTrap() {
    let random = SeededRandom(seed: 6)
    let seed = Array("a,\"b\"\r\n1,\"x\"\"y\"\r\n{\"a\":[1]}\n\u{FEFF}".utf8)
    for _ in 0..<4000 {
      var bytes = seed
      for _ in 0..<(random.next() % 5 + 1) {
        let place = Int(random.next() % UInt64(bytes.count))
        switch random.next() % 3 {
        case 0: bytes[place] = UInt8(truncatingIfNeeded: random.next())
        case 1: bytes.insert([0x22, 0x2C, 0x0A, 0x0D, 0xFF][Int(random.next() % 5)], at: place)
        default: if bytes.count > 1 { bytes.remove(at: place) }
        }
      }
      for form in [RecordFile.Form.csv, .lines, .list] { _ = try? RecordFile(bytes, form, nestingMax: 8) }
    }
  }

  @Test(arguments: [
    ("text/csv; charset=utf-8", "x", RecordFile.Form.csv), (nil, "a.CSV", .csv), ("application/x-ndjson", "a.csv", .lines),
    ("application/octet-stream", "a.jsonl", .lines), ("text/plain", "a.json", .list), ("application/json", "", .list),
  ] as [(String?, String, RecordFile.Form)])
  func formsAreToldByTypeThenByName(type: String?, name: String, form: RecordFile.Form) {
    #expect(RecordFile.form(contentType: type, name: name) == form)
  }

  @Test func whatIsNoForm() {
    #expect(RecordFile.form(contentType: "image/png", name: "a.csv") == nil)
    #expect(RecordFile.form(contentType: nil, name: "records") == nil)
  }
}

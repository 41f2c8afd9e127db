// Goal: control bodies survive parse and print without loss, and malformed text is refused without a trap.
// Method: round trips, a table of malformed texts, and every prefix of a valid text.

import Testing
import WireTypes

struct JSONValueTests {
  @Test(arguments: [
    "null", "true", "-0.5e-10", "9223372036854775807", "18446744073709551615", #""a\"b\\c\nd\u0001é😀""#,
    #"{"z":1,"a":[{},[],"x"],"z":2}"#, "[1.50,1e3]",
  ])
  func roundTripKeepsOrderAndDigits(text: String) throws {
    #expect(try JSONValue(parsing: text).encoded == text)
  }

  @Test func escapesAreDecoded() throws {
    #expect(try JSONValue(parsing: #""\u00e9\ud83d\ude00\/\b\f""#) == .string("é😀/\u{8}\u{C}"))
  }

  @Test(arguments: [
    "", " ", "tru", "01", "1.", ".5", "1e", "+1", "NaN", "'a'", #""\x""#, #""\u12""#, #""\ud800""#,
    #""\udc00""#,
    #""\ud800\u0041""#, "\"\u{1}\"", "[1,]", "{\"a\":1,}", "{a:1}", "{\"a\" 1}", "1 2", "[", "{\"a\":",
    String(repeating: "[", count: 100_000),
  ])
  func malformedTextIsRefused(text: String) {
    #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: text) }
  }

  @Test func invalidUTF8IsRefused() {
    #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: [0x22, 0xFF, 0x22]) }
    #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: [0x22, 0xC0, 0x80, 0x22]) }
  }

  @Test func everyPrefixIsRefused() throws {
    let text = Array(#"{"a":[1.5e3,"x\u0041",true,null],"b":{"c":-2}}"#.utf8)
    for length in 0..<text.count {
      #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: Array(text.prefix(length))) }
    }
  }

  @Test func numbersWithoutJSONFormBecomeNull() {
    #expect(JSONValue.double(.nan) == .null)
    #expect(JSONValue.double(-.infinity) == .null)
    #expect(JSONValue.double(2) == .number("2"))
    #expect(JSONValue.double(0.1) == .number("0.1"))
  }
}

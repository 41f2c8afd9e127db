// Goal: exactly RFC 8259, with checked UTF-8. Method: a corpus of good and bad texts, every truncation of the good
// ones, and validation of random bytes against the standard library.
import DataModel
import Testing

@Suite struct JSONTokenizerTests {
  static let good = [
    "{}", "[]", "[1,2,[3,{\"a\":null}]]", "{\"a\":{\"b\":[true,false]},\"c\":\"\\u00e9\\ud83d\\ude00\\/\"}",
    "-0.5e+10",
    "\"plain text longer than eight bytes\"", " \n\t[ 1 , 2 ] ", "0", "1E5", "\"日本語テキスト\"",
  ]

  private func skip(_ text: [UInt8]) -> JSONFault.Kind? {
    var position = 0
    do throws(JSONFault) {
      try JSONTokenizer.skipValue(text.span, &position)
      JSONTokenizer.skipBlanks(text.span, &position)
      return position == text.count ? nil : .unexpectedByte
    } catch {
      return error.kind
    }
  }

  @Test(arguments: good) func accepted(_ text: String) {
    let bytes = Array(text.utf8)
    #expect(skip(bytes + [0x0A]) == nil)
    let value = bytes.drop { $0 <= 0x20 }.reversed().drop { $0 <= 0x20 }.reversed()
    for length in 0..<value.count { #expect(skip(Array(value.prefix(length))) == .incomplete) }
  }

  @Test(arguments: [
    "{\"a\"}", "{\"a\":}", "[1,]", "[,1]", "{,}", "01", "1.", "-", ".5", "+1", "1e", "tru ", "nulL ",
    "\"\\q\"", "\"\\u12G4\"",
    "\"\\udc00\"", "\"\\ud800\\u0041\"", "\"\n\"", "'a'", "[1}", "{]", "[1 2]", "{\"a\" 1}", "{1:2}", "NaN",
    "/**/1", "]",
  ])
  func refused(_ text: String) {
    let fault = skip(Array(text.utf8) + [0x0A])
    #expect(fault != nil && fault != .incomplete)
  }

  @Test func depthIsBounded() {
    func nested(_ depth: Int) -> [UInt8] {
      [UInt8](repeating: 0x5B, count: depth) + [UInt8](repeating: 0x5D, count: depth) + [0x0A]
    }
    #expect(skip(nested(64)) == nil)
    #expect(skip(nested(65)) == .tooDeep)
  }

  @Test func utf8AgreesWithTheStandardLibrary() {
    var generator = SeededGenerator(seed: 21)
    let starts: [UInt8] = [
      0x41, 0x80, 0xBF, 0xC1, 0xC2, 0xDF, 0xE0, 0xED, 0xEF, 0xF0, 0xF4, 0xF5, 0x9F, 0xA0, 0x8F, 0x90,
    ]
    for _ in 0..<20_000 {
      let bytes = (0..<Int(generator.next() % 12)).map { _ in starts[Int(generator.next() % 16)] }
      let valid = String(validating: bytes, as: UTF8.self) != nil
      #expect((UTF8Check.firstInvalid(bytes.span, 0..<bytes.count) == nil) == valid)
    }
  }

  @Test func quotingAndUnescapingAreInverse() throws {
    var random = RandomRows(seed: 22)
    let parts = ["a", "\"", "\\", "\n", "\u{1}", "é", "😀", "\u{7F}", "/", "bcdefgh"]
    for _ in 0..<500 {
      let text = (0..<random.below(20)).map { _ in parts[random.below(parts.count)] }.joined()
      let content = Array(text.utf8)
      var quoted: [UInt8] = []
      JSONEscape.appendQuoted(content.span, 0..<content.count, to: &quoted)
      var position = 0
      let token = try JSONTokenizer.string(quoted.span, &position)
      #expect(position == quoted.count)
      var back: [UInt8] = []
      try JSONEscape.append(quoted.span, token.range, to: &back)
      #expect(back == content)
    }
  }
}

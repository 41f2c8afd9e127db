// Goal: the regular expressions of the engine find what another engine finds. Method: patterns in the syntax that
// both share, over random texts of few letters, against Swift's Regex: leftmost match, and all its groups.
import DataModel
import Dataflow
import Testing

@Suite("Regular expressions equal Swift's")
struct RegexPropertyTests {
  static let patterns = [
    "(&|^)channel_id=([^&]*)", "a+b", "(ab|a)(c|bcd)*d?", "[a-c]+x?", "x*", "^ab", "b$", "(a|b)*abb",
    "abc(.*)", ".b", "(a*)(b+)c", "a{2,3}b", "(?:ab)+c", "a??b", "(a+?)b", "([^/]*)/([^/]*)", "abcabc", "é+",
    "[^é]x", "(a|ab)(c|bcd)(d*)", "=[0-9]+", "(x)?abc", "cab+",
  ]

  private func pieces(_ random: inout SeededGenerator) -> String {
    let parts = ["a", "b", "c", "ab", "abc", "x", "d", "&", "channel_id=", "12", "/", "é", "="]
    return (0..<Int.random(in: 0...12, using: &random))
      .map { _ in parts.randomElement(using: &random) ?? "" }.joined()
  }

  @Test("leftmost match and groups", arguments: patterns)
  func groups(_ pattern: String) throws {
    var random = SeededGenerator(UInt64(pattern.utf8.count))
    let texts = (0..<300).map { _ in pieces(&random) }
    var builder = ColumnBuilder(.bytes)
    for text in texts { builder.append(bytes: Array(text.utf8)) }
    let columns = [builder.finish()]
    let type = ColumnType.varchar(length: nil)
    let oracle = try Regex(pattern).matchingSemantics(.unicodeScalar)
    let count = try oracle.firstMatch(in: "")?.output.count ?? pattern.count { $0 == "(" } + 1
    for group in 0..<min(count, 3) {
      if group > 0, !pattern.contains("(") || pattern.contains("(?:") { continue }
      let expression = call(
        .regexExtract,
        [
          column(0, type), ScalarExpression(.literal(.text(pattern)), type: type, nullable: false),
          literal(Int64(group)),
        ], type)
      let found = try CompiledExpression(expression).evaluate(columns, count: texts.count, now: 0)
      for (row, text) in texts.enumerated() {
        let match = try oracle.firstMatch(in: text)
        let wanted = match.flatMap { $0.output[group].substring }.map { Value.text(String($0)) } ?? .null
        #expect(found.value(at: row) == wanted, "\(pattern), group \(group) of '\(text)'")
      }
    }
  }
}

// Goal: no text can trap the evaluator or keep it busy. Method: seeded random token soups, cut and spliced valid
// expressions, and hostile ones that grow; each must end with a value or a fault whose position lies in the text.
import Platform
import Testing
import WireTypes
import Workflows

@Suite("Expressions: random and hostile texts")
struct ExpressionFuzzTests {
  static let pieces = [
    "nodes", ".start", ".list", ".n", ".text", "?.", ".", "[", "]", "(", ")", "{", "}", "{{", "}}", "`", "${",
    "'", "\"", "\\", "\\u00", "1", "0x", "1e309", "-", "+",
    "*", "**", "/", "%", "!", "==", "===", "<", ">=", "&&", "||", "??", "?", ":", ",", "...", "=>", "x",
    "x => x", "(a, b) => a + b", ".map(", ".filter(", ".reduce(",
    ".sort()", ".slice(", ".split(", ".join(", ".repeat(", ".padStart(", ".flat()", ".length", "Math.max(",
    "JSON.stringify(", "JSON.parse(", "Object.entries(", "Number(",
    "String(", "parseInt(", "typeof ", "null", "undefined", "NaN", "true", " ", "\n", "é", "👋", "\u{0}", "_",
    "$", "#", "@", "9007199254740993", ".toFixed(", ".replaceAll(",
    "-1", "1e18", ".at(", ".substring(", ".substr(", ".includes(", ".concat(", "[0]", "['n']", ".indexOf(",
  ]
  static let valid = [
    "nodes.start.list.map(x => x * 2).filter(x => x > 2).join('-')", "`a${nodes.start.n}b`",
    "({a: [1, ...nodes.start.list], ['b']: nodes?.x?.y})",
    "nodes.start.text.split('').reverse().join('').slice(-3)",
    "nodes.start.n > 1 ? Math.max(...nodes.start.list) : JSON.stringify(nodes)",
    "[3,1,2].sort((a, b) => b - a)",
  ]
  static let context = ExpressionContext(
    nodes: [
      "start": [
        "n": 3, "text": "Grüße 👋", "list": [1, 2.5, "x", .null, ["a": 1]],
        "big": .number("99999999999999999999"), "inf": .number("1e999"),
      ]
    ], parentNodes: [:])

  static func check(_ text: String, _ seed: UInt64) {
    for isTemplate in [false, true] {
      var budget = ExpressionBudget(work: 50_000)
      do throws(ExpressionFault) {
        let value =
          isTemplate
          ? try Expression.evaluate(template: text, in: context, budget: &budget)
          : try Expression.evaluate(script: text, in: context, budget: &budget)
        #expect(value.isNested(atMost: 64), "seed \(seed): \(text)")
        #expect(
          (try? JSONValue(parsing: value.encodedBytes, nestingMax: 70)) != nil,
          "seed \(seed): not JSON: \(value.encoded)")
      } catch {
        #expect((0...text.utf16.count).contains(error.position), "seed \(seed): \(error) in \(text)")
      }
    }
  }

  @Test("random texts end, with a value or a fault", arguments: 0..<8)
  func soups(_ number: Int) {
    let seed = UInt64(number) + 77
    let random = SeededRandom(seed: seed)
    for _ in 0..<1500 {
      var text = ""
      for _ in 0..<random.next(below: 14) {
        text += Self.pieces[Int(random.next(below: UInt64(Self.pieces.count)))]
      }
      Self.check(text, seed)
    }
    for _ in 0..<1500 {
      var scalars = Array(Self.valid[Int(random.next(below: UInt64(Self.valid.count)))].unicodeScalars)
      for _ in 0...random.next(below: 3) where !scalars.isEmpty {
        let place = Int(random.next(below: UInt64(scalars.count)))
        let piece = Self.pieces[Int(random.next(below: UInt64(Self.pieces.count)))]
        if random.next(below: 2) == 0 {
          scalars.remove(at: place)
        } else {
          scalars.insert(contentsOf: piece.unicodeScalars, at: place)
        }
      }
      Self.check(String(String.UnicodeScalarView(scalars)), seed)
    }
  }

  @Test(
    "hostile expressions hit a limit",
    arguments: [
      String(repeating: "(", count: 8000), String(repeating: "[", count: 8000),
      String(repeating: "!", count: 8000), String(repeating: "-", count: 8000),
      String(repeating: "1+", count: 4000) + "1", String(repeating: "1**", count: 3000) + "1",
      "a" + String(repeating: ".b", count: 5000), String(repeating: "`${", count: 3000),
      String(repeating: "x?", count: 5000), String(repeating: "f(", count: 5000),
      String(repeating: "[].map(x=>", count: 1000), String(repeating: "{a:", count: 3000),
      String(repeating: "typeof ", count: 2000), String(repeating: "x", count: 20_000),
      "'x'.repeat(1000000).split('').map(x => 'x'.repeat(1000000).length)",
      "'ab'.repeat(500000).split('a').map(x => 'ab'.repeat(500000).split('a').length)",
      "'x'.repeat(50000).split('').reduce((a, x) => [a], 0)",
      "'x'.repeat(50000).split('').reduce((a, x) => ({a}), 0)",
      "'x'.repeat(1000).split('').reduce((a, x) => a + a, 'xx')",
      "'x'.repeat(1000).split('').reduce((a, x) => [...a, ...a], [1])", "'x'.padStart(1e9)",
      "'aaaa'.repeat(100000).replaceAll('a', 'x'.repeat(100000))",
      "'x'.repeat(1e6).split('').sort((a, b) => 1)", "Array(1e9)",
      "'a'.repeat(1000000).indexOf('a'.repeat(500000) + 'b')",
    ])
  func hostile(_ text: String) {
    var budget = ExpressionBudget()
    #expect(throws: ExpressionFault.self) {
      try Expression.evaluate(script: text, in: Self.context, budget: &budget)
    }
  }

  @Test("the budget is shared by the expressions of a config")
  func sharedBudget() {
    var resolver = ConfigResolver(context: Self.context)
    let costly = GraphFixtures.script("'x'.repeat(50000).split('').length")
    let config = JSONValue.object((0..<20).map { JSONMember("m\($0)", costly) })
    #expect(throws: ConfigFault.self) { try resolver.resolve(config) }
  }
}

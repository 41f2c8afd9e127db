import DataModel
import Dataflow
import Testing

// Goal: numeric, string and LIKE functions. Method: tables of calls with the edges of each.

@Suite("Numeric and string functions")
struct FunctionTests {
  private func string(_ function: ScalarFunction, _ arguments: [Typed], _ expected: String) {
    expect(function, arguments, text(expected))
    expectStrict(function, arguments, .varchar(length: nil))
  }

  private func number(_ function: ScalarFunction, _ arguments: [Typed], _ expected: Int64) {
    expect(function, arguments, int(expected))
    expectStrict(function, arguments, .integer)
  }

  @Test("rounding and signs")
  func rounding() throws {
    number(.absolute, [int(-5)], 5)
    expectFailure(
      .absolute, [tiny(-128)], .tinyint, .overflow, "attempt to take the absolute value with overflow: -128")
    number(.sign, [int(-9)], -1)
    number(.floor, [int(7)], 7)
    number(.round, [int(15), int(-1)], 20)
    number(.round, [int(-14), int(-1)], -10)
    number(.round, [int(15), int(3)], 15)
    expectFailure(
      .round, [tiny(127), int(-1)], .tinyint, .overflow, "attempt to round with overflow: round(127, -1)")
    expect(.floor, [double(-1.5)], double(-2))
    expect(.ceiling, [double(-1.5)], double(-1))
    expect(.round, [double(2.5)], double(3))
    expect(.round, [double(-2.5)], double(-3))
    expect(.round, [double(1.25), int(1)], double(1.3))
    expect(.round, [double(1234), int(-2)], double(1200))
    expect(.round, [double(1e300), int(300)], double(1e300))
    expect(.round, [double(.infinity), int(-400)], double(.infinity))
    expect(.sign, [double(-0.5)], double(-1))
    expect(.absolute, [double(-0.5)], double(0.5))
    expect(.absolute, [try decimal("-1.5")], try decimal("1.5"))
    expect(.sign, [try decimal("-1.5")], try decimal("-1.0"))
    expect(.floor, [try decimal("-1.5")], try decimal("-2"))
    expect(.ceiling, [try decimal("1.01")], try decimal("2"))
    expect(.ceiling, [try decimal("-1.99")], try decimal("-1"))
    expect(.round, [try decimal("2.455"), int(2)], try decimal("2.460"))
    expect(.round, [try decimal("-2.5")], try decimal("-3.0"))
    expect(.round, [try decimal("149.5"), int(-2)], try decimal("100.0"))
    expect(.round, [try decimal("149.5"), int(-50)], try decimal("0.0"))
  }

  @Test("real functions")
  func reals() {
    expect(.power, [double(2), double(10)], double(1024))
    expect(.squareRoot, [double(2)], double(2.0.squareRoot()))
    expect(.squareRoot, [double(-1)], double(.nan))
    expect(.exponential, [double(0)], double(1))
    expect(.naturalLogarithm, [double(1)], double(0))
    expect(.naturalLogarithm, [double(0)], double(-.infinity))
    expectStrict(.power, [double(2), double(3)], .double)
  }

  @Test("strings by characters")
  func strings() {
    string(.concatenate, [text("ä"), text("b")], "äb")
    string(.lower, [text("ÄBc")], "äbc")
    string(.upper, [text("abZ1{")], "ABZ1{")
    string(.upper, [text("straße")], "STRASSE")
    string(.trimBoth, [text("  a b ")], "a b")
    string(.trimLeading, [text("  a ")], "a ")
    string(.trimTrailing, [text("  a ")], "  a")
    string(.trimBoth, [text("xäyäx"), text("äx")], "y")
    number(.characterLength, [text("äö€😀")], 4)
    number(.characterLength, [text("")], 0)
    string(.substring, [text("héllo"), int(2)], "éllo")
    string(.substring, [text("héllo"), int(2), int(2)], "él")
    string(.substring, [text("hello"), int(-1), int(4)], "he")
    string(.substring, [text("hello"), int(9), int(4)], "")
    string(.substring, [text("hello"), big(2), big(.max)], "ello")
    string(.substring, [text("hello"), big(.min), big(5)], "")
    expectFailure(
      .substring, [text("a"), int(1), int(-1)], .varchar(length: nil), .invalidArgument,
      "negative substring length not allowed: -1")
    number(.position, [text("l"), text("héllo")], 3)
    number(.position, [text(""), text("abc")], 1)
    number(.position, [text("x"), text("abc")], 0)
    number(.position, [text("abcd"), text("abc")], 0)
    string(.replace, [text("aXbX"), text("X"), text("yy")], "ayybyy")
    string(.replace, [text("abc"), text(""), text("y")], "abc")
    string(.replace, [text("aaa"), text("aa"), text("")], "a")
    string(.left, [text("äbc"), int(2)], "äb")
    string(.left, [text("abc"), int(-2)], "")
    string(.right, [text("abä"), int(2)], "bä")
    string(.right, [text("abc"), int(9)], "abc")
  }

  @Test(
    "LIKE",
    arguments: [
      ("abc", "abc", true), ("abc", "a%", true), ("abc", "%c", true), ("abc", "%b%", true),
      ("abc", "a_c", true),
      ("abc", "a_", false), ("", "%", true), ("", "_", false), ("aäc", "a_c", true), ("€", "__", false),
      ("abcabd", "%abd", true), ("aaab", "%a_b", true), ("ab", "%%%", true), ("a%c", "a%c", true),
      ("ABC", "abc", false),
      ("xäy", "%_y", true), ("mississippi", "%iss%ip%", true), ("a", "", false), ("", "", true),
    ])
  func like(value: String, pattern: String, matches: Bool) {
    expect(.like, [text(value), text(pattern)], bool(matches))
    expectStrict(.like, [text(value), text(pattern)], .boolean)
  }

  @Test("LIKE with ESCAPE")
  func escape() {
    expect(.like, [text("a%c"), text("a#%c"), text("#")], bool(true))
    expect(.like, [text("abc"), text("a#%c"), text("#")], bool(false))
    expect(.like, [text("a#c"), text("a##_"), text("#")], bool(true))
    expectFailure(
      .like, [text("a"), text("a#"), text("#")], .boolean, .invalidArgument,
      "invalid escape sequence in pattern 'a#'")
    expectFailure(
      .like, [text("a"), text("a#b"), text("#")], .boolean, .invalidArgument,
      "invalid escape sequence in pattern 'a#b'")
    expectFailure(
      .like, [text("a"), text("a"), text("##")], .boolean, .invalidArgument, "invalid escape character '##'")
  }

  @Test("LIKE agrees with a recursive definition")
  func likeByDefinition() {
    func matches(_ text: ArraySlice<Unicode.Scalar>, _ pattern: ArraySlice<Unicode.Scalar>) -> Bool {
      guard let first = pattern.first else { return text.isEmpty }
      if first == "%" {
        return matches(text, pattern.dropFirst()) || (!text.isEmpty && matches(text.dropFirst(), pattern))
      }
      guard let character = text.first else { return false }
      return (first == "_" || first == character) && matches(text.dropFirst(), pattern.dropFirst())
    }
    var random = SeededGenerator(11)
    func sample(_ alphabet: [String], _ longest: Int) -> String {
      (0..<Int.random(in: 0...longest, using: &random)).map { _ in
        alphabet.randomElement(using: &random) ?? ""
      }.joined()
    }
    for _ in 0..<500 {
      let value = sample(["a", "b", "ä", "€"], 8)
      let pattern = sample(["a", "b", "ä", "%", "_"], 6)
      let expected = matches(Array(value.unicodeScalars)[...], Array(pattern.unicodeScalars)[...])
      let found = evaluate(.like, [text(value), text(pattern)], .boolean)
      #expect(found.allSatisfy { $0 == .value(.boolean(expected)) }, "\(value) LIKE \(pattern)")
    }
  }
}

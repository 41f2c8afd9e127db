import DataModel
import Dataflow
import Testing

// Goal: arithmetic is exact or an error with its operands. Method: tables of calls at the bounds of each type.

@Suite("Arithmetic")
struct ArithmeticTests {
  @Test("integers: results, bounds of each width, division")
  func integers() {
    expect(.add, [int(2), int(3)], int(5))
    expect(.subtract, [int(2), int(3)], int(-1))
    expect(.multiply, [int(-4), int(3)], int(-12))
    expect(.divide, [int(-7), int(2)], int(-3))
    expect(.modulo, [int(-7), int(2)], int(-1))
    expect(.modulo, [big(.min), big(-1)], big(0))
    expect(.negate, [int(5)], int(-5))
    expect(.add, [tiny(100), tiny(27)], tiny(127))
    let top = "2147483647"
    expectFailure(
      .add, [int(2_147_483_647), int(1)], .integer, .overflow, "attempt to add with overflow: \(top) + 1")
    expectFailure(
      .subtract, [tiny(-128), tiny(1)], .tinyint, .overflow, "attempt to subtract with overflow: -128 - 1")
    expectFailure(
      .multiply, [big(.max), big(2)], .bigint, .overflow,
      "attempt to multiply with overflow: \(Int64.max) * 2")
    expectFailure(
      .divide, [big(.min), big(-1)], .bigint, .overflow, "attempt to divide with overflow: \(Int64.min) / -1")
    expectFailure(
      .divide, [tiny(-128), tiny(-1)], .tinyint, .overflow, "attempt to divide with overflow: -128 / -1")
    expectFailure(.divide, [int(5), int(0)], .integer, .divisionByZero, "attempt to divide by zero: 5 / 0")
    expectFailure(
      .modulo, [int(5), int(0)], .integer, .divisionByZero,
      "attempt to calculate the remainder with a divisor of zero: 5 % 0")
    expectFailure(.negate, [tiny(-128)], .tinyint, .overflow, "attempt to negate with overflow: -128")
  }

  @Test("floating point is IEEE; REAL is rounded to a Float")
  func floats() {
    expect(.add, [double(0.1), double(0.2)], double(0.1 + 0.2))
    expect(.divide, [double(1), double(0)], double(.infinity))
    expect(.divide, [double(0), double(0)], double(.nan))
    expect(.modulo, [double(5.5), double(2)], double(1.5))
    expect(.add, [real(0.1), real(0.2)], Typed(.float64(Double(Float(0.1) + Float(0.2))), .real))
    expect(.multiply, [real(3e38), real(10)], Typed(.float64(.infinity), .real))
    expect(.negate, [double(2)], double(-2))
  }

  @Test("DECIMAL keeps scales apart, rounds half away from zero, checks its precision")
  func decimals() throws {
    expect(.add, [try decimal("1.25"), try decimal("2.5")], try decimal("3.75"))
    expect(.subtract, [try decimal("1"), try decimal("0.01")], try decimal("0.99"))
    expect(.multiply, [try decimal("-1.5"), try decimal("2.25")], try decimal("-3.375"))
    expect(.divide, [try decimal("1"), try decimal("3")], try decimal("0.333333"))
    expect(.divide, [try decimal("2.0"), try decimal("-3.00")], try decimal("-0.6667"))
    expect(.divide, [try decimal("1"), try decimal("8")], try decimal("0.13"))
    expect(.modulo, [try decimal("7.50"), try decimal("-2.1")], try decimal("1.20"))
    expect(.negate, [try decimal("1.5")], try decimal("-1.5"))
    let wide = "12345678901234567890.123456789012345678"
    expect(.divide, [try decimal(wide), try decimal("1.000")], try decimal(wide))
    // The product has 42 digits behind the point before it is rounded to 20.
    expect(
      .multiply, [try decimal("0.333333333333333333333"), try decimal("0.333333333333333333333")],
      try decimal("0.11111111111111111111"))
    expectFailure(
      .add, [try decimal("9.5", 2), try decimal("0.5", 2)], .decimal(precision: 2, scale: 1), .overflow,
      "attempt to add with overflow: 9.5 + 0.5")
    expectFailure(
      .divide, [try decimal("5.00"), try decimal("0.0")], .decimal(precision: 10, scale: 2), .divisionByZero,
      "attempt to divide by zero: 5.00 / 0.0")
    let huge = String(repeating: "9", count: 38)
    expectFailure(
      .multiply, [try decimal(huge), try decimal("10")], .decimal(precision: 38, scale: 0), .overflow,
      "attempt to multiply with overflow: \(huge) * 10")
    expectFailure(
      .divide, [try decimal(huge), try decimal("0.1")], .decimal(precision: 38, scale: 0), .overflow,
      "attempt to divide with overflow: \(huge) / 0.1")
  }

  @Test("quotients agree with long division digit by digit")
  func longDivision() {
    var random = SeededGenerator(7)
    for _ in 0..<300 {
      let bits = Int.random(in: 1...100, using: &random)
      let x = Int128.random(in: 0..<(1 << Int128(bits)), using: &random)
      let y = Int128.random(in: 1..<(1 << Int128(Int.random(in: 1...120, using: &random))), using: &random)
      let digits = Int.random(in: 0...8, using: &random)
      var expected = x / y
      var rest = UInt128(x % y)
      for _ in 0..<digits {
        rest *= 10
        expected = expected * 10 + Int128(rest / UInt128(y))
        rest %= UInt128(y)
      }
      if rest * 2 >= UInt128(y) { expected += 1 }
      guard expected < 1 << 120 else { continue }
      let whole = ColumnType.decimal(precision: 38, scale: 0)
      let result = ColumnType.decimal(precision: 38, scale: digits)
      expect(.divide, [Typed(.int128(x), whole), Typed(.int128(y), whole)], Typed(.int128(expected), result))
    }
  }

  @Test("NULL operands give NULL and no error")
  func nulls() throws {
    for function in [ScalarFunction.add, .subtract, .multiply, .divide, .modulo] {
      expectStrict(function, [int(1), int(0)], .integer)
      expectStrict(function, [double(1), double(0)], .double)
      expectStrict(function, [try decimal("1.5"), try decimal("0.0")], .decimal(precision: 38, scale: 2))
    }
    expectStrict(.negate, [tiny(-128)], .tinyint)
    expectStrict(.subtract, [big(.max), big(.min)], .bigint)
  }
}

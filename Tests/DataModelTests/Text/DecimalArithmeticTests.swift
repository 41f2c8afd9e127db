// Goal: decimals are exact and round half away from zero. Method: golden cases and random round trips.
import DataModel
import Testing

@Suite struct DecimalArithmeticTests {
  @Test func rescaleRoundsHalfAwayFromZero() throws {
    let cases: [(Int128, Int, Int, Int128)] = [
      (15, 1, 0, 2), (-15, 1, 0, -2), (14, 1, 0, 1), (-14, 1, 0, -1), (25, 1, 0, 3), (5, 0, 3, 5000),
      (0, 5, 0, 0),
      (49, 2, 0, 0), (50, 2, 0, 1), (-50, 2, 0, -1),
    ]
    for (value, from, to, expected) in cases {
      #expect(try DecimalArithmetic.rescale(value, from: from, to: to) == expected)
    }
    #expect(throws: EvaluationError.self) { try DecimalArithmetic.rescale(.max, from: 0, to: 1) }
    #expect(throws: EvaluationError.self) { try DecimalArithmetic.rescale(1, from: 0, to: 39) }
    #expect(try DecimalArithmetic.rescale(.min, from: 38, to: 0) == -2)
  }

  @Test(arguments: 0...38) func textRoundTrip(scale: Int) throws {
    var generator = SeededGenerator(seed: UInt64(scale))
    for _ in 0..<100 {
      let wide = Int128(Int64(truncatingIfNeeded: generator.next())) * Int128(generator.next() >> 4)
      let value = wide >> Int128(generator.next() % 120)
      let text = DecimalArithmetic.render(value, scale: scale)
      #expect(try DecimalArithmetic.parse(Array(text.utf8), precision: 38, scale: scale) == value)
    }
  }

  @Test func golden() throws {
    #expect(DecimalArithmetic.render(-5, scale: 2) == "-0.05")
    #expect(DecimalArithmetic.render(0, scale: 3) == "0.000")
    #expect(DecimalArithmetic.render(.min, scale: 0) == Int128.min.description)
    #expect(try DecimalArithmetic.parse(Array(" +1e-3 ".utf8), precision: 5, scale: 3) == 1)
    #expect(try DecimalArithmetic.parse(Array("0e999999".utf8), precision: 5, scale: 3) == 0)
    #expect(try DecimalArithmetic.parse(Array("1e-999999999999".utf8), precision: 5, scale: 3) == 0)
    #expect(throws: EvaluationError.self) {
      try DecimalArithmetic.parse(Array("1e999999".utf8), precision: 5, scale: 3)
    }
    #expect(throws: EvaluationError.self) {
      try DecimalArithmetic.parse(Array("1x".utf8), precision: 5, scale: 3)
    }
  }

  @Test func doubles() throws {
    #expect(DecimalArithmetic.toDouble(12345, scale: 2) == 123.45)
    #expect(DecimalArithmetic.toDouble(.max, scale: 38) == Double("1.70141183460469231731687303715884105727"))
    #expect(try DecimalArithmetic.fromDouble(1.1, precision: 10, scale: 5) == 110_000)
    #expect(try DecimalArithmetic.fromDouble(-1e20, precision: 38, scale: 0) == -100_000_000_000_000_000_000)
    #expect(throws: EvaluationError.self) { try DecimalArithmetic.fromDouble(.nan, precision: 10, scale: 5) }
    #expect(throws: EvaluationError.self) { try DecimalArithmetic.fromDouble(1e30, precision: 10, scale: 5) }
  }
}

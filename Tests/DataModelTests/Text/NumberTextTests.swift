// Goal: numbers from text are exact or refused. Method: against the standard library and against plain arithmetic.
import DataModel
import Testing

@Suite struct NumberTextTests {
  private func double(_ text: String) throws -> Double {
    let bytes = Array(text.utf8)
    return try NumberText.double(bytes.span, 0..<bytes.count)
  }

  @Test func doublesAgreeWithTheStandardLibrary() throws {
    var generator = SeededGenerator(seed: 1)
    for _ in 0..<5000 {
      let bits = Double(bitPattern: generator.next())
      guard bits.isFinite else { continue }
      #expect(try double(bits.description) == bits)
      let digits = String(generator.next() % 10_000_000_000_000_000_000)
      let text = "\(digits.prefix(5)).\(digits.dropFirst(5))e\(Int(generator.next() % 60) - 30)"
      #expect(try double(text) == Double(text))
    }
  }

  @Test func realsRoundOnce() throws {
    var generator = SeededGenerator(seed: 2)
    for _ in 0..<5000 {
      let value = Float(bitPattern: UInt32(truncatingIfNeeded: generator.next()))
      guard value.isFinite else { continue }
      for text in [value.description, Double(value).description + "1"] {
        guard let expected = Float(text), expected.isFinite else { continue }
        let bytes = Array(text.utf8)
        #expect(try NumberText.real(bytes.span, 0..<bytes.count) == Double(expected))
      }
    }
  }

  @Test(arguments: ["", "-", ".", "e5", "1e", "1e+", "0x1", "1 ", "1..2", "--1", "infinit"])
  func malformedDoubles(_ text: String) {
    #expect(throws: TextFailure.malformed) { try double(text) }
  }

  @Test func specialDoubles() throws {
    #expect(try double("NaN").isNaN)
    #expect(try double("-Infinity") == -.infinity)
    #expect(throws: TextFailure.overflow) { try double("1e999") }
    #expect(try double("1e-999") == 0)
    #expect(try double("-0").sign == .minus)
  }

  @Test func integersAtTheBounds() throws {
    for (text, expected) in [
      ("9223372036854775807", Int64.max), ("-9223372036854775808", .min), ("+5", 5), ("007", 7),
    ] {
      let bytes = Array(text.utf8)
      #expect(try NumberText.integer(bytes.span, 0..<bytes.count) == expected)
      if let position = Optional(0), bytes[0] != 0x2B, text != "007" {
        var at = position
        let json = bytes + [0x2C]
        guard case .value(let number) = try JSONTokenizer.integer(json.span, &at) else {
          Issue.record("no integer: \(text)")
          continue
        }
        #expect(number == expected)
        #expect(at == bytes.count)
      }
    }
    for text in ["9223372036854775808", "-9223372036854775809", "99999999999999999999999"] {
      let bytes = Array(text.utf8)
      #expect(throws: TextFailure.overflow) { try NumberText.integer(bytes.span, 0..<bytes.count) }
    }
  }

  @Test func fastIntegersOfEveryLength() throws {
    var generator = SeededGenerator(seed: 4)
    for _ in 0..<3000 {
      let value = Int64(truncatingIfNeeded: generator.next()) >> Int64(generator.next() % 63)
      let json = Array("\(value)}".utf8)
      var at = 0
      guard case .value(let number) = try JSONTokenizer.integer(json.span, &at) else {
        Issue.record("no integer: \(value)")
        continue
      }
      #expect(number == value)
    }
  }
}

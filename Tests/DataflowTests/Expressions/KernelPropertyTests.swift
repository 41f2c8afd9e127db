// Goal: the kernels over whole columns give what one row at a time gives. Method: random columns of lengths around
// multiples of 64, with none, some and only NULLs, against plain Swift; constants on either side.
import DataModel
import Dataflow
import Testing

@Suite("Kernels equal one row at a time")
struct KernelPropertyTests {
  static let lengths = [1, 2, 15, 63, 64, 65, 127, 128, 129, 200]
  static let text = ColumnType.varchar(length: nil)

  /// How often a value is NULL: never, sometimes, always.
  private static let nullRates = [0, 4, 1]

  private static func isNull(_ rate: Int, _ random: inout SeededGenerator) -> Bool {
    rate > 0 && Int.random(in: 0..<rate, using: &random) == 0
  }

  private static func word(_ random: inout SeededGenerator, ascii: Bool) -> String {
    let letters = ascii ? ["a", "b", "c", "/", "A", "Z", " "] : ["a", "b", "/", "é", "Σ", "😀", " "]
    let length = [0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 33, 70].randomElement(using: &random) ?? 0
    return (0..<length).map { _ in letters.randomElement(using: &random) ?? "" }.joined()
  }

  private static func words(_ count: Int, _ rate: Int, _ random: inout SeededGenerator) -> [String?] {
    let ascii = Bool.random(using: &random)
    return (0..<count).map { _ in isNull(rate, &random) ? nil : word(&random, ascii: ascii) }
  }

  private static func integers(_ count: Int, _ rate: Int, _ random: inout SeededGenerator) -> [Int64?] {
    let edges: [Int64] = [0, 1, -1, 2, 122, 123, 124, .max, .min, .min + 1, 1 << 40, -(1 << 40)]
    return (0..<count).map { _ in
      if isNull(rate, &random) { return nil }
      return Bool.random(using: &random)
        ? edges.randomElement(using: &random) : Int64.random(in: -100_000...100_000, using: &random)
    }
  }

  private static func column(_ values: [String?]) -> ColumnVector {
    var builder = ColumnBuilder(.bytes)
    for value in values {
      if let value { builder.append(bytes: Array(value.utf8)) } else { builder.appendNull() }
    }
    return builder.finish()
  }

  private static func column(_ values: [Int64?]) -> ColumnVector {
    var builder = ColumnBuilder(.int64)
    for value in values {
      if let value { builder.append(int64: value) } else { builder.appendNull() }
    }
    return builder.finish()
  }

  private static func literal(_ value: String?) -> ScalarExpression {
    ScalarExpression(.literal(value.map { .text($0) } ?? .null), type: text, nullable: true)
  }

  private static func number(_ value: Int64) -> ScalarExpression {
    ScalarExpression(.literal(.int64(value)), type: .bigint, nullable: false)
  }

  private static func values(_ expression: ScalarExpression, _ columns: [ColumnVector], _ count: Int) throws
    -> [Value]
  {
    let found = try CompiledExpression(expression).evaluate(columns, count: count, now: 0)
    #expect(found.count == count)
    if let validity = found.validity { #expect(validity.validCount < count) }
    return (0..<count).map { found.value(at: $0) }
  }

  private static func agree(
    _ expression: ScalarExpression, _ columns: [ColumnVector], _ count: Int, _ wanted: [Value]
  ) throws {
    let found = try values(expression, columns, count)
    #expect(found == wanted, "\(expression)")
  }

  /// Runs the body for every length and rate of NULLs.
  private func each(_ seed: UInt64, _ body: (Int, Int, inout SeededGenerator) throws -> Void) throws {
    var random = SeededGenerator(seed)
    for count in Self.lengths {
      for rate in Self.nullRates { try body(count, rate, &random) }
    }
  }

  @Test("string comparisons, with columns and with constants on either side", arguments: [1, 2, 3])
  func comparisons(_ seed: UInt64) throws {
    let tests: [(ScalarFunction, (Int) -> Bool)] = [
      (.equal, { $0 == 0 }), (.notEqual, { $0 != 0 }), (.less, { $0 < 0 }), (.lessOrEqual, { $0 <= 0 }),
      (.greater, { $0 > 0 }), (.greaterOrEqual, { $0 >= 0 }),
    ]
    func order(_ a: String, _ b: String) -> Int {
      let (left, right) = (Array(a.utf8), Array(b.utf8))
      return left == right ? 0 : left.lexicographicallyPrecedes(right) ? -1 : 1
    }
    try each(seed) { count, rate, random in
      let left = Self.words(count, rate, &random)
      let right = left.map { value in
        Bool.random(using: &random) ? value : Self.words(1, rate, &random)[0]
      }
      let constant = left.randomElement(using: &random) ?? nil
      let columns = [Self.column(left), Self.column(right)]
      for (function, test) in tests {
        let wanted = zip(left, right).map { a, b in
          a.flatMap { a in b.map { Value.boolean(test(order(a, $0))) } } ?? .null
        }
        let a = DataflowTests.column(0, Self.text)
        let b = DataflowTests.column(1, Self.text)
        try Self.agree(call(function, [a, b], .boolean), columns, count, wanted)
        let toConstant = left.map { a in
          a.flatMap { a in constant.map { Value.boolean(test(order(a, $0))) } } ?? .null
        }
        let known = Self.literal(constant)
        try Self.agree(call(function, [a, known], .boolean), columns, count, toConstant)
        let fromConstant = left.map { a in
          a.flatMap { a in constant.map { Value.boolean(test(order($0, a))) } } ?? .null
        }
        try Self.agree(call(function, [known, a], .boolean), columns, count, fromConstant)
      }
    }
  }

  @Test("LOWER, UPPER, CHAR_LENGTH, TRIM, SUBSTRING, concatenation", arguments: [4, 5])
  func strings(_ seed: UInt64) throws {
    try each(seed) { count, rate, random in
      let own = Self.words(count, rate, &random)
      let other = Self.words(count, rate, &random)
      let columns = [Self.column(own), Self.column(other)]
      let a = DataflowTests.column(0, Self.text)
      let b = DataflowTests.column(1, Self.text)
      func expect(_ expression: ScalarExpression, _ body: (String) -> Value) throws {
        let wanted = own.map { $0.map(body) ?? .null }
        try Self.agree(expression, columns, count, wanted)
      }
      try expect(call(.lower, [a], Self.text)) { .text($0.lowercased()) }
      try expect(call(.upper, [a], Self.text)) { .text($0.uppercased()) }
      try expect(call(.characterLength, [a], .integer)) { .int64(Int64($0.unicodeScalars.count)) }
      try expect(call(.trimBoth, [a], Self.text)) { word in
        var scalars = Substring(word).unicodeScalars
        while scalars.first == " " { scalars.removeFirst() }
        while scalars.last == " " { scalars.removeLast() }
        return .text(String(scalars))
      }
      let start = Int64.random(in: 1...20, using: &random)
      let length = Int64.random(in: 0...20, using: &random)
      try expect(call(.substring, [a, Self.number(start), Self.number(length)], Self.text)) { word in
        let scalars = Array(word.unicodeScalars).dropFirst(Int(start) - 1).prefix(Int(length))
        return .text(scalars.reduce(into: "") { $0.unicodeScalars.append($1) })
      }
      let sums = zip(own, other).map { a, b in a.flatMap { a in b.map { Value.text(a + "-" + $0) } } ?? .null }
      let sum = call(.concatenate, [a, Self.literal("-"), b], Self.text)
      try Self.agree(sum, columns, count, sums)
    }
  }

  /// Parts between separators, as bytes.
  private func split(_ word: String, _ separator: String) -> [String] {
    if separator.isEmpty { return [word] }
    var parts: [String] = []
    var rest = Array(word.utf8)[...]
    let needle = Array(separator.utf8)
    var part: [UInt8] = []
    while !rest.isEmpty {
      if rest.starts(with: needle) {
        parts.append(String(decoding: part, as: UTF8.self))
        part = []
        rest = rest.dropFirst(needle.count)
      } else {
        part.append(rest.removeFirst())
      }
    }
    return parts + [String(decoding: part, as: UTF8.self)]
  }

  @Test("search: SPLIT_INDEX, SPLIT_PART, REPLACE and its length, POSITION, LIKE", arguments: [6, 7, 8])
  func search(_ seed: UInt64) throws {
    try each(seed) { count, rate, random in
      let own = Self.words(count, rate, &random)
      let columns = [Self.column(own)]
      let a = DataflowTests.column(0, Self.text)
      let needle = ["/", "a", "ab", "b/", "é", "abc", "aa", ""].randomElement(using: &random) ?? ""
      let index = Int64.random(in: 0...12, using: &random)
      func expect(_ expression: ScalarExpression, _ body: (String) -> Value) throws {
        let wanted = own.map { $0.map(body) ?? .null }
        try Self.agree(expression, columns, count, wanted)
      }
      let known = Self.literal(needle)
      try expect(call(.splitIndex, [a, known, Self.number(index)], Self.text)) { word in
        let parts = split(word, needle)
        return index < parts.count ? .text(parts[Int(index)]) : .null
      }
      try expect(call(.splitPart, [a, known, Self.number(index + 1)], Self.text)) { word in
        let parts = split(word, needle)
        return .text(index < parts.count ? parts[Int(index)] : "")
      }
      let replaced = call(.replace, [a, known, Self.literal("é!")], Self.text)
      try expect(replaced) { .text(split($0, needle).joined(separator: "é!")) }
      try expect(call(.characterLength, [replaced], .integer)) { word in
        .int64(Int64(split(word, needle).joined(separator: "é!").unicodeScalars.count))
      }
      try expect(call(.position, [known, a], .integer)) { word in
        let parts = split(word, needle)
        if needle.isEmpty { return .int64(1) }
        return .int64(parts.count > 1 ? Int64(parts[0].unicodeScalars.count) + 1 : 0)
      }
      for pattern in ["%\(needle)%", "\(needle)%", "%\(needle)", needle, "a%\(needle)%b", "%a%/%", "_%b", "%"] {
        try expect(call(.like, [a, Self.literal(pattern)], .boolean)) { word in
          .boolean(isLike(Array(word.unicodeScalars), Array(pattern.unicodeScalars)[...]))
        }
      }
    }
  }

  private func isLike(_ text: [UnicodeScalar], _ pattern: ArraySlice<UnicodeScalar>) -> Bool {
    guard let first = pattern.first else { return text.isEmpty }
    if first == "%" {
      return (0...text.count).contains { isLike(Array(text[$0...]), pattern.dropFirst()) }
    }
    guard let next = text.first, first == "_" || first == next else { return false }
    return isLike(Array(text.dropFirst()), pattern.dropFirst())
  }

  @Test("integers: division and remainder by constants, casts, checked sums", arguments: [9, 10, 11])
  func integers(_ seed: UInt64) throws {
    let divisors: [Int64] = [1, -1, 2, -2, 3, 7, 123, -123, 1 << 40, .max, .min, 1_000_000_007]
    try each(seed) { count, rate, random in
      let own = Self.integers(count, rate, &random)
      let columns = [Self.column(own)]
      let a = DataflowTests.column(0, .bigint)
      for divisor in divisors {
        let rests = own.map { $0.map { Value.int64(divisor == -1 ? 0 : $0 % divisor) } ?? .null }
        let rest = call(.modulo, [a, Self.number(divisor)], .bigint)
        try Self.agree(rest, columns, count, rests)
        guard divisor != -1 else { continue }
        let quotients = own.map { $0.map { Value.int64($0 / divisor) } ?? .null }
        let quotient = call(.divide, [a, Self.number(divisor)], .bigint)
        try Self.agree(quotient, columns, count, quotients)
      }
      let texts = own.map { $0.map { Value.text("\($0)") } ?? .null }
      try Self.agree(call(.cast, [a], Self.text), columns, count, texts)
      let wide = ColumnType.decimal(precision: 25, scale: 3)
      let decimals = own.map { $0.map { Value.int128(Int128($0) * 1000) } ?? .null }
      try Self.agree(call(.cast, [a], wide), columns, count, decimals)
      let sums = own.compactMap { $0?.addingReportingOverflow(77) }
      let sum = call(.add, [a, Self.number(77)], .bigint)
      if sums.contains(where: { $0.overflow }) {
        #expect(throws: EvaluationError.self) { try Self.values(sum, columns, count) }
      } else {
        let wanted = own.map { $0.map { Value.int64($0 + 77) } ?? .null }
        try Self.agree(sum, columns, count, wanted)
      }
    }
  }

  @Test("decimals: products and comparisons beyond 64 bits", arguments: [12, 13])
  func decimals(_ seed: UInt64) throws {
    let type = ColumnType.decimal(precision: 38, scale: 0)
    try each(seed) { count, rate, random in
      let edges: [Int128] = [0, 1, -1, 908, 1 << 62, 1 << 63, -(1 << 63), 1 << 64, 1 << 80, -(1 << 80)]
      let own: [Int128?] = (0..<count).map { _ in
        Self.isNull(rate, &random) ? nil : edges.randomElement(using: &random)
      }
      var builder = ColumnBuilder(.int128)
      for value in own { builder.append(value.map { .int128($0) } ?? .null) }
      let columns = [builder.finish()]
      let a = DataflowTests.column(0, type)
      let factor = ScalarExpression(.literal(.int128(908)), type: type, nullable: false)
      let products = own.map { $0.map { Value.int128($0 * 908) } ?? .null }
      try Self.agree(call(.multiply, [factor, a], type), columns, count, products)
      let limit = ScalarExpression(.literal(.int128(1 << 63)), type: type, nullable: false)
      let tests = own.map { $0.map { Value.boolean($0 < 1 << 63) } ?? .null }
      try Self.agree(call(.less, [a, limit], .boolean), columns, count, tests)
    }
  }

  @Test("CASE over columns, constants and computed strings; parts that occur twice", arguments: [14, 15])
  func choices(_ seed: UInt64) throws {
    try each(seed) { count, rate, random in
      let own = Self.words(count, rate, &random)
      let numbers = Self.integers(count, rate, &random).map { $0.map { $0 % 5 } }
      let columns = [Self.column(own), Self.column(numbers)]
      let a = DataflowTests.column(0, Self.text)
      let n = DataflowTests.column(1, .bigint)
      let lower = call(.lower, [a], Self.text)
      let part = call(.splitIndex, [lower, Self.literal("/"), Self.number(1)], Self.text)
      func branch(_ number: Int64, _ result: ScalarExpression) -> ConditionalBranch {
        ConditionalBranch(condition: call(.equal, [n, Self.number(number)], .boolean), result: result)
      }
      let expression = ScalarExpression(
        .conditional(
          [
            branch(0, a), branch(1, Self.literal("one")), branch(2, part),
            ConditionalBranch(condition: call(.isNotNull, [part], .boolean), result: part),
          ], otherwise: call(.coalesce, [part, lower, Self.literal("none")], Self.text)),
        type: Self.text, nullable: true)
      let wanted: [Value] = zip(own, numbers).map { word, number in
        let parts = word.map { split($0.lowercased(), "/") } ?? []
        let part = parts.count > 1 ? parts[1] : nil
        let result: String?
        switch number {
        case 0: result = word
        case 1: result = "one"
        case 2: result = part
        default: result = part ?? word?.lowercased() ?? "none"
        }
        return result.map { .text($0) } ?? .null
      }
      try Self.agree(expression, columns, count, wanted)
    }
  }
}

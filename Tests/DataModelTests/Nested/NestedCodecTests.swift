import DataModel
import Testing

// Goal: the bytes of nested values sort as the values do, read back, and no other bytes trap a reader. Method: random
// arrays of every layout against a comparison of their own; random bytes.

@Suite("Nested values as bytes")
struct NestedCodecTests {
  struct Generator: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return z ^ (z >> 31)
    }
  }

  private func value(_ physical: PhysicalType, _ random: inout Generator) -> Value {
    if Int.random(in: 0..<5, using: &random) == 0 { return .null }
    let small = Int64.random(in: -3...3, using: &random)
    switch physical {
    case .int64: return .int64(small)
    case .float64: return .float64(Double(small) / 2)
    case .int128: return .int128(Int128(small) << 70)
    case .bytes:
      let alphabet: [UInt8] = [0, 0, 1, 0xFF, 0x61]
      return .bytes((0..<abs(small)).map { _ in alphabet[Int.random(in: 0..<5, using: &random)] })
    }
  }

  /// Below 0, 0, above 0.
  private func order(_ a: Value, _ b: Value) -> Int {
    switch (a, b) {
    case (.null, .null): 0
    case (.null, _): -1
    case (_, .null): 1
    case (.int64(let x), .int64(let y)): (x < y ? -1 : x > y ? 1 : 0)
    case (.float64(let x), .float64(let y)): (x < y ? -1 : x > y ? 1 : 0)
    case (.int128(let x), .int128(let y)): (x < y ? -1 : x > y ? 1 : 0)
    case (.bytes(let x), .bytes(let y)): order(bytes: x, y)
    default: 0
    }
  }

  private func order(bytes x: [UInt8], _ y: [UInt8]) -> Int {
    x.lexicographicallyPrecedes(y) ? -1 : y.lexicographicallyPrecedes(x) ? 1 : 0
  }

  private func order(_ a: [Value], _ b: [Value]) -> Int {
    for (x, y) in zip(a, b) where order(x, y) != 0 { return order(x, y) }
    return a.count < b.count ? -1 : a.count > b.count ? 1 : 0
  }

  @Test("order and reading back", arguments: [PhysicalType.int64, .float64, .int128, .bytes])
  func arrays(physical: PhysicalType) {
    var random = Generator(state: UInt64(physical.rawValue))
    for _ in 0..<2000 {
      let pair = (0..<2).map { _ in
        (0..<Int.random(in: 0..<4, using: &random)).map { _ in value(physical, &random) }
      }
      let bytes = pair.map { NestedCodec.array($0) }
      #expect(order(bytes: bytes[0], bytes[1]) == order(pair[0], pair[1]), "\(pair)")
      #expect(NestedCodec.values(bytes[0], physical) == pair[0])
    }
  }

  @Test("maps are sorted by key; the last of equal keys counts")
  func maps() {
    let map = NestedCodec.map([
      (.text("b"), .int64(1)), (.text("a"), .int64(2)), (.text("b"), .int64(3)), (.text("ab"), .null),
    ])
    let type = ColumnType.map(key: .varchar(length: nil), value: .integer)
    #expect(ValueText.render(.bytes(map), as: type) == "{a=2, ab=NULL, b=3}")
  }

  @Test("readers stop at foreign bytes")
  func foreignBytes() {
    var random = Generator(state: 7)
    let types: [ColumnType] = [
      .array(.integer), .array(.array(.varchar(length: nil))), .map(key: .uuid, value: .variant), .variant,
      .row([RowField(name: SQLIdentifier("a"), type: .decimal(precision: 9, scale: 2), nullable: true)]),
      .array(.variant),
    ]
    for _ in 0..<5000 {
      let bytes = (0..<Int.random(in: 0..<24, using: &random)).map { _ in
        [UInt8](arrayLiteral: 0, 1, 2, 3, 13, 18, 21, 22, 0xFF, UInt8.random(in: 0...255, using: &random))[
          Int.random(in: 0..<10, using: &random)]
      }
      for type in types { #expect(ValueText.render(.bytes(bytes), as: type).utf8.count < 4000) }
    }
  }

  @Test("interval text reads back", arguments: IntervalQualifier.allCases)
  func intervals(qualifier: IntervalQualifier) throws {
    var random = Generator(state: 11)
    let unit = qualifier.units.last.flatMap { IntervalQualifier.size($0) } ?? 1
    let step = unit == 1_000_000 ? 1 : unit
    for _ in 0..<300 {
      let value = Int64.random(in: -1_000_000...1_000_000, using: &random) * step
      let text = ValueText.render(.int64(value), as: .interval(qualifier))
      #expect(try ValueText.parse(Array(text.utf8), as: .interval(qualifier)) == .int64(value), "\(text)")
    }
  }
}

// Seeded random values and columns for the property tests of this target.
import DataModel

/// SplitMix64: the same seed gives the same test.
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64
  init(seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

/// Edge-heavy random values: small domains so that ties, NULLs, zero bytes and extremes all occur.
struct RandomRows {
  var generator: SeededGenerator
  init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

  mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &generator) }

  mutating func value(_ type: PhysicalType) -> Value {
    if below(5) == 0 { return .null }
    switch type {
    case .int64:
      let edges: [Int64] = [.min, .min + 1, -256, -1, 0, 1, 255, 256, .max]
      return .int64(below(2) == 0 ? edges[below(edges.count)] : Int64(truncatingIfNeeded: generator.next()))
    case .float64:
      let edges: [Double] = [
        -.infinity, -1.5, -Double.leastNonzeroMagnitude, -0.0, 0.0, .leastNonzeroMagnitude, 1, .infinity,
        .nan,
        -.greatestFiniteMagnitude,
      ]
      return .float64(
        below(2) == 0 ? edges[below(edges.count)] : Double.random(in: -1e9...1e9, using: &generator))
    case .int128:
      let edges: [Int128] = [.min, -1, 0, 1, Int128(UInt64.max), Int128(UInt64.max) + 1, .max]
      let wide = Int128(Int64(truncatingIfNeeded: generator.next())) << 64 | Int128(generator.next())
      return .int128(below(2) == 0 ? edges[below(edges.count)] : wide)
    case .bytes:
      let alphabet: [UInt8] = [0, 0, 1, 0x61, 0xFE, 0xFF]
      return .bytes((0..<below(below(4) == 0 ? 40 : 5)).map { _ in alphabet[below(alphabet.count)] })
    }
  }

  mutating func types(_ count: Int) -> [PhysicalType] {
    let all: [PhysicalType] = [.int64, .float64, .int128, .bytes]
    return (0..<count).map { _ in all[below(4)] }
  }

  mutating func rows(_ types: [PhysicalType], count: Int) -> [[Value]] {
    (0..<count).map { _ in types.map { value($0) } }
  }

  static func columns(_ rows: [[Value]], _ types: [PhysicalType]) -> [ColumnVector] {
    types.indices.map { column in
      var builder = ColumnBuilder(types[column])
      for row in rows { builder.append(row[column]) }
      return builder.finish()
    }
  }
}

/// SQL order of two values, written without the codec: NULL first, -0.0 equals 0.0, NaN greatest.
func sqlCompare(_ left: Value, _ right: Value) -> Int {
  func order<T: Comparable>(_ a: T, _ b: T) -> Int { a < b ? -1 : a > b ? 1 : 0 }
  switch (left, right) {
  case (.null, .null): return 0
  case (.null, _): return -1
  case (_, .null): return 1
  case (.int64(let a), .int64(let b)): return order(a, b)
  case (.int128(let a), .int128(let b)): return order(a, b)
  case (.float64(let a), .float64(let b)):
    if a.isNaN || b.isNaN { return order(a.isNaN ? 1 : 0, b.isNaN ? 1 : 0) }
    return order(a, b)
  case (.bytes(let a), .bytes(let b)):
    return a.lexicographicallyPrecedes(b) ? -1 : a == b ? 0 : 1
  default: return 0
  }
}

func sqlCompare(_ left: [Value], _ right: [Value]) -> Int {
  for (a, b) in zip(left, right) {
    let order = sqlCompare(a, b)
    if order != 0 { return order }
  }
  return 0
}

/// Equal in the sense of SQL, value by value.
func sameRow(_ left: [Value], _ right: [Value]) -> Bool {
  left.count == right.count && sqlCompare(left, right) == 0
}

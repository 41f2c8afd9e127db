import DataModel

/// Characters that one place of a regular expression takes.
struct ScalarSet: Sendable {
  /// One bit for each ASCII character.
  private(set) var low: UInt64 = 0
  private(set) var high: UInt64 = 0
  /// Above ASCII; in no order.
  private(set) var ranges: [ClosedRange<UInt32>] = []
  private(set) var isNegated = false

  mutating func insert(_ range: ClosedRange<UInt32>) {
    var code = range.lowerBound
    while code <= range.upperBound, code < 128 {
      if code < 64 { low |= 1 << UInt64(code) } else { high |= 1 << UInt64(code - 64) }
      code += 1
    }
    if range.upperBound >= 128 { ranges.append(max(128, range.lowerBound)...range.upperBound) }
  }

  mutating func insert(_ other: ScalarSet) {
    guard other.isNegated else {
      low |= other.low
      high |= other.high
      ranges += other.ranges
      return
    }
    low |= ~other.low
    high |= ~other.high
    var next: UInt32 = 128
    for range in other.ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if range.lowerBound > next { ranges.append(next...range.lowerBound - 1) }
      next = max(next, range.upperBound + 1)
    }
    if next <= 0x10FFFF { ranges.append(next...0x10FFFF) }
  }

  mutating func negate() { isNegated.toggle() }

  /// Adds the other case of every ASCII letter, and of single characters above.
  mutating func foldCase() {
    let lower = high >> 33 & 0x3FF_FFFF
    let upper = high >> 1 & 0x3FF_FFFF
    high |= (lower << 1) | (upper << 33)
    for range in ranges where range.count <= 512 {
      for code in range {
        guard let properties = UnicodeScalar(code)?.properties else { continue }
        for mapped in [properties.lowercaseMapping, properties.uppercaseMapping] {
          if let scalar = mapped.unicodeScalars.first, mapped.unicodeScalars.count == 1 {
            insert(scalar.value...scalar.value)
          }
        }
      }
    }
  }

  /// The ASCII characters it takes.
  var masks: [UInt64] { isNegated ? [~low, ~high] : [low, high] }

  @inline(__always)
  func contains(_ code: UInt32) -> Bool {
    let found: Bool
    if code < 64 {
      found = low >> UInt64(code) & 1 == 1
    } else if code < 128 {
      found = high >> UInt64(code - 64) & 1 == 1
    } else {
      found = ranges.contains { $0.contains(code) }
    }
    return found != isNegated
  }
}

/// A compiled regular expression: a small machine whose states are tried in order of preference.
final class RegexProgram: Sendable {
  enum Assertion: Int32, Sendable {
    case textStart, textEnd, lineStart, lineEnd, wordBoundary, noWordBoundary
  }

  enum Operation: UInt8, Sendable {
    /// Takes one character of set `x`.
    case take
    /// Takes the bytes `x..<y` of the literals.
    case literal
    /// Takes as many characters of set `x` as follow, at least `y`; nothing behind it can fail.
    case span
    /// Takes any character; not a line feed when `x` is 0.
    case any
    /// Tries `x`, then `y`.
    case split
    case jump
    /// Notes the position in slot `x`.
    case save
    /// Holds when assertion `x` does.
    case assert
    case match
  }

  struct Instruction: Sendable {
    var operation: Operation
    var x: Int32 = 0
    var y: Int32 = 0
    /// Number of a split among the splits.
    var z: Int32 = 0
  }

  let instructions: [Instruction]
  let sets: [ScalarSet]
  /// Two words a set: its ASCII characters.
  let masks: [UInt64]
  /// Bytes of all literals.
  let literals: [UInt8]
  let splitCount: Int
  /// Every match contains it.
  let required: ByteSearch?
  /// Most bytes in front of it; nil without a bound.
  let requiredReach: Int?
  let groupCount: Int
  let names: [String: Int]
  /// First bytes that a match behind the start of the text can have; nil when it can be empty there.
  let firstBytes: [Bool]?

  /// Expressions whose program would be longer are refused.
  static let lengthMax = 20_000

  init(_ compiler: RegexCompiler, _ parser: RegexParser, _ node: RegexNode) {
    let literal = RegexLiterals.required(node)
    instructions = compiler.instructions
    sets = compiler.sets
    masks = compiler.sets.flatMap(\.masks)
    literals = compiler.literals
    splitCount = compiler.splitCount
    required = literal.bytes.isEmpty ? nil : ByteSearch(literal.bytes)
    requiredReach = literal.reach
    groupCount = parser.groupCount
    names = parser.names
    firstBytes = compiler.firstBytes()
  }
}

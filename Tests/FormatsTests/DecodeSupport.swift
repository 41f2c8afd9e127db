// Shared means of this target: schemas, decoding in chunks, random rows of every type.
import DataModel
import Formats

func field(_ name: String, _ type: ColumnType, nullable: Bool = true, defaultValue: Value? = nil) -> Field {
  Field(name: SQLIdentifier(name), type: type, nullable: nullable, defaultValue: defaultValue)
}

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
  mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }
}

/// What a decoder made of a body.
struct Decoded: Equatable {
  var rows: [[Value]] = []
  var kinds: [UInt8] = []
  var presence: [UInt64] = []
  var errors: [RowError] = []
  var errorCount: UInt64 = 0
  var failed = false
  var inputBytes = 0

  /// What must not depend on chunk boundaries.
  func agrees(with other: Decoded) -> Bool {
    rows == other.rows && kinds == other.kinds && errorCount == other.errorCount && failed == other.failed
  }

  mutating func add(_ batch: DecodedBatch) {
    let changes = batch.changes
    rows += (0..<changes.count).map { row in changes.columns.map { $0.value(at: row) } }
    kinds += changes.kinds
    presence += changes.presence
    inputBytes += batch.inputBytes
  }
}

func decode(
  _ body: [UInt8], _ format: InputFormat, _ schema: Schema, cuts: [Int] = [],
  limits: InputLimits = InputLimits(),
  takeOften: Bool = false
) -> Decoded {
  var decoder = InputDecoder(format: format, schema: schema, rowErrorsKept: 100, limits: limits)
  var result = Decoded()
  var start = 0
  for cut in cuts.sorted() + [body.count] where cut >= start && cut <= body.count {
    decoder.feed(Array(body[start..<cut]))
    start = cut
    if takeOften, let batch = decoder.takeBatch() { result.add(batch) }
  }
  decoder.finish()
  if let batch = decoder.takeBatch() { result.add(batch) }
  result.errors = decoder.errors
  result.errorCount = decoder.errorCount
  result.failed = decoder.failed
  return result
}

func decode(_ body: String, _ format: InputFormat, _ schema: Schema) -> Decoded {
  decode(Array(body.utf8), format, schema)
}

extension InputFormat {
  static let raw = InputFormat(kind: .json, updateFormat: .raw)
  static let envelope = InputFormat(kind: .json)
  static let csv = InputFormat(kind: .csv)
  static func array(_ format: UpdateFormat) -> InputFormat {
    InputFormat(kind: .json, updateFormat: format, array: true)
  }
}

/// One column of every type, all nullable.
let everyType = Schema(fields: [
  field("flag", .boolean), field("tiny", .tinyint), field("small", .smallint), field("whole", .integer),
  field("big", .bigint), field("single", .real), field("wide", .double),
  field("price", .decimal(precision: 38, scale: 9)), field("code", .char(length: 4)),
  field("label", .varchar(length: nil)), field("short", .varchar(length: 8)),
  field("blob", .varbinary(length: nil)),
  field("day", .date), field("clock", .time), field("moment", .timestamp), field("identity", .uuid),
])

struct RandomTable {
  var generator: SeededGenerator
  init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

  mutating func text(_ length: Int) -> [UInt8] {
    let alphabet = [
      "a", "\"", "\\", ",", "\n", "\r", "é", "日", "😀", "{", "}", "[", "]", "\u{0}", "\t", "z", "'",
    ]
    var text = "x"
    for _ in 0..<length - 2 { text += alphabet[generator.below(alphabet.count)] }
    return Array((text + "y").utf8)
  }

  mutating func value(_ type: ColumnType) -> Value {
    if generator.below(6) == 0 { return .null }
    let word = Int64(truncatingIfNeeded: generator.next())
    switch type {
    case .boolean: return .boolean(word & 1 == 1)
    case .tinyint, .smallint, .integer, .bigint:
      let bounds = type.integerBounds ?? 0...0
      let edges = [bounds.lowerBound, bounds.upperBound, 0, -1, 10, 100]
      return .int64(
        generator.below(3) == 0 ? edges[generator.below(6)] : Int64.random(in: bounds, using: &generator))
    case .real: return .float64(Double(Float.random(in: -1e6...1e6, using: &generator)))
    case .double:
      return .float64(
        Double.random(in: -1...1, using: &generator) * [1, 1e-12, 1e18, 1e200][generator.below(4)])
    case .decimal: return .int128(Int128(word) * Int128(generator.below(1 << 40)))
    case .char: return .bytes(text(2 + generator.below(3)))
    case .varchar(let limit): return .bytes(text(2 + generator.below(limit.map { $0 - 1 } ?? 30)))
    case .varbinary: return .bytes((0..<generator.below(20) + 1).map { _ in UInt8(generator.below(256)) })
    case .date: return .int64(Int64.random(in: EventTime.dayBounds, using: &generator))
    case .time: return .int64(Int64.random(in: 0..<EventTime.nanosecondsPerDay, using: &generator))
    case .timestamp: return .int64(Int64.random(in: EventTime.timestampBounds, using: &generator))
    case .uuid: return .bytes((0..<16).map { _ in UInt8(generator.below(256)) })
    default: return .null
    }
  }

  mutating func batch(_ schema: Schema, rows: Int) -> ColumnBatch {
    var builders = schema.physicalTypes.map { ColumnBuilder($0) }
    for _ in 0..<rows {
      for (index, type) in schema.types.enumerated() { builders[index].append(value(type)) }
    }
    return ColumnBatch(
      columns: builders.indices.map { builders[$0].finish() }, weights: [Int64](repeating: 1, count: rows))
  }

  mutating func cuts(_ length: Int) -> [Int] {
    (0..<generator.below(12)).map { _ in generator.below(length + 1) }
  }

  mutating func mutate(_ body: inout [UInt8]) {
    for _ in 0...generator.below(3) where !body.isEmpty {
      let at = generator.below(body.count)
      let tokens = Array("{}[]\",:\\un1e-.0 \n\u{1}".utf8) + [0xFF, 0xC3]
      switch generator.below(4) {
      case 0: body[at] = UInt8(generator.below(256))
      case 1: body[at] = tokens[generator.below(tokens.count)]
      case 2: body.insert(tokens[generator.below(tokens.count)], at: at)
      default: body.removeSubrange(at..<min(body.count, at + 1 + generator.below(5)))
      }
    }
  }
}

func values(_ batch: ColumnBatch) -> [[Value]] {
  (0..<batch.count).map { row in batch.columns.map { $0.value(at: row) } }
}

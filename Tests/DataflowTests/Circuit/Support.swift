import DataModel
import Dataflow
import Testing

// What the circuit tests share: a seeded generator, rows as arrays of values, and naive Z-set bookkeeping.

/// SplitMix64.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64
  init(_ seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

typealias Row = [Value]
/// Integrated Z-set; no row of weight 0.
typealias ZSet = [Row: Int64]

extension Dictionary where Key == Row, Value == Int64 {
  mutating func add(_ row: Row, _ weight: Int64) {
    let sum = (self[row] ?? 0) + weight
    self[row] = sum == 0 ? nil : sum
  }

  mutating func add(_ batch: ColumnBatch) {
    for index in 0..<batch.count { add(batch.columns.map { $0.value(at: index) }, batch.weights[index]) }
  }
}

func columns(_ rows: [Row], _ types: [PhysicalType]) -> [ColumnVector] {
  types.indices.map { column in
    var builder = ColumnBuilder(types[column])
    for row in rows { builder.append(row[column]) }
    return builder.finish()
  }
}

func column(_ index: Int, _ type: ColumnType) -> ScalarExpression {
  ScalarExpression(.column(index), type: type, nullable: true)
}

func call(_ function: ScalarFunction, _ arguments: [ScalarExpression], _ type: ColumnType) -> ScalarExpression
{
  ScalarExpression(.call(function, arguments), type: type, nullable: true)
}

func literal(_ value: Int64) -> ScalarExpression {
  ScalarExpression(.literal(.int64(value)), type: .bigint, nullable: false)
}

/// One input record of a test.
struct Change {
  let kind: ChangeKind
  let row: Row
  var named: UInt64 = ~0
}

func changes(_ list: [Change], _ types: [PhysicalType]) -> ChangeBatch {
  let updates = list.contains { $0.kind == .update }
  return ChangeBatch(
    columns: columns(list.map(\.row), types), kinds: list.map(\.kind.rawValue),
    presence: updates ? list.map(\.named) : [])
}

func schema(_ types: [ColumnType], key: [Int]? = nil) -> Schema {
  Schema(
    fields: types.enumerated().map { Field(name: SQLIdentifier("c\($0)"), type: $1, nullable: true) },
    primaryKey: key)
}

/// All rows of a snapshot, with their weights.
func contents(_ snapshot: RelationSnapshot?) -> ZSet {
  var result: ZSet = [:]
  do throws(EvaluationError) {
    try snapshot?.trace.forEachBatch(rowsMax: 7) { batch in
      result.add(batch)
      return true
    }
  } catch { Issue.record(error) }
  return result
}

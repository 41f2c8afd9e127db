import DataModel
import Dataflow
import SQLFrontend
import Testing

// What the tests of this room share: programs, rows as arrays of values, tables as the tests believe them to be.

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

  /// Every row as often as its weight says.
  var rows: [Row] { flatMap { row, weight in repeatElement(row, count: Swift.max(0, Int(weight))) } }
}

func compile(_ text: String, rewriting: Bool = true) throws -> Program {
  switch SQLCompiler.compile(text, rewriting: rewriting) {
  case .success(let program): return program
  case .failure(let errors):
    let shown = errors.diagnostics.map { "\($0.message)\n\($0.snippet)" }.joined(separator: "\n")
    Issue.record("\(shown)\nin \(text.prefix(400))")
    throw errors
  }
}

func columns(_ rows: [Row], _ types: [PhysicalType]) -> [ColumnVector] {
  types.indices.map { column in
    var builder = ColumnBuilder(types[column])
    for row in rows { builder.append(row[column]) }
    return builder.finish()
  }
}

func inserts(_ rows: [Row], _ schema: Schema) -> ChangeBatch {
  ChangeBatch(
    columns: columns(rows, schema.physicalTypes),
    kinds: [UInt8](repeating: ChangeKind.insert.rawValue, count: rows.count))
}

/// All rows of a snapshot with their weights; nil without a snapshot.
func contents(_ snapshot: RelationSnapshot?) -> ZSet? {
  guard let snapshot else { return nil }
  var result: ZSet = [:]
  do throws(EvaluationError) {
    try snapshot.trace.forEachBatch(rowsMax: 11) { batch in
      result.add(batch)
      return true
    }
  } catch { Issue.record(error) }
  return result
}

/// Relations with exactly these rows, for queries from scratch.
func snapshots(_ relations: [(name: SQLIdentifier, schema: Schema, rows: ZSet)]) throws
  -> [SQLIdentifier: RelationSnapshot]
{
  var builder = CircuitBuilder()
  for relation in relations {
    _ = builder.table(relation.name, schema: relation.schema, materialized: true)
  }
  let circuit = builder.build()
  let inputs = relations.map { relation in
    TableInput(table: relation.name, changes: [inserts(relation.rows.rows, relation.schema)])
  }
  _ = try circuit.step(inputs, now: 0)
  return circuit.snapshots()
}

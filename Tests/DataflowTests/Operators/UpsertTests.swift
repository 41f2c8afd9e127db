import DataModel
import Dataflow
import Testing

// Goal: a table with a PRIMARY KEY behaves as a dictionary under insert, overwrite, delete and update, in
// any order inside a batch and across steps. Method: random records against a naive dictionary; the
// reported deltas sum up to it too.

struct UpsertTests {
  private static let types: [ColumnType] = [.bigint, .varchar(length: nil), .double]

  private static func randomChange(_ generator: inout SeededGenerator) -> Change {
    let key = Value.int64(Int64.random(in: 0..<6, using: &generator))
    let texts: [Value] = [.null, .text("x"), .text("y\0")]
    let numbers: [Value] = [.null, .float64(1.5), .float64(-2), .float64(0)]
    let text = texts[Int.random(in: 0..<3, using: &generator)]
    let row = [text, key, numbers[Int.random(in: 0..<4, using: &generator)]]
    switch Int.random(in: 0..<4, using: &generator) {
    case 0: return Change(kind: .delete, row: [.null, key, .null])
    case 1: return Change(kind: .update, row: row, named: 0b010 | UInt64.random(in: 0..<8, using: &generator))
    default: return Change(kind: .insert, row: row)
    }
  }

  private static func apply(_ change: Change, to model: inout [Value: Row]) {
    let key = change.row[1]
    switch change.kind {
    case .insert: model[key] = change.row
    case .delete: model[key] = nil
    case .update:
      guard var row = model[key] else { return }
      for column in 0..<3 where change.named >> UInt64(column) & 1 == 1 { row[column] = change.row[column] }
      model[key] = row
    }
  }

  @Test(arguments: 1...20 as ClosedRange<UInt64>)
  func tableIsADictionary(seed: UInt64) throws {
    var generator = SeededGenerator(seed)
    let physical: [PhysicalType] = [.bytes, .int64, .float64]
    let types: [ColumnType] = [Self.types[1], Self.types[0], Self.types[2]]
    var builder = CircuitBuilder()
    _ = builder.table(SQLIdentifier("t"), schema: schema(types, key: [1]), materialized: true)
    builder.observe(SQLIdentifier("t"))
    let circuit = builder.build()
    var model: [Value: Row] = [:]
    var integrated: ZSet = [:]
    for _ in 0..<40 {
      let batches = (0..<Int.random(in: 0..<3, using: &generator)).map { _ in
        (0..<Int.random(in: 1..<9, using: &generator)).map { _ in Self.randomChange(&generator) }
      }
      for change in batches.joined() { Self.apply(change, to: &model) }
      let input = TableInput(table: SQLIdentifier("t"), changes: batches.map { changes($0, physical) })
      for delta in try circuit.step([input], now: 0) {
        #expect(delta.rows.weights == delta.rows.weights.sorted(), "deletes before inserts")
        integrated.add(delta.rows)
      }
      let expected = ZSet(uniqueKeysWithValues: model.values.map { ($0, 1) })
      #expect(integrated == expected)
      let snapshot = try #require(circuit.snapshot(of: SQLIdentifier("t")))
      #expect(contents(snapshot) == expected)
      for key in 0..<6 {
        var found: ZSet = [:]
        found.add(try snapshot.trace.lookup([.int64(Int64(key))]))
        #expect(found == expected.filter { $0.key[1] == .int64(Int64(key)) })
      }
    }
  }

  @Test
  func overwritingWithTheSameRowIsNoChange() throws {
    var builder = CircuitBuilder()
    _ = builder.table(SQLIdentifier("t"), schema: schema([.bigint, .double], key: [0]), materialized: true)
    builder.observe(SQLIdentifier("t"))
    let circuit = builder.build()
    func step(_ value: Double) throws -> Int {
      let batch = changes([Change(kind: .insert, row: [.int64(1), .float64(value)])], [.int64, .float64])
      return try circuit.step([TableInput(table: SQLIdentifier("t"), changes: [batch])], now: 0).count
    }
    #expect(try step(0.0) == 1)
    #expect(try step(-0.0) == 0)
    #expect(try step(.nan) == 1)
    #expect(try step(-.nan) == 0)
  }
}

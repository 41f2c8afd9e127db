// Goal: a projection above a filter runs as one operator, wherever else the filter is read. Method: circuits with
// one, several and no projections above a filter, against rows picked by hand, in steps.
import DataModel
import Dataflow
import Testing

@Suite("Filters under projections")
struct ProjectionTests {
  private static let types: [ColumnType] = [.bigint, .varchar(length: nil)]

  private func step(_ rows: [Row]) -> [TableInput] {
    let list = rows.map { Change(kind: .insert, row: $0) }
    return [TableInput(table: SQLIdentifier("t"), changes: [changes(list, Self.types.map(\.physical))])]
  }

  private var rows: [Row] {
    (0..<150).map { number in
      let word: Value = number % 7 == 0 ? .null : .text(String(repeating: "w", count: number % 40))
      return [number % 11 == 0 ? .null : .int64(Int64(number)), word]
    }
  }

  private var isOdd: ScalarExpression {
    call(.equal, [call(.modulo, [column(0, .bigint), literal(2)], .bigint), literal(1)], .boolean)
  }

  private func expected(_ rows: [Row], _ body: (Row) -> Row) -> ZSet {
    var result: ZSet = [:]
    for row in rows {
      if case .int64(let number) = row[0], number % 2 == 1 { result.add(body(row), 1) }
    }
    return result
  }

  @Test("read by two projections and by an output")
  func shared() throws {
    var builder = CircuitBuilder()
    let table = builder.table(SQLIdentifier("t"), schema: schema(Self.types), materialized: false)
    let filter = builder.filter(table, isOdd)
    let words = builder.project(filter, [column(1, Self.types[1])])
    let sums = builder.project(filter, [call(.add, [column(0, .bigint), literal(1)], .bigint)])
    builder.output(SQLIdentifier("all"), filter, schema: schema(Self.types), materialized: false)
    builder.output(SQLIdentifier("words"), words, schema: schema([Self.types[1]]), materialized: false)
    builder.output(SQLIdentifier("sums"), sums, schema: schema([.bigint]), materialized: false)
    let circuit = builder.build()
    for part in [rows, Array(rows.prefix(1)), Array(rows.dropFirst(60))] {
      var found: [SQLIdentifier: ZSet] = [:]
      for delta in try circuit.step(step(part), now: 0) { found[delta.relation, default: [:]].add(delta.rows) }
      #expect(found[SQLIdentifier("all")] ?? [:] == expected(part) { $0 })
      #expect(found[SQLIdentifier("words")] ?? [:] == expected(part) { [$0[1]] })
      let sums = expected(part) { row in
        if case .int64(let number) = row[0] { [.int64(number + 1)] } else { [] }
      }
      #expect(found[SQLIdentifier("sums")] ?? [:] == sums)
    }
  }

  @Test("read by one projection alone; a predicate that fails fails the step")
  func alone() throws {
    var builder = CircuitBuilder()
    let table = builder.table(SQLIdentifier("t"), schema: schema(Self.types), materialized: false)
    let risky = call(
      .equal, [call(.divide, [literal(100), column(0, .bigint)], .bigint), literal(1)], .boolean)
    let node = builder.project(builder.filter(table, risky), [column(1, Self.types[1]), column(0, .bigint)])
    let own = [Self.types[1], Self.types[0]]
    builder.output(SQLIdentifier("v"), node, schema: schema(own), materialized: false)
    let circuit = builder.build()
    let good: [Row] = [[.int64(70), .text("x")], [.int64(7), .null], [.null, .text("y")], [.int64(99), .null]]
    var found: ZSet = [:]
    for delta in try circuit.step(step(good), now: 0) { found.add(delta.rows) }
    #expect(found == [[.text("x"), .int64(70)]: 1, [.null, .int64(99)]: 1])
    #expect(throws: EvaluationError(.divisionByZero, "attempt to divide by zero: 100 / 0")) {
      try circuit.step(step(good + [[.int64(0), .null]]), now: 0)
    }
  }
}

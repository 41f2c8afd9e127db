import DataModel
import Dataflow
import Testing

// Goal: sums are exact, checked at output, and leave nothing after retraction. Method: values chosen to
// break naive summation; bounds of the result types; the state after everything is deleted.

struct AggregateTests {
  private static func circuit(
    _ function: AggregateCall.Function, _ argument: ColumnType, _ result: ColumnType
  ) -> Circuit {
    var builder = CircuitBuilder()
    let table = builder.table(SQLIdentifier("t"), schema: schema([.bigint, argument]), materialized: false)
    let sum = builder.aggregate(
      table, groups: [column(0, .bigint)],
      calls: [
        AggregateCall(
          function, argument: column(1, argument), distinct: false, type: result, nullable: true)
      ],
      stateID: "sum")
    builder.output(SQLIdentifier("v"), sum, schema: schema([.bigint, result]), materialized: true)
    return builder.build()
  }

  private static func step(_ circuit: Circuit, _ kind: ChangeKind, _ values: [Value], _ type: PhysicalType)
    throws
  {
    let batch = changes(values.map { Change(kind: kind, row: [.int64(1), $0]) }, [.int64, type])
    _ = try circuit.step([TableInput(table: SQLIdentifier("t"), changes: [batch])], now: 0)
  }

  private static func result(_ circuit: Circuit) -> [Value] {
    contents(circuit.snapshot(of: SQLIdentifier("v"))).keys.map { $0[1] }
  }

  @Test
  func floatSumsDoNotDependOnOrderAndRetractFully() throws {
    var generator = SeededGenerator(7)
    var values: [Double] = [1e16, 1, -1e16, 0.1, 0.2, 1e300, -1e300, 1.7e308, 1.7e308, -1.7e308, 3.3]
    values.append(.leastNonzeroMagnitude)
    for _ in 0..<50 { values.append(Double.random(in: -1e9...1e9, using: &generator)) }
    var seen: Set<Value> = []
    for round in 0..<5 {
      let circuit = Self.circuit(.sum, .double, .double)
      values.shuffle(using: &generator)
      let cut = [62, 1, 5, 20, 40][round]
      for start in stride(from: 0, to: values.count, by: cut) {
        let part = values[start..<min(start + cut, values.count)].map { Value.float64($0) }
        try Self.step(circuit, .insert, part, .float64)
      }
      seen.formUnion(Self.result(circuit))
      try Self.step(circuit, .insert, [.float64(.nan), .float64(.infinity)], .float64)
      #expect(Self.result(circuit) == [.float64(.nan)])
      try Self.step(circuit, .delete, [.float64(.nan)], .float64)
      #expect(Self.result(circuit) == [.float64(.infinity)])
      try Self.step(circuit, .delete, [.float64(.infinity)] + values.map { .float64($0) }, .float64)
      #expect(Self.result(circuit).isEmpty)
      _ = try circuit.state()
      #expect(circuit.stateRows == 0)
    }
    #expect(seen.count == 1)
  }

  @Test
  func exactSumIsCorrectlyRounded() {
    var sum = ExactSum()
    for value in [1e16, 1, -1e16] { sum.add(value, weight: 1) }
    #expect(sum.value == 1)
    sum.add(0.1, weight: 1_000_000_007)
    sum.add(0.1, weight: -1_000_000_006)
    sum.add(1, weight: -1)
    #expect(sum.value == 0.1)
    sum.add(1.5e308, weight: 4)
    #expect(sum.value == .infinity)
    var copy = ExactSum()
    copy.load(sum.bytes, 0..<sum.bytes.count)
    copy.add(1.5e308, weight: -4)
    #expect(copy.value == 0.1)
    copy.add(0.1, weight: -1)
    #expect(copy.isZero && copy.bytes.isEmpty)
  }

  @Test
  func integerSumIsCheckedAtItsOutput() throws {
    let circuit = Self.circuit(.sum, .bigint, .bigint)
    try Self.step(circuit, .insert, [.int64(.max)], .int64)
    #expect(throws: EvaluationError.self) { try Self.step(circuit, .insert, [.int64(1)], .int64) }
    #expect(Self.result(circuit) == [.int64(.max)])
    try Self.step(circuit, .insert, [.int64(1), .int64(-1), .null], .int64)
    #expect(Self.result(circuit) == [.int64(.max)])
  }

  @Test
  func averagesRoundAsTheirType() throws {
    let truncating = Self.circuit(.average, .integer, .integer)
    try Self.step(truncating, .insert, [.int64(-3), .int64(-4)], .int64)
    #expect(Self.result(truncating) == [.int64(-3)])
    let decimal = Self.circuit(.average, .decimal(precision: 10, scale: 2), .decimal(precision: 10, scale: 2))
    try Self.step(decimal, .insert, [.int128(101), .int128(102)], .int128)
    #expect(Self.result(decimal) == [.int128(102)])
    let real = Self.circuit(.average, .real, .real)
    try Self.step(real, .insert, [.float64(1), .float64(0), .float64(0)], .float64)
    #expect(Self.result(real) == [.float64(Double(Float(1.0 / 3.0)))])
  }

  @Test
  func weightOverflowIsAnErrorValue() throws {
    var builder = CircuitBuilder()
    let rows = ColumnBatch(columns: columns([[.int64(1)]], [.int64]), weights: [.max])
    let node = builder.union([builder.values(rows, stateID: "a"), builder.values(rows, stateID: "b")])
    builder.output(SQLIdentifier("v"), node, schema: schema([.bigint]), materialized: true)
    let circuit = builder.build()
    #expect(throws: EvaluationError.self) { try circuit.step([], now: 0) }
    #expect(circuit.needsInitialStep)
  }
}

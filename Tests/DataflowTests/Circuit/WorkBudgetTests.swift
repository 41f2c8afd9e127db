// Goal: a step that memory does not suffice for fails as a whole, before the kernel ends the process, and the next one
// is taken as if it had never been; a cancelled one likewise. Method: a budget that is told how much memory is in use.
import DataModel
import Dataflow
import Platform
import Synchronization
import TestSupport
import Testing

@Suite("What a step may use")
struct WorkBudgetTests {
  private static let name = SQLIdentifier("t")

  private static func circuit(_ budget: WorkBudget) -> Circuit {
    let schema = Schema(fields: [Field(name: SQLIdentifier("a"), type: .bigint, nullable: true)])
    var builder = CircuitBuilder()
    builder.budget = budget
    let table = builder.table(name, schema: schema, materialized: false)
    let pairs = builder.join(
      table, table, keys: [], residual: nil, leftTypes: [.bigint], rightTypes: [.bigint], stateID: "join")
    builder.output(
      SQLIdentifier("v"), pairs, schema: Schema(fields: schema.fields + schema.fields), materialized: false)
    return builder.build()
  }

  private static func rows(_ count: Int64) -> [TableInput] {
    let values = ColumnVector(.int64((0..<count).map { $0 }))
    let kinds = [UInt8](repeating: ChangeKind.insert.rawValue, count: Int(count))
    return [TableInput(table: name, changes: [ChangeBatch(columns: [values], kinds: kinds)])]
  }

  @Test("memory that is short fails the step alone") func memory() throws {
    let used = Mutex<UInt64>(50)
    let clock = ManualClock()
    let budget = WorkBudget(stepsWith: clock, memory: .init(bytesMax: 100) { used.withLock { $0 } })
    let circuit = Self.circuit(budget)
    #expect(try circuit.step(Self.rows(3), now: 0).first?.rows.count == 9)
    used.withLock { $0 = 101 }
    clock.advance(milliseconds: 100)
    #expect(throws: EvaluationError(.cancelled, "the step needs more memory than there is")) {
      try circuit.step(Self.rows(2), now: 0)
    }
    used.withLock { $0 = 50 }
    clock.advance(milliseconds: 100)
    let after = try circuit.step(Self.rows(2), now: 0).first?.rows.weights.reduce(0, +)
    #expect(after == Int64(16))
  }

  @Test("a cancelled budget ends every step") func cancelled() {
    let budget = WorkBudget(stepsWith: ManualClock(), memory: .init(bytesMax: 1) { 0 })
    let circuit = Self.circuit(budget)
    budget.cancel()
    #expect(throws: EvaluationError(.cancelled, "the step was cancelled")) {
      try circuit.step(Self.rows(2), now: 0)
    }
  }

  @Test("a delta that is too large fails before it is put together") func largeDelta() {
    let schema = Schema(fields: [Field(name: SQLIdentifier("a"), type: .bigint, nullable: true)])
    var builder = CircuitBuilder()
    let table = builder.table(Self.name, schema: schema, materialized: false)
    let many = builder.union([NodeID](repeating: table, count: 160))
    builder.output(SQLIdentifier("v"), many, schema: schema, materialized: false)
    let circuit = builder.build()
    #expect(throws: EvaluationError(.invalidArgument, "a delta of one step exceeds 4 GiB")) {
      try circuit.step(Self.rows(2_000_000), now: 0)
    }
  }

  @Test("the process knows its memory") func process() {
    #expect(ProcessFacts.machineMemoryBytes() > 64 << 20)
    #expect(ProcessFacts.residentBytes() < ProcessFacts.machineMemoryBytes())
  }
}

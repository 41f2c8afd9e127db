import DataModel
import Dataflow
import SQLFrontend
import SQLLowering
import Testing

// Goal: a step taken in slices is one step: the same deltas, contents and dropped rows, also with LATENESS, and the
// same steps after it. Method: two circuits over random records, one takes each step whole, the other in random slices.

@Suite("Slices of a step") struct SliceTests {
  private static let text = """
    create table t (id bigint, ts timestamp lateness interval '1' hour, n int);
    create table u (n int, m int) with ('materialized' = 'true');
    create table k (id bigint not null primary key, ts timestamp lateness interval '1' hour, v int)
      with ('materialized' = 'true');
    create materialized view hourly as select tumble_start(ts, interval '1' hour) as h, count(*) as c, sum(n) as s
      from t group by tumble(ts, interval '1' hour);
    create materialized view days with ('emit_final' = 'd') as select date_trunc(ts, day) as d, count(*) as c from t
      group by date_trunc(ts, day);
    create view pairs as select t.id, t.ts, u.m from t join u on t.n = u.n;
    create materialized view ranked as select id, v, row_number() over (partition by v order by id) as r from k;
    create materialized view extremes as select n, min(m) as low, max(m) as high from u group by n;
    create materialized view keyed as select ts, sum(v) as s from k group by ts;
    create materialized view rest as select n from u except select v from k;
    """

  private static func inputs(
    _ program: Program, _ now: Int64, _ random: inout SeededGenerator
  ) -> [(table: TableDefinition, rows: [Row], kinds: [UInt8])] {
    program.tables.map { table in
      var rows: [Row] = []
      var kinds: [UInt8] = []
      for key in (Int64(0)..<40).shuffled(using: &random).prefix(Int.random(in: 0...30, using: &random)) {
        let back = Int64.random(in: 0...(Int.random(in: 0..<5, using: &random) == 0 ? 300 : 50), using: &random)
        let time = Value.int64(now - back * 60_000_000)
        let number = Value.int64(.random(in: 0..<6, using: &random))
        rows.append(table.schema.fields.count == 2 ? [number, .int64(key)] : [.int64(key), time, number])
        let isDelete = Int.random(in: 0..<6, using: &random) == 0
        kinds.append((isDelete ? ChangeKind.delete : .insert).rawValue)
      }
      return (table, rows, kinds)
    }
  }

  private static func input(
    _ table: TableDefinition, _ rows: [Row], _ kinds: [UInt8], _ range: Range<Int>
  ) -> TableInput {
    TableInput(
      table: table.name,
      changes: [
        ChangeBatch(
          columns: columns(Array(rows[range]), table.schema.physicalTypes), kinds: Array(kinds[range]), presence: [])
      ])
  }

  @Test(arguments: UInt64(1)...6)
  func slicesAreOneStep(seed: UInt64) throws {
    var random = SeededGenerator(seed)
    let program = try compile(Self.text)
    let whole = Lowering.circuit(for: program, observed: Set(program.tables.map(\.name)), truncationRowsMin: 0)
    let cut = Lowering.circuit(for: program, observed: Set(program.tables.map(\.name)), truncationRowsMin: 0)
    var now: Int64 = 1_706_742_000_000_000
    for step in 0..<40 {
      now += Int64.random(in: 0...400, using: &random) * 60_000_000
      let inputs = Self.inputs(program, now, &random)
      let expected = try whole.step(
        inputs.map { Self.input($0.table, $0.rows, $0.kinds, 0..<$0.rows.count) }, now: now)
      var sum = DeltaSum()
      cut.beginSlices()
      var starts = [Int](repeating: 0, count: inputs.count)
      repeat {
        var slice: [TableInput] = []
        for (index, input) in inputs.enumerated() {
          let end = min(input.rows.count, starts[index] + Int.random(in: 0...12, using: &random))
          slice.append(Self.input(input.table, input.rows, input.kinds, starts[index]..<end))
          starts[index] = end
        }
        try sum.add(cut.step(slice, now: now))
      } while zip(starts, inputs).contains { $0 < $1.rows.count }
      cut.endSlices()
      let found = try sum.deltas(in: cut.relations)
      #expect(found.map(\.relation) == expected.map(\.relation), "seed \(seed) step \(step)")
      for (one, other) in zip(found, expected) {
        #expect(one.rows == other.rows, "\(one.relation) seed \(seed) step \(step)")
      }
      for view in program.views {
        #expect(
          contents(whole.snapshot(of: view.name)) == contents(cut.snapshot(of: view.name)),
          "\(view.name) seed \(seed) step \(step)")
      }
      #expect(whole.lateRows == cut.lateRows)
    }
    #expect(whole.lateRows > 0)
  }

  @Test func aSumKeepsOnlyWhatIsLeft() throws {
    let relation = SQLIdentifier("v")
    var sum = DeltaSum()
    func delta(_ rows: ClosedRange<Int64>, _ weight: Int64) -> RelationDelta {
      RelationDelta(
        relation: relation,
        rows: ColumnBatch(
          columns: [ColumnVector(.int64(Array(rows)))], weights: rows.map { _ in weight }))
    }
    for _ in 0..<5 {
      try sum.add([delta(0...50_000, 1)])
      try sum.add([delta(0...50_000, -1)])
    }
    try sum.add([delta(7...7, -1)])
    let left = try sum.deltas(in: [relation])
    #expect(left.count == 1 && left.first?.rows.weights == [-1])
    var full = DeltaSum()
    try full.add([delta(1...1, .max)])
    try full.add([delta(1...1, 1)])
    #expect(throws: EvaluationError.self) { _ = try full.deltas(in: [relation]) }
  }
}

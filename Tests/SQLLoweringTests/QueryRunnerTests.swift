import DataModel
import Dataflow
import Platform
import SQLFrontend
import SQLLowering
import Testing

// Goal: order, cut and weights of ad-hoc answers. Method: small relations; random ORDER BY against a plain sort.

@Suite("Query runner")
struct QueryRunnerTests {
  private static let schema = Schema(fields: [
    Field(name: SQLIdentifier("a"), type: .integer, nullable: true),
    Field(name: SQLIdentifier("s"), type: .varchar(length: nil), nullable: true),
  ])
  private static let name = SQLIdentifier("t")

  private func run(_ text: String, _ rows: ZSet) throws -> [Row] {
    let frozen = try snapshots([(name: Self.name, schema: Self.schema, rows: rows)])
    let catalog = [QueryRelation(name: Self.name, schema: Self.schema, materialized: true)]
    guard case .select(let plan) = try SQLCompiler.query(text, catalog: catalog).get() else { return [] }
    let result = try QueryRunner.run(plan, relations: { frozen[$0] }, now: 77)
    return result.batches.flatMap { batch in
      #expect(batch.columns.count == result.columns.count)
      return (0..<batch.count).map { row in batch.columns.map { $0.value(at: row) } }
    }
  }

  private let sample: ZSet = [
    [.int64(3), .text("c")]: 1, [.int64(1), .text("a")]: 2, [.null, .text("n")]: 1, [.int64(2), .null]: 1,
  ]

  private func numbers(_ rows: [Row]) -> [Int64?] {
    rows.map { if case .int64(let number)? = $0.first { number } else { nil } }
  }

  @Test(
    "ORDER BY, NULLS, LIMIT, OFFSET",
    arguments: [
      ("order by a", [1, 1, 2, 3, nil]), ("order by a desc", [nil, 3, 2, 1, 1]),
      ("order by a nulls first", [nil, 1, 1, 2, 3]), ("order by a desc nulls last", [3, 2, 1, 1, nil]),
      ("order by a limit 2", [1, 1]), ("order by a nulls last limit 2 offset 1", [1, 2]),
      ("order by a limit 0", []), ("order by a nulls last offset 3", [3, nil]),
      ("order by s desc nulls last, a", [nil, 3, 1, 1, 2]),
      ("where a is not null order by 0 - a", [3, 2, 1, 1]),
    ] as [(String, [Int64?])])
  func order(clause: String, expected: [Int64?]) throws {
    #expect(numbers(try run("select a from t \(clause)", sample)) == expected)
  }

  @Test("weights are repetitions; LIMIT and OFFSET count them")
  func weights() throws {
    let rows: ZSet = [[.int64(1), .null]: 200_000, [.int64(2), .null]: 3]
    #expect(try run("select a from t", rows).count == 200_003)
    #expect(numbers(try run("select a from t order by a limit 4 offset 199998", rows)) == [1, 1, 2, 2])
    #expect(try run("select a from t limit 70000", rows).count == 70_000)
    #expect(numbers(try run("select count(*) from t", rows)) == [200_003])
  }

  // A scan for fixed first columns reads only their rows: it must find the same ones as a scan of everything, which
  // `… + 0` and `… || ''` ask for.
  @Test("Conditions on the first columns of the key find what a whole scan finds", arguments: 0..<20 as Range<UInt64>)
  func points(seed: UInt64) throws {
    let random = SeededRandom(seed: seed)
    let texts = ["", "a", "ab", "a\0", "a\0b", "b", "\u{FF}", "\u{10FFFF}"]
    let schemas = [
      Schema(fields: Self.wide), Schema(fields: Self.wide, primaryKey: [1, 0]), Schema(fields: Self.wide, primaryKey: [0]),
    ]
    var rows: ZSet = [:]
    var keys: Set<String> = []
    let schema = schemas[Int(random.next(below: 3))]
    for _ in 0..<200 {
      let row: Row = [
        .int64(Int64(random.next(below: 5)) - 2), .text(texts[Int(random.next(below: UInt64(texts.count)))]),
        .int64(Int64(random.next(below: 3))),
      ]
      let key = (schema.primaryKey ?? [0, 1, 2]).map { "\(row[$0])" }.joined(separator: "/")
      if keys.insert(key).inserted { rows[row] = 1 }
    }
    let frozen = try snapshots([(name: Self.name, schema: schema, rows: rows)])
    let catalog = [QueryRelation(name: Self.name, schema: schema, materialized: true)]
    func answer(_ condition: String) throws -> [Row] {
      let text = "select i, s, j from t where \(condition) order by i, s, j"
      guard case .select(let plan) = try SQLCompiler.query(text, catalog: catalog).get() else { return [] }
      let result = try QueryRunner.run(plan, relations: { frozen[$0] }, now: 0)
      return result.batches.flatMap { batch in
        (0..<batch.count).map { row in batch.columns.map { $0.value(at: row) } }
      }
    }
    var found = 0
    for number in -3...3 {
      for text in texts.dropFirst(2).filter({ !$0.contains("\0") }) + ["a", ""] {
        let fast = [
          "i = \(number)", "s = '\(text)'", "s = '\(text)' and i = \(number)", "\(number) = i and j = 1 and s = '\(text)'",
          "i in (\(number), 1, \(number), 7)", "s in ('b', '\(text)') and (i = 0 or \(number) = i)",
        ]
        let slow = [
          "i + 0 = \(number)", "s || '' = '\(text)'", "s || '' = '\(text)' and i + 0 = \(number)",
          "\(number) = i + 0 and j + 0 = 1 and s || '' = '\(text)'",
          "i + 0 in (\(number), 1, \(number), 7)", "s || '' in ('b', '\(text)') and (i + 0 = 0 or \(number) = i + 0)",
        ]
        for (one, other) in zip(fast, slow) {
          let (left, right) = (try answer(one), try answer(other))
          #expect(left == right, "\(one)")
          found += left.count
        }
      }
    }
    #expect(found > 0)
  }

  private static let wide = [
    Field(name: SQLIdentifier("i"), type: .bigint, nullable: false),
    Field(name: SQLIdentifier("s"), type: .varchar(length: nil), nullable: false),
    Field(name: SQLIdentifier("j"), type: .integer, nullable: true),
  ]

  @Test("aggregates over nothing, expressions, NOW()")
  func small() throws {
    #expect(try run("select count(*), sum(a) from t where a > 100", sample) == [[.int64(0), .null]])
    #expect(try run("select a from t where a > 100", sample) == [])
    #expect(try run("select now()", sample) == [[.int64(77)]])
    #expect(try run("select x.a from t x join t y on x.a = y.a where y.s = 'c'", sample) == [[.int64(3)]])
    #expect(throws: EvaluationError(.divisionByZero, "attempt to divide by zero: 1 / 0")) {
      try run("select 1 / (a - 3) from t", sample)
    }
  }

  @Test("rows of negative weight are absent")
  func negative() throws {
    var builder = CircuitBuilder()
    _ = builder.table(Self.name, schema: Self.schema, materialized: true)
    let circuit = builder.build()
    let change = ChangeBatch(
      columns: columns([[.int64(1), .null], [.int64(2), .null]], Self.schema.physicalTypes),
      kinds: [ChangeKind.insert.rawValue, ChangeKind.delete.rawValue])
    _ = try circuit.step([TableInput(table: Self.name, changes: [change])], now: 0)
    let catalog = [QueryRelation(name: Self.name, schema: Self.schema, materialized: true)]
    for (text, count) in [
      ("select a from t", 1), ("select a from t order by a", 1), ("select distinct a from t", 1),
    ] {
      guard case .select(let plan) = try SQLCompiler.query(text, catalog: catalog).get() else { continue }
      let result = try QueryRunner.run(plan, relations: { circuit.snapshot(of: $0) }, now: 0)
      #expect(result.batches.reduce(0) { $0 + $1.count } == count, "\(text)")
    }
  }

  @Test("a relation without contents is an error, not a trap")
  func missing() throws {
    let catalog = [QueryRelation(name: Self.name, schema: Self.schema, materialized: true)]
    for text in ["select a from t", "select count(*) from t"] {
      guard case .select(let plan) = try SQLCompiler.query(text, catalog: catalog).get() else { continue }
      #expect(throws: EvaluationError(.invalidArgument, "relation t is not materialized")) {
        try QueryRunner.run(plan, relations: { _ in nil }, now: 0)
      }
    }
  }

  @Test("order of many keys agrees with a plain sort", arguments: 1...5 as ClosedRange<UInt64>)
  func randomOrder(seed: UInt64) throws {
    var random = SeededGenerator(seed)
    var rows: ZSet = [:]
    for _ in 0..<300 {
      let number: Value =
        Int.random(in: 0..<6, using: &random) == 0 ? .null : .int64(Int64.random(in: -5...5, using: &random))
      let word = ["", "a", "ab", "a\0b", "abcdefghij", "abcdefghik", "é"].randomElement(using: &random) ?? ""
      rows.add([number, Int.random(in: 0..<6, using: &random) == 0 ? .null : .text(word)], 1)
    }
    let descending = (Bool.random(using: &random), Bool.random(using: &random))
    let first = (Bool.random(using: &random), Bool.random(using: &random))
    func clause(_ column: String, _ descending: Bool, _ first: Bool) -> String {
      "\(column)\(descending ? " desc" : "") nulls \(first ? "first" : "last")"
    }
    let text =
      "select a, s from t order by \(clause("s", descending.0, first.0)), \(clause("a", descending.1, first.1))"
    let found = try run(text, rows)
    func precedes(_ x: Value, _ y: Value, _ descending: Bool, _ first: Bool) -> Bool? {
      if x == y { return nil }
      if x.isNull || y.isNull { return x.isNull == first }
      switch (x, y) {
      case (.int64(let a), .int64(let b)): return (a < b) != descending
      case (.bytes(let a), .bytes(let b)): return a.lexicographicallyPrecedes(b) != descending
      default: return nil
      }
    }
    let expected = rows.rows.sorted { x, y in
      precedes(x[1], y[1], descending.0, first.0) ?? precedes(x[0], y[0], descending.1, first.1) ?? false
    }
    #expect(found == expected, "\(text)")
  }
}

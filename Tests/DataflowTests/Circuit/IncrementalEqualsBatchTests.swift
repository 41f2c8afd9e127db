import DataModel
import Dataflow
import Testing

// Goal: invariant 10, incremental equals batch. Method: one circuit with every operator takes random deltas
// (inserts, deletes, deletes before inserts, repeated rows, NULL keys); after every step each view, as
// summed from its reported deltas and as read from its snapshot, equals a naive evaluation from scratch
// over the integrated inputs.

/// Tables l(k BIGINT, v BIGINT, s VARCHAR) and r(k BIGINT, w BIGINT).
enum AllOperators {
  static let leftTypes: [ColumnType] = [.bigint, .bigint, .varchar(length: nil)]
  static let rightTypes: [ColumnType] = [.bigint, .bigint]
  static let names = [
    "filtered", "projected", "joined", "crossed", "grouped", "total", "distinct", "unioned", "chained",
  ]

  static func calls() -> [AggregateCall] {
    let argument = column(1, .bigint)
    func make(_ function: AggregateCall.Function, _ type: ColumnType, distinct: Bool = false) -> AggregateCall
    {
      AggregateCall(
        function, argument: function == .countAll ? nil : argument, distinct: distinct, type: type,
        nullable: true)
    }
    return [
      make(.countAll, .bigint), make(.count, .bigint), make(.sum, .bigint), make(.average, .bigint),
      make(.minimum, .bigint), make(.maximum, .bigint), make(.count, .bigint, distinct: true),
      make(.sum, .bigint, distinct: true),
    ]
  }

  /// `keepsLeft`: table l keeps its rows, so that it is not shared out among workers.
  static func build(_ workers: CircuitWorkers = CircuitWorkers(), keepsLeft: Bool = true) -> Circuit {
    var builder = CircuitBuilder()
    builder.sharing = workers
    let left = builder.table(SQLIdentifier("l"), schema: schema(leftTypes), materialized: keepsLeft)
    let right = builder.table(SQLIdentifier("r"), schema: schema(rightTypes), materialized: false)
    let small = builder.filter(left, call(.less, [column(1, .bigint), literal(3)], .boolean))
    let sums = builder.project(
      left, [call(.add, [column(0, .bigint), column(1, .bigint)], .bigint), column(2, leftTypes[2])])
    let joined = builder.join(
      left, right, keys: [(column(0, .bigint), column(0, .bigint))],
      residual: call(.notEqual, [column(1, .bigint), column(4, .bigint)], .boolean), leftTypes: leftTypes,
      rightTypes: rightTypes, stateID: "joined#")
    let crossed = builder.join(
      small, right, keys: [], residual: nil, leftTypes: leftTypes, rightTypes: rightTypes, stateID: "crossed#")
    let grouped = builder.aggregate(
      left, groups: [column(0, .bigint), column(2, leftTypes[2])], calls: calls(), stateID: "grouped#")
    let total = builder.aggregate(left, groups: [], calls: calls(), stateID: "total#")
    let distinct = builder.distinct(left, types: leftTypes, stateID: "distinct#")
    let keys = [column(0, .bigint)]
    let constant = builder.values(
      ColumnBatch(columns: columns([[.int64(1)], [.null]], [.int64]), weights: [1, 2]), stateID: "constant#")
    let unioned = builder.union([builder.project(left, keys), builder.project(right, keys), constant])
    let chained = builder.aggregate(
      joined, groups: [column(1, .bigint)],
      calls: [
        AggregateCall(.maximum, argument: column(4, .bigint), distinct: false, type: .bigint, nullable: true)
      ],
      stateID: "chained#")
    let nodes = [small, sums, joined, crossed, grouped, total, distinct, unioned, chained]
    for (name, node) in zip(names, nodes) {
      builder.output(SQLIdentifier(name), node, schema: schema(types[name] ?? []), materialized: true)
    }
    return builder.build()
  }

  private static let ints = [ColumnType](repeating: .bigint, count: 8)
  static let types: [String: [ColumnType]] = [
    "filtered": leftTypes, "projected": [.bigint, leftTypes[2]], "joined": leftTypes + rightTypes,
    "crossed": leftTypes + rightTypes, "grouped": [.bigint, leftTypes[2]] + ints, "total": ints,
    "distinct": leftTypes, "unioned": [.bigint], "chained": [.bigint, .bigint],
  ]

  static func randomRow(_ generator: inout SeededGenerator, left: Bool) -> Row {
    func number(_ below: Int64) -> Value {
      Int.random(in: 0..<6, using: &generator) == 0
        ? .null : .int64(Int64.random(in: -1..<below, using: &generator))
    }
    if !left { return [number(4), number(5)] }
    let texts: [Value] = [.null, .text(""), .text("a"), .text("a\0"), .text("a\0b")]
    return [number(4), number(6), texts[Int.random(in: 0..<texts.count, using: &generator)]]
  }

  static func randomChanges(_ generator: inout SeededGenerator, left: Bool, count: Int) -> [Change] {
    (0..<count).map { _ in
      Change(
        kind: Int.random(in: 0..<5, using: &generator) < 2 ? .delete : .insert,
        row: randomRow(&generator, left: left))
    }
  }

  static func inputs(_ left: [Change], _ right: [Change]) -> [TableInput] {
    [
      TableInput(table: SQLIdentifier("l"), changes: [changes(left, leftTypes.map(\.physical))]),
      TableInput(table: SQLIdentifier("r"), changes: [changes(right, rightTypes.map(\.physical))]),
    ]
  }
}

/// Naive evaluation from scratch.
struct Reference {
  var left: ZSet = [:]
  var right: ZSet = [:]

  mutating func apply(_ changes: [Change], left isLeft: Bool) {
    for change in changes {
      let weight: Int64 = change.kind == .insert ? 1 : -1
      if isLeft { left.add(change.row, weight) } else { right.add(change.row, weight) }
    }
  }

  static func int(_ value: Value) -> Int64? {
    if case .int64(let number) = value { number } else { nil }
  }

  func view(_ name: String) -> ZSet {
    switch name {
    case "filtered": left.filter { Self.int($0.key[1]).map { $0 < 3 } ?? false }
    case "projected": projected()
    case "joined":
      join(left, right) { l, r in
        guard let a = Self.int(l[0]), let b = Self.int(r[0]), let v = Self.int(l[1]), let w = Self.int(r[1])
        else { return false }
        return a == b && v != w
      }
    case "crossed": join(view("filtered"), right) { _, _ in true }
    case "grouped": Self.group(left, by: [0, 2])
    case "total": Self.group(left, by: [])
    case "distinct": left.filter { $0.value > 0 }.mapValues { _ in 1 }
    case "unioned": unioned()
    default: chained()
    }
  }

  private func projected() -> ZSet {
    var result: ZSet = [:]
    for (row, weight) in left {
      var sum = Value.null
      if let a = Self.int(row[0]), let b = Self.int(row[1]) { sum = .int64(a + b) }
      result.add([sum, row[2]], weight)
    }
    return result
  }

  private func unioned() -> ZSet {
    var result: ZSet = [[.int64(1)]: 1, [.null]: 2]
    for (row, weight) in left { result.add([row[0]], weight) }
    for (row, weight) in right { result.add([row[0]], weight) }
    return result
  }

  private func chained() -> ZSet {
    var groups: [Value: [(Value, Int64)]] = [:]
    for (row, weight) in view("joined") { groups[row[1], default: []].append((row[4], weight)) }
    var result: ZSet = [:]
    for (key, rows) in groups where rows.reduce(0, { $0 + $1.1 }) > 0 {
      result.add([key, Self.positive(rows).max().map { .int64($0) } ?? .null], 1)
    }
    return result
  }

  private func join(_ a: ZSet, _ b: ZSet, _ matches: (Row, Row) -> Bool) -> ZSet {
    var result: ZSet = [:]
    for (l, x) in a { for (r, y) in b where matches(l, r) { result.add(l + r, x * y) } }
    return result
  }

  /// Values of positive summed weight.
  private static func positive(_ rows: [(Value, Int64)]) -> [Int64] {
    var sums: [Int64: Int64] = [:]
    for (value, weight) in rows { if let number = int(value) { sums[number, default: 0] += weight } }
    return sums.filter { $0.value > 0 }.map(\.key)
  }

  static func group(_ input: ZSet, by keys: [Int]) -> ZSet {
    var groups: [Row: [(Value, Int64)]] = keys.isEmpty ? [[]: []] : [:]
    for (row, weight) in input { groups[keys.map { row[$0] }, default: []].append((row[1], weight)) }
    var result: ZSet = [:]
    for (key, rows) in groups {
      let weight = rows.reduce(0) { $0 + $1.1 }
      guard weight > 0 || keys.isEmpty else { continue }
      let present = rows.compactMap { row in int(row.0).map { ($0, row.1) } }
      let count = present.reduce(0) { $0 + $1.1 }
      let sum = present.reduce(0) { $0 + $1.0 * $1.1 }
      let values = positive(rows)
      let distinctSum: Value = values.isEmpty ? .null : .int64(values.reduce(0, +))
      result.add(
        key + [
          .int64(weight), .int64(count), count > 0 ? .int64(sum) : .null,
          count > 0 ? .int64(sum / count) : .null,
          values.min().map { .int64($0) } ?? .null, values.max().map { .int64($0) } ?? .null,
          .int64(Int64(values.count)), distinctSum,
        ], 1)
    }
    return result
  }
}

struct IncrementalEqualsBatchTests {
  @Test(arguments: 1...12 as ClosedRange<UInt64>)
  func everyViewEqualsItsQueryAfterEveryStep(seed: UInt64) throws {
    var generator = SeededGenerator(seed)
    let circuit = AllOperators.build()
    var reference = Reference()
    var views: [String: ZSet] = [:]
    #expect(circuit.needsInitialStep)
    for step in 0..<40 {
      let size = step == 0 ? 0 : Int.random(in: 0..<(step % 7 == 0 ? 60 : 8), using: &generator)
      let left = AllOperators.randomChanges(&generator, left: true, count: size)
      let right = AllOperators.randomChanges(&generator, left: false, count: size / 2)
      reference.apply(left, left: true)
      reference.apply(right, left: false)
      for delta in try circuit.step(AllOperators.inputs(left, right), now: 0) {
        #expect(!delta.rows.weights.contains(0))
        views[delta.relation.canonical, default: [:]].add(delta.rows)
      }
      #expect(!circuit.needsInitialStep)
      for name in AllOperators.names {
        let expected = reference.view(name)
        #expect(views[name] ?? [:] == expected, "\(name) after step \(step)")
        #expect(contents(circuit.snapshot(of: SQLIdentifier(name))) == expected, "snapshot of \(name)")
      }
      #expect(contents(circuit.snapshot(of: SQLIdentifier("l"))) == reference.left)
    }
  }

  /// The same changes cut into steps in three ways give the same views.
  @Test(arguments: 1...6 as ClosedRange<UInt64>)
  func batchingDoesNotMatter(seed: UInt64) throws {
    var generator = SeededGenerator(seed)
    let left = AllOperators.randomChanges(&generator, left: true, count: 90)
    let right = AllOperators.randomChanges(&generator, left: false, count: 90)
    var results: [[ZSet]] = []
    for cut in [1, 7, 90] {
      let circuit = AllOperators.build()
      for start in stride(from: 0, to: 90, by: cut) {
        let range = start..<min(start + cut, 90)
        _ = try circuit.step(AllOperators.inputs(Array(left[range]), Array(right[range])), now: 0)
      }
      results.append(AllOperators.names.map { contents(circuit.snapshot(of: SQLIdentifier($0))) })
    }
    #expect(results[0] == results[1] && results[1] == results[2])
    let rows = results[0].reduce(0) { $0 + $1.count }
    #expect(rows > 20)
  }
}

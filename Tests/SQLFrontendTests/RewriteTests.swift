// Goal: rewrites change neither the columns nor the rows of a view.
// Method: random queries over small random tables; the plan as bound and the rewritten plan run through an
// interpreter that shares no code with the engine and must give the same bag of rows. The seed is in the
// message of a failure.

import DataModel
import SQLFrontend
import Testing

struct RewriteTests {
  private static let ddl = """
    create table r (a int, b int, c int); create table s (a int, d int); \
    create table q (b int, d int, e int not null);
    """

  @Test(arguments: 0..<400)
  func rewritesKeepRows(seed: Int) throws {
    var generator = SeededGenerator(seed: UInt64(seed))
    let query = RandomQuery.make(&generator)
    let interpreter = PlanInterpreter(tables: [
      "r": Self.rows(3, &generator), "s": Self.rows(2, &generator),
      "q": Self.rows(3, &generator).map { [$0[0], $0[1], $0[2] ?? 0] },
    ])
    let bound = try Self.plan(query, rewriting: false)
    let rewritten = try Self.plan(query, rewriting: true)
    #expect(bound.output == rewritten.output, "seed \(seed): \(query)")
    let expected = try interpreter.run(bound).map { "\($0)" }.sorted()
    let actual = try interpreter.run(rewritten).map { "\($0)" }.sorted()
    #expect(expected == actual, "seed \(seed): \(query)\n\(rewritten)")
  }

  @Test func equalitiesOfWhereAreKeys() throws {
    let plan = try Self.plan(
      "select r.a from r, s, q where q.d = s.d and r.a = s.a and q.b = r.b", rewriting: true)
    #expect(Self.crossProducts(plan) == 0, "\(plan)")
  }

  @Test func inputsAreReorderedOnlyBehindEqualColumns() throws {
    // s and q share a column, r and q do too: joining in the order written needs no cross product either way.
    let plan = try Self.plan(
      "select * from (select r.a as x, s.d as y from r, s, q where r.b = q.b and s.d = q.d)", rewriting: true)
    #expect(plan.output.map(\.name.spelled) == ["x", "y"])
    #expect(Self.crossProducts(plan) == 0, "\(plan)")
  }

  private static func crossProducts(_ plan: Plan) -> Int {
    switch plan {
    case .scan, .values: 0
    case .filter(let input, _), .project(let input, _, _), .aggregate(let input, _, _, _),
      .distinct(let input):
      crossProducts(input)
    case .join(let left, let right, let keys, _):
      (keys.isEmpty ? 1 : 0) + crossProducts(left) + crossProducts(right)
    case .unionAll, .outerJoin, .setOperation, .window, .expand, .unnest, .collect:
      plan.inputs.map(crossProducts).reduce(0, +)
    }
  }

  private static func plan(_ query: String, rewriting: Bool) throws -> Plan {
    switch SQLCompiler.compile(ddl + "\ncreate view v as " + query, rewriting: rewriting) {
    case .success(let program): return try #require(program.views.first).plan
    case .failure(let errors):
      Issue.record("\(query): \(errors.diagnostics.map(\.message))")
      throw errors
    }
  }

  private static func rows(_ width: Int, _ generator: inout SeededGenerator) -> [PlanInterpreter.Row] {
    (0..<generator.below(7)).map { _ in
      (0..<width).map { _ in generator.below(5) == 0 ? nil : Int64(generator.below(4)) }
    }
  }
}

/// Random queries of the shapes that rules look at: nested selects, comma joins, groups, unions, distinct.
private enum RandomQuery {
  private static let tables: [(String, [String])] = [
    ("r", ["a", "b", "c"]), ("s", ["a", "d"]), ("q", ["b", "d", "e"]),
  ]

  static func make(_ generator: inout SeededGenerator) -> String { select(&generator, depth: 3, width: 2) }

  /// A query whose columns are x0, x1, ….
  private static func select(_ generator: inout SeededGenerator, depth: Int, width: Int) -> String {
    if depth > 0, generator.below(6) == 0 {
      let all = generator.below(2) == 0 ? " all" : ""
      let left = select(&generator, depth: depth - 1, width: width)
      let word = generator.pick(["union", "union", "intersect", "except"])
      return "(\(left)) \(word)\(all) (" + select(&generator, depth: depth - 1, width: width) + ")"
    }
    var columns: [String] = []
    let sources = (0...generator.below(3)).map { index in
      let alias = "t\(index)"
      if depth > 0, generator.below(3) == 0 {
        columns += ["\(alias).x0", "\(alias).x1"]
        return "(\(select(&generator, depth: depth - 1, width: 2))) \(alias)"
      }
      let table = generator.pick(tables)
      columns += table.1.map { "\(alias).\($0)" }
      return "\(table.0) \(alias)"
    }
    var sql = " from " + sources.joined(separator: ", ")
    if generator.below(3) == 0 {
      let kind = generator.pick(["left", "right", "full"])
      let on = (0...generator.below(2)).map { _ in
        generator.below(4) == 0
          ? condition(&generator, ["r1.a", "r1.b"])
          : "\(generator.pick(lastColumns(columns))) = r1.\(generator.pick(["a", "b"]))"
      }
      sql += " \(kind) join r r1 on " + on.joined(separator: " and ")
      columns += ["r1.a", "r1.b", "r1.c"]
    }
    var conjuncts = (0..<generator.below(5)).map { _ in condition(&generator, columns) }
    if depth == 3, generator.below(3) == 0 {
      let not = generator.pick(["", "not "])
      let outer = generator.pick(columns)
      conjuncts.append(
        generator.pick([
          "\(outer) \(not)in (select d from s where d > 0)",
          "\(not)exists (select 1 from s z where z.a = \(outer) and z.d < 3)",
          "\(outer) >= (select count(*) from q z where z.b = \(generator.pick(columns)))",
          "\(outer) in (select z.d from q z where z.b = \(generator.pick(columns))) or \(outer) = 1",
        ]))
    }
    if !conjuncts.isEmpty { sql += " where " + conjuncts.joined(separator: " and ") }
    guard generator.below(3) == 0 else {
      let items = (0..<width).map { "\(scalar(&generator, columns)) as x\($0)" }.joined(separator: ", ")
      return "select \(generator.below(4) == 0 ? "distinct " : "")\(items)\(sql)"
    }
    let group = generator.pick(columns)
    let calls = [
      "count(*)", "sum(\(generator.pick(columns)))", "max(\(generator.pick(columns)))",
      "count(distinct \(generator.pick(columns)))",
    ]
    let having = generator.below(3) == 0 ? " having \(group) > 0 and count(*) > 1" : ""
    return "select \(group) as x0, \(generator.pick(calls)) as x1\(sql) group by \(group)\(having)"
  }

  /// The columns of the last source, which alone the ON of a join behind a comma sees.
  private static func lastColumns(_ columns: [String]) -> [String] {
    let last = columns[columns.count - 1].prefix { $0 != "." }
    return columns.filter { $0.hasPrefix(last + ".") }
  }

  private static func scalar(_ generator: inout SeededGenerator, _ columns: [String]) -> String {
    let column = generator.pick(columns)
    switch generator.below(5) {
    case 0: return "\(column) + 1"
    case 1: return "case when \(condition(&generator, columns)) then \(column) else 2 end"
    case 2: return "coalesce(\(column), 7)"
    default: return column
    }
  }

  private static func condition(_ generator: inout SeededGenerator, _ columns: [String]) -> String {
    let a = generator.pick(columns)
    switch generator.below(8) {
    case 0: return "\(a) > \(generator.below(3))"
    case 1: return "\(a) is not null"
    case 2: return "(\(a) = 1 or \(generator.pick(columns)) < 2)"
    case 3: return "\(a) + 1 = \(generator.pick(columns))"
    case 4: return "\(a) in (1, 2)"
    case 5: return "true"
    default: return "\(a) = \(generator.pick(columns))"
    }
  }
}

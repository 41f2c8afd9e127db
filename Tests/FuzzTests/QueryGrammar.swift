/// Random queries over the tables of `FuzzTables`.
struct QueryGrammar {
  private static let aggregates = [
    "count(*)", "count(%?)", "count(distinct %?)", "sum(%i)", "sum(%m)", "sum(%d)", "sum(distinct %l)",
    "avg(%i)",
    "avg(%m)", "avg(%d)", "min(%?)", "max(%?)", "stddev_pop(%d)", "var_samp(%m)", "covar_pop(%d, %d)",
    "every(%b)",
    "bool_or(%b)", "countif(%b)", "arg_max(%?, %i)", "arg_min(%s, %?)", "sum(%i) filter (where %b)",
    "sum(%V)",
    "stddev(%i)", "max(%A)", "min(%v)", "bit_and(%i)", "array_agg(%s)",
  ]
  private static let windows = [
    "row_number() over (order by %?)", "rank() over (partition by %? order by %?)",
    "dense_rank() over (order by %? desc)", "lag(%?, 2) over (partition by %b order by %?)",
    "lead(%i, 1, 0) over (order by %?)", "ntile(3) over (order by %?)", "sum(%l) over (order by %i)",
    "sum(%m) over (partition by %s)", "avg(%d) over (order by %l rows between 2 preceding and 1 following)",
    "max(%?) over (order by %i range between 5 preceding and 2147483647 following)",
    "count(*) over (order by %D range 3 preceding)",
    "min(%s) over (order by %T range between interval '1' day preceding and current row)",
    "first_value(%?) over (order by %?)", "last_value(%?) over (partition by %i order by %s)",
    "sum(%i) over (order by %l range between unbounded preceding and 2147483647 preceding)",
    "nth_value(%?, 2) over (order by %i)",
    "sum(%i) over (order by %d range between 1e300 preceding and 0.5 following)",
    "count(*) over (order by %D desc range between interval '200000' year preceding and current row)",
    "max(%?) over (order by %T range between interval '1' month following and interval '5' month following)",
  ]

  func query(_ depth: Int, _ random: inout SeededGenerator) -> String {
    if depth > 0, random.chance(1, of: 8) {
      let operation = random.pick([
        "union", "union all", "intersect", "except", "except all", "intersect all",
      ])
      let sort = random.pick(ExpressionGrammar.Sort.allCases)
      let side = { (random: inout SeededGenerator) in
        "select \(ExpressionGrammar().expression(sort, 2, &random)) as c from t"
      }
      return side(&random) + " \(operation) " + side(&random)
    }
    let grammar = ExpressionGrammar(prefix: "x.")
    let from = source(depth, &random)
    let condition = random.chance(1, of: 2) ? " where " + predicate(grammar, depth, &random) : ""
    switch random.below(6) {
    case 0, 1: return grouped(grammar, from + condition, &random)
    case 2: return windowed(grammar, from + condition, &random)
    default:
      let items = (0...random.below(3)).map { _ in item(grammar, depth, &random) }
      return
        "select \(random.chance(1, of: 5) ? "distinct " : "")\(items.joined(separator: ", "))\(from)\(condition)"
        + tail(&random)
    }
  }

  private func source(_ depth: Int, _ random: inout SeededGenerator) -> String {
    let grammar = ExpressionGrammar(prefix: "x.")
    switch random.below(10) {
    case 0:
      let kind = random.pick(["join", "left join", "right join", "full join"])
      let key = random.pick(["x.i = z.i", "x.s = z.s and x.l < z.l", "x.i + 1 = z.i", "x.ts > z.ts"])
      return " from t x \(kind) k z on \(key)"
    case 1: return " from t x join k z on x.i = z.i or x.s like z.s left join t w on w.l = x.l"
    case 2: return " from (select * from t\(random.chance(1, of: 2) ? " limit 3" : "")) x"
    case 3: return " from t x, unnest(x.an) as n (e)"
    case 4: return " from t x cross join unnest(x.mm) as n (key1, val1)"
    case 6: return " from t x left join unnest(x.an) with ordinality as n (e, o) on e > x.i or o = 2"
    case 5:
      let inner = grammar.expression(.integer, 1, &random)
      return " from t x, lateral (select \(inner) + z.i as q from k z where z.i < x.i) r"
    default: return " from t x"
    }
  }

  private func predicate(_ grammar: ExpressionGrammar, _ depth: Int, _ random: inout SeededGenerator)
    -> String
  {
    guard depth > 0, random.chance(1, of: 4) else { return grammar.expression(.boolean, 3, &random) }
    let inner = ExpressionGrammar(prefix: "w.")
    let correlation = random.pick(["w.i = x.i", "w.s <> x.s", "w.l > x.l", "true"])
    switch random.below(4) {
    case 0: return "exists (select 1 from k w where \(correlation))"
    case 1:
      return
        "x.i \(random.chance(1, of: 2) ? "not " : "")in "
        + "(select \(inner.expression(.integer, 1, &random)) from t w where \(correlation))"
    case 2: return "x.i > (select max(w.i) from t w where \(correlation))"
    default: return "x.s = (select w.s from k w where \(correlation) order by w.i limit 1)"
    }
  }

  private func item(_ grammar: ExpressionGrammar, _ depth: Int, _ random: inout SeededGenerator) -> String {
    guard depth > 0, random.chance(1, of: 10) else { return grammar.any(4, &random) }
    return "(select count(*) from k w where w.i = x.i)"
  }

  private func grouped(_ grammar: ExpressionGrammar, _ from: String, _ random: inout SeededGenerator)
    -> String
  {
    let keys = (0..<random.below(3)).map { _ in grammar.any(1, &random) }
    let calls = (0...random.below(3)).map { _ in fill(random.pick(Self.aggregates), grammar, &random) }
    var text = "select " + (keys + calls).joined(separator: ", ") + from
    if !keys.isEmpty {
      let list = keys.joined(separator: ", ")
      text +=
        " group by "
        + random.pick([list, list, "rollup (\(list))", "cube (\(list))", "grouping sets ((\(list)), ())"])
    }
    if random.chance(1, of: 4) {
      text += " having " + fill(random.pick(Self.aggregates), grammar, &random) + " is not null"
    }
    return text
  }

  private func windowed(_ grammar: ExpressionGrammar, _ from: String, _ random: inout SeededGenerator)
    -> String
  {
    let calls = (0...random.below(2)).map { _ in fill(random.pick(Self.windows), grammar, &random) }
    return "select " + ([grammar.any(1, &random)] + calls).joined(separator: ", ") + from + tail(&random)
  }

  private func tail(_ random: inout SeededGenerator) -> String {
    switch random.below(5) {
    case 0: " order by 1\(random.chance(1, of: 2) ? " desc nulls first" : "")"
    case 1: " limit \(random.pick(["0", "3", "9223372036854775807"]))"
    case 2: " order by 1 limit 2 offset \(random.pick(["1", "9223372036854775807"]))"
    default: ""
    }
  }

  private func fill(_ template: String, _ grammar: ExpressionGrammar, _ random: inout SeededGenerator)
    -> String
  {
    var result = ""
    var isHole = false
    for character in template {
      if isHole {
        isHole = false
        if let sort = ExpressionGrammar.Sort(rawValue: character) {
          result += grammar.expression(sort, 1, &random)
        } else {
          result += grammar.any(1, &random)
        }
      } else if character == "%" {
        isHole = true
      } else {
        result.append(character)
      }
    }
    return result
  }
}

import DataModel
import Dataflow
import PipelineModel
import Platform
import SQLFrontend
import SQLLowering
import Testing

// Goal: no SQL text traps the process, from lexer to circuit. Method: a grammar of mostly valid queries over
// every type, its mutations, and texts with known hard cases; each is run ad hoc and as a view over rows
// that come and go.

@Suite("Fuzz: queries", .serialized)
struct QueryFuzzTests {
  private static let tokens = [
    "(", ")", ",", "null", " - ", "'", "select ", " from t", " over (order by 1)", "9223372036854775808",
    "1e999", "::int",
    "[1]", " is null", " and ", " group by ", "case when ", " end", "interval '1' day", "/*", "--", ";",
    "\u{0}", "*",
    ".", " in ()", "array[", "cast(", " as ", "x.i", "distinct ", "\"", "%", "||", "between ",
  ]

  @Test("expressions and queries of the grammar")
  func grammar() throws {
    let tables = try FuzzTables(seed: 1)
    var (asked, answered) = (0, 0)
    FuzzDriver(name: "queries", cases: 3_000).run { random in
      let text: String
      if random.chance(2, of: 3) {
        text = "select \(ExpressionGrammar(prefix: "x.").any(5, &random)) as c from t x"
      } else {
        text = QueryGrammar().query(2, &random)
      }
      guard random.chance(1, of: 6) else { return text }
      return String(decoding: mutated(Array(text.utf8), tokens: Self.tokens, &random), as: UTF8.self)
    } _: { text, _ in
      asked += 1
      if Self.run(text, tables) { answered += 1 }
    }
    print("fuzz queries: \(answered) of \(asked) had an answer")
    #expect(answered > asked / 10, "queries without an answer prove little")
  }

  @Test(
    "hard cases",
    arguments: [
      "select btrim()", "select btrim('a', 'b', 'c')", "select repeat('x', 1000000000)",
      "select lpad('x', 2147483647, 'ab')", "select rpad('x', 2147483647)",
      "select sequence(1, 2147483647)", "select sequence(-2147483648, 2147483647)",
      "select array_repeat(1, 2147483647)",
      "select cardinality(array_repeat(repeat('x', 1000), 1000000))",
      "select repeat(repeat(repeat('x', 100000), 100000), 100000)",
      "select array_insert(array[1], 2147483647, 1)", "select array_insert(array[1], -2147483648, 1)",
      "select replace(repeat('a', 1000000), 'a', repeat('b', 1000000))",
      "select regexp_replace(repeat('a', 100000), 'a', repeat('b', 100000))",
      "select regexp_like(repeat('a', 100000), '(a*)*b')", "select regexp_like('a', 'a{1,100000}{1,100000}')",
      "select regexp_like('a', repeat('(', 100000))", "select 'a' like repeat('%a', 100000)",
      "select repeat('a', 100000) like repeat('%a', 10000) || 'b'",
      "select concat(repeat('a', 16000000), repeat('a', 16000000))",
      "select date '9999-12-31' + interval '1' day", "select date '0001-01-01' - interval '1' day",
      "select timestampadd(year, 2147483647, date '2000-01-01')",
      "select timestampadd(day, 9223372036854775807, date '2000-01-01')",
      "select timestamp '9999-12-31 23:59:59' + interval '999999999' day",
      "select make_date(9223372036854775807, 1, 1)",
      "select make_timestamp(2000, 1, 1, 1, 1, 1e308)", "select timestamp_seconds(9223372036854775807)",
      "select cast(9223372036854775807 as timestamp)",
      "select cast(cast(-9223372036854775808 as timestamp) as varchar)",
      "select cast(cast(9223372036854775807 as timestamp) as date)",
      "select extract(century from cast(-9223372036854775807 as timestamp))",
      "select date_from_unix_date(9223372036854775807)",
      "select last_day(date_from_unix_date(-9223372036854775807))",
      "select -(-9223372036854775807 - 1)", "select abs(-9223372036854775807 - 1)",
      "select (-9223372036854775807 - 1) / -1",
      "select mod(-9223372036854775807 - 1, -1)",
      "select cast(1e308 as int), cast(cast('NaN' as double) as bigint)",
      "select 99999999999999999999999999999999999999 + 1",
      "select 99999999999999999999999999999999999999 * 10",
      "select cast(99999999999999999999999999999999999999 as decimal(38, 38))",
      "select 1e-38 / 1e38, 1.0 / 0.0",
      "select round(99999999999999999999999999999999999999, -37)",
      "select round(1.5, 2147483647), round(1.5, -2147483648)",
      "select round(1e308, -2147483648), truncate(1, 2147483647)",
      "select power(10, 400), exp(1e308), factorial(21), factorial(-1)",
      "select 1 << 64, 1 >> 64, 1 << -1, shift_left(1, 9223372036854775807)",
      "select chr(-1), chr(1114112), chr(55296), chr(2147483647)",
      "select substring('abc' from -2147483648 for 2147483647), left('a', -2147483648)",
      "select split_part('a', '', -2147483648)",
      "select overlay('abc' placing 'x' from -2147483648 for 2147483647)",
      "select instr('abc', 'b', -9223372036854775807, 9223372036854775807)",
      "select interval '99999999999' day, interval 9223372036854775807 day",
      "select interval '1' year * 2147483647 * 2147483647",
      "select cast(1e308 as decimal(38, 10)), cast('1e38' as decimal(38, 0))",
      "select parse_json(repeat('[', 100000))",
      "select to_json(parse_json(repeat('[', 400) || repeat(']', 400)))",
      "select cast(parse_json('1e400') as int)",
      "select array[1][-2147483648], array[1][2147483647]",
      "select gunzip(x'1f8b08000000000000ff'), from_hex('f'), from_base64('====')",
      "select sum(x) from (values (9223372036854775807), (9223372036854775807)) t (x)",
      "select avg(x) from (values (99999999999999999999999999999999999999), (99999999999999999999999999999999999999)) t (x)",
      "select row_number() over (order by i) from t limit 9223372036854775807 offset 9223372036854775807",
      "select sum(i) over (order by l range between 2147483647 preceding and 2147483647 following) from t",
      "select count(*) from t a, t b, t c, t d, t e",
      "select to_char(timestamp '2024-01-01 00:00:00', repeat('Y', 100000))",
      "select levenshtein(repeat('a', 10000), repeat('b', 10000))",
      "select soundex(''), initcap(''), translate('a', 'a', '')",
      "select url_decode('%'), url_decode('%f'), url_decode('%ff%fe')",
      "select bround(2.5, -38), sign(cast('NaN' as double))",
      "select cast('2147483648' as int)", "select safe_cast('x' as interval day)",
      "select cast('99999999999-11' as interval year to month)",
    ])
  func hardCases(text: String) throws {
    let tables = try FuzzTables(seed: 2)
    FuzzDriver.timed(text) { _ = Self.run(text, tables) }
  }

  @Test("wide and deep texts", arguments: [100, 190, 250, 1_000, 20_000])
  func sizes(count: Int) throws {
    let tables = try FuzzTables(seed: 3)
    func chain(_ piece: String, _ between: String) -> String {
      Array(repeating: piece, count: count).joined(separator: between)
    }
    func nest(_ opening: String, _ core: String, _ closing: String) -> String {
      String(repeating: opening, count: count) + core + String(repeating: closing, count: count)
    }
    for text in [
      "select \(chain("i", " + ")) from t", "select \(chain("s", " || ")) from t",
      "select \(chain("i", ", ")) from t",
      "select * from t where \(chain("i = 1", " or "))",
      "select * from t where \(chain("not i = 1", " and "))",
      "select \(nest("(", "1", ")"))", "select \(nest("abs(", "i", ")")) from t",
      "select \(nest("- ", "i", "")) from t",
      "select \(nest("case when true then ", "i", " end")) from t", "select \(nest("array[", "1", "]"))",
      "select \(nest("coalesce(null, ", "i", ")")) from t", "select \(nest("(select ", "1", ")"))",
      "select \(nest("i in (select i from t where ", "true", ")")) from t",
      "select i from t\(chain("", " union all select i from t"))",
      "select i from \(nest("(select i from ", "t", ") q"))",
      "select i from t where i in (\(chain("1", ", ")))",
      "select count(*) from (values \(chain("(1)", ", "))) q (a)",
      "select \(nest("cast(", "i", " as variant)")) from t",
      "with \((0..<count).map { "q\($0) as (select i from \($0 == 0 ? "t" : "q\($0 - 1)"))" }.joined(separator: ", ")) select i from q\(count - 1)",
      "select i\(nest("[", "1", "]")) from t", "select \(chain("i", "::int::")) from t",
      "select '\(nest("a", "", "%"))' like '\(chain("%", "a"))'",
      "select i from t group by \(chain("i", ", "))", "select i from t group by cube (\(chain("i", ", ")))",
      "select \(chain("sum(i)", ", ")) from t", "select i from t order by \(chain("i", ", "))",
    ] {
      FuzzDriver.timed(text) { _ = Self.run(text, tables) }
    }
  }

  /// Whether the query had an answer; errors are none and no fault.
  private static func run(_ text: String, _ tables: FuzzTables) -> Bool {
    guard case .success(.select(let plan)) = SQLCompiler.query(text, catalog: tables.catalog) else {
      _ = SQLCompiler.compile(text)
      return false
    }
    var answered = false
    let budget = WorkBudget(bytes: 256 << 20, nanoseconds: 5_000_000_000, clock: SystemClock())
    do throws(EvaluationError) {
      let answer = try QueryRunner.run(
        plan, relations: { tables.snapshots[$0] }, now: 1_700_000_000_000_000, budget: budget)
      for batch in answer.batches {
        for (column, type) in zip(batch.columns, answer.columns) {
          for row in 0..<min(batch.count, 20) { _ = ValueText.render(column.value(at: row), as: type.type) }
        }
      }
      answered = true
    } catch {}
    let columns = (0..<plan.visibleColumns).map { "c\($0)" }.joined(separator: ", ")
    let view = FuzzTables.ddl + "create materialized view v (\(columns)) as \(text)"
    guard case .success(let program) = SQLCompiler.compile(view) else { return answered }
    let circuit = Lowering.circuit(for: program, observed: [])
    for inputs in [[], tables.inserts, tables.deletes] {
      do throws(EvaluationError) { _ = try circuit.step(inputs, now: 0) } catch { return answered }
    }
    return answered
  }
}

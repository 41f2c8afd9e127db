// Goal: no text traps the front end; every text gives a program or diagnostics whose places lie inside the
// text. Method: random bytes, random tokens, and mutations of valid programs, from seeds; hand-made texts at
// every bound.

import DataModel
import SQLFrontend
import Testing

struct FuzzTests {
  private static let program = """
    create table t (id bigint not null primary key, a int, c varchar(10) default 'x', d decimal(10, 2), \
    f date) \
    with ('materialized' = 'true', 'connectors' = '[]');
    create view v with ('k' = 'v') as select distinct a, count(*) as n, sum(d) from t as q (i, a, c, d, f)
      join (select id, -1.5e3 z from t union all values (1, 2)) using (id)
      where f > date '2024-01-01' and not a in (1, 2)
      group by a having count(*) > 1 /* comment */;
    create materialized view "W" as with x as (select case a when 1 then 'p' else c end y from t) -- end
      select substring(y from 1 for 2) || trim(both ' ' from y), cast(y as int), a::bigint from x, t
      where y like 'a%';
    create view ranked as select * from (select id, a, row_number() over (partition by c order by d desc) as n,
        sum(a) over (w rows between 2 preceding and current row) s from t window w as (order by id)) z
      where n <= 3 limit 5 offset 1;
    create view sub as select id, (select max(d) from t x where x.a = t.a) m, a in (select a from t) k
      from t full join (select c from t) u using (c), lateral (select a b from t y where y.id < t.id) l
      where exists (select 1 from t y where y.id > t.id) and id not in (select id from t where a is null);
    create view sets as select a, c, grouping(a), arg_max(id, d) filter (where a > 1), stddev(a) from t
      group by rollup (a, c), grouping sets ((f), ()) intersect all select 1, 'x', 2, 3, 4 except table t;
    create table e (g timestamp, k int);
    create view win as select window_end, count(*) from table(hop(table e, descriptor(g), interval '2' second,
      interval '5' second)) group by window_end qualify rank() over (order by count(*)) < 4;
    """

  @Test(arguments: 0..<60)
  func mutatedPrograms(seed: Int) {
    var generator = SeededGenerator(seed: UInt64(seed))
    for _ in 0..<20 {
      var bytes = Array(Self.program.utf8)
      for _ in 0...generator.below(6) {
        let place = generator.below(bytes.count)
        switch generator.below(4) {
        case 0: bytes[place] = UInt8(generator.below(256))
        case 1: bytes.remove(at: place)
        case 2: bytes.insert(generator.pick(Array("()'\",;.*-/:[]".utf8)), at: place)
        default:
          let end = min(bytes.count, place + generator.below(30))
          let piece = bytes[place..<end]
          bytes.insert(contentsOf: piece, at: generator.below(bytes.count))
        }
      }
      Self.check(String(decoding: bytes, as: UTF8.self))
    }
  }

  @Test(arguments: 0..<60)
  func randomTokens(seed: Int) {
    var generator = SeededGenerator(seed: UInt64(seed) + 1_000)
    let words = """
      create view table as select from where group by having order limit union all distinct join \
      left on using ( ) , ; . * \
      + - / % || = <> < :: [ ] case when then else end cast and or not is null true in between \
      like exists interval \
      '1' day x y t a 1 2.5 1e9 'text' "Q" count sum over partition rows row array map \
      with values unnest table( extract window lateral full rollup cube rank row_number lag qualify \
      intersect except any offset range rows preceding current filter where descriptor tumble second \
      arg_max asof match_condition natural grouping stddev
      """.split(separator: " ").map(String.init)
    for _ in 0..<20 {
      let tokens = (0..<generator.below(40)).map { _ in generator.pick(words) }
      Self.check(
        "create table t (a int, x varchar); create view v as select " + tokens.joined(separator: " "))
      Self.check(tokens.joined(separator: " "))
    }
  }

  @Test(arguments: 0..<20)
  func randomBytes(seed: Int) {
    var generator = SeededGenerator(seed: UInt64(seed) + 2_000)
    for _ in 0..<20 {
      let bytes = (0..<generator.below(200)).map { _ in UInt8(generator.below(256)) }
      Self.check(String(decoding: bytes, as: UTF8.self))
    }
  }

  @Test(arguments: [
    ("(", ")"), ("- ", ""), ("not ", ""), ("case when true then ", " end"), ("cast(", " as int)"),
    ("abs(", ")"),
    ("(select ", ")"), ("array[", "]"), ("1 + (", ")"), ("a between 1 and (", ")"),
  ])
  func nestingEndsInAnError(opening: String, closing: String) {
    for levels in [50, 150, 199, 200, 201, 5_000] {
      let text = String(repeating: opening, count: levels) + "1" + String(repeating: closing, count: levels)
      let result = SQLCompiler.compile("create view v as select " + text)
      if levels > 200 {
        guard case .failure(let errors) = result else {
          Issue.record("\(opening) x \(levels) was accepted")
          continue
        }
        #expect(
          errors.diagnostics.contains { $0.message.contains("deep") }, "\(errors.diagnostics.map(\.message))")
      }
    }
  }

  @Test func nestedQueriesAndTypesEndInAnError() {
    for levels in [60, 5_000] {
      let queries =
        String(repeating: "select * from (", count: levels) + "select 1"
        + String(repeating: ")", count: levels)
      Self.check("create view v as " + queries)
      Self.check(
        "create view v as " + String(repeating: "(", count: levels) + "select 1"
          + String(repeating: ")", count: levels))
      Self.check(
        "create table t (a " + String(repeating: "map<int, ", count: levels) + "int"
          + String(repeating: ">", count: levels) + ")")
      Self.check("create table t (a int" + String(repeating: " array", count: levels) + ")")
      Self.check(
        "create view v as select * from " + String(repeating: "(", count: levels) + "t"
          + String(repeating: ")", count: levels))
    }
  }

  @Test func longChains() throws {
    func compiles(_ text: String) -> Bool {
      guard case .success = SQLCompiler.compile("create table t (a int, h boolean);" + text) else {
        return false
      }
      return true
    }
    let ands = Array(repeating: "a > 1", count: 20_000).joined(separator: " and ")
    #expect(compiles("create view v as select a from t where " + ands))
    let items = (0..<20_000).map(String.init).joined(separator: ", ")
    #expect(compiles("create view v as select a from t where a in (\(items))"))
    let sum = Array(repeating: "a", count: 250).joined(separator: " + ")
    #expect(compiles("create view v as select \(sum) from t"))
    let tooLong = Array(repeating: "a", count: 5_000).joined(separator: " + ")
    #expect(!compiles("create view v as select \(tooLong) from t"))
    let unions = Array(repeating: "select a from t", count: 1_000).joined(separator: " union all ")
    #expect(compiles("create view v as " + unions))
    let joins = (0..<150).map { "t t\($0)" }.joined(separator: ", ")
    let keys = (1..<150).map { "t\($0).a = t\($0 - 1).a" }.joined(separator: " and ")
    #expect(compiles("create view v as select t0.a from \(joins) where \(keys)"))
    let tooMany = (0..<5_000).map { "t t\($0)" }.joined(separator: ", ")
    #expect(!compiles("create view v as select t0.a from \(tooMany)"))
  }

  @Test func doublingTextsAreRefused() {
    let tables = (1..<60).map { "x\($0) as (select p.a from x\($0 - 1) p, x\($0 - 1) q)" }.joined(
      separator: ", ")
    Self.expectError(
      "create table t (a int); create view v as with x0 as (select a from t), \(tables) select a from x59")
    let chain = (1..<2_000).map { "x\($0) as (select distinct a from x\($0 - 1))" }.joined(separator: ", ")
    Self.expectError(
      "create table t (a int); create view v as with x0 as (select a from t), \(chain) select a from x1999")
    let between = String(repeating: " between false and true", count: 60)
    Self.expectError("create table t (h boolean); create view v as select h\(between) from t")
  }

  @Test func textsBeyondTheBoundAreRefused() {
    Self.expectError(String(repeating: " ", count: SQLCompiler.textBytesMax + 1))
    Self.check(String(repeating: "(", count: 200_000))
  }

  private static func expectError(_ text: String) {
    guard case .failure = SQLCompiler.compile(text) else {
      Issue.record("accepted: \(text.prefix(200))")
      return
    }
  }

  /// Compiles and queries the text; what is told must lie inside it.
  private static func check(_ text: String) {
    var diagnostics: [SQLDiagnostic] = []
    switch SQLCompiler.compile(text) {
    case .success(let program): diagnostics = program.warnings
    case .failure(let errors):
      diagnostics = errors.diagnostics
      #expect(!diagnostics.isEmpty)
    }
    let schema = Schema(fields: [Field(name: SQLIdentifier("a"), type: .integer, nullable: true)])
    let relations = [QueryRelation(name: SQLIdentifier("t"), schema: schema, materialized: true)]
    if case .failure(let errors) = SQLCompiler.query(text, catalog: relations) {
      diagnostics += errors.diagnostics
    }
    let lines = text.utf8.count { $0 == UInt8(ascii: "\n") } + 1
    for diagnostic in diagnostics {
      let range = diagnostic.range
      let inside =
        range.startLine >= 1 && range.endLine <= lines && range.startColumn >= 1
        && (range.startLine, range.startColumn) <= (range.endLine, range.endColumn)
      #expect(inside, "\(range) in \(text.prefix(300))")
    }
  }
}

// Goal: with `skip_unused_columns` a table leaves out exactly the nullable columns that nothing reads.
// Method: small programs, each with the names of the columns left out of its first table.
import DataModel
import SQLFrontend
import Testing

struct ColumnUseTests {
  static let table = """
    create table t (a bigint, b bigint, c varchar, d timestamp, e bigint not null, f bigint array)
    with ('skip_unused_columns' = 'true');
    create table s (a bigint, b bigint, c varchar);

    """

  private func skipped(_ text: String) throws -> [String] {
    let table = try #require(SQLCompiler.compile(text).get().tables.first)
    return table.skippedColumns.sorted().map { table.schema.fields[$0].name.canonical }
  }

  @Test(arguments: [
    ("create view v as select a, b + 1 as x from t;", "c d f"),
    ("create view v as select * from t;", ""),
    ("create view v as select count(*) as n from t;", "a b c d f"),
    ("create view v as select a from t where c like 'x%';", "b d f"),
    ("create view v as select distinct a from t;", "b c d f"),
    ("create view v as select a, max(b) as m from t where d > timestamp '2026-01-01 00:00:00' group by a;", "c f"),
    ("create view v as select t.a, s.c from t join s on t.b = s.b;", "c d f"),
    ("create view v as select s.a from s left join t on t.b = s.b;", "a c d f"),
    ("create view v as select s.a from s where s.b in (select b from t where a > 0);", "c d f"),
    ("create view v as select a from t union all select b from s;", "b c d f"),
    ("create view v as select a, b from t except select a, b from s;", "c d f"),
    ("create view v as select a, lag(b) over (partition by c order by d) as x from t;", "f"),
    ("create view v as select a, rank() over (partition by c order by d) as x from t;", "b f"),
    ("create view v as select a, x from t, unnest(f) as u(x);", "b c d"),
    ("create view v as select a, array_agg(c) as x from t group by a;", "b d f"),
    ("create view v as select a, b, count(*) as n from t group by rollup(a, b);", "c d f"),
    ("create local view w as select * from t; create view v as select a from w where b > 0;", "c d f"),
    ("create local view w as select a, b, 1 / b as x from t; create view v as select a from w;", "c d f"),
    ("create local view w as select * from t; create view v as select a from w; create view u as select c from w;",
      "b d f"),
    ("create local view w as select * from t;", "a b c d f"),
    ("create view v as select a from s;", "a b c d f"),
    ("lateness v.b 5; create view v as select a, b from t;", "c d f"),
  ])
  func unread(_ views: String, _ expected: String) throws {
    #expect(try skipped(Self.table + views).joined(separator: " ") == expected, "\(views)")
  }

  @Test("columns with LATENESS are read") func lateness() throws {
    let text = """
      create table t (a bigint, d bigint lateness 10) with ('skip_unused_columns' = 'true');
      create view v as select count(*) as n from t;
      """
    #expect(try skipped(text) == ["a"])
  }

  @Test("recursive views are read whole") func recursion() throws {
    let text = """
      create table t (a bigint, b bigint, c bigint) with ('skip_unused_columns' = 'true');
      declare recursive view r (a bigint, b bigint);
      create view r as select a, b from t union all select r.a, t.b from r join t on r.b = t.a;
      """
    #expect(try skipped(text) == ["c"])
  }

  @Test("only on request, and never of tables that are kept", arguments: [
    "", "with ('skip_unused_columns' = 'false')",
    "with ('skip_unused_columns' = 'true', 'materialized' = 'true')",
  ])
  func whole(_ properties: String) throws {
    let view = "; create view v as select a from t;"
    #expect(try skipped("create table t (a bigint, b bigint) \(properties)" + view).isEmpty)
    let keyed = "create table t (a bigint not null primary key, b bigint) \(properties)" + view
    #expect(try skipped(keyed).isEmpty)
  }

  @Test func badFlag() {
    let text = "create table t (a bigint) with ('skip_unused_columns' = 'maybe');"
    guard case .failure(let errors) = SQLCompiler.compile(text) else {
      Issue.record("compiles")
      return
    }
    #expect(errors.diagnostics.first?.message.contains("skip_unused_columns") == true)
  }
}

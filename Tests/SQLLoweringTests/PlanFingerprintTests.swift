import DataModel
import SQLFrontend
import SQLLowering
import Testing

// Goal: a fingerprint changes exactly when a checkpoint no longer fits. Method: pairs of programs.

@Suite("Plan fingerprint")
struct PlanFingerprintTests {
  private static let base =
    "create table t (a int not null, b varchar); create view v as select a + 1 as x from t;"

  private func print(_ text: String) throws -> [UInt8] { PlanFingerprint.of(try compile(text)) }

  @Test("equal programs, whatever the layout of the text, the order of tables and of properties")
  func equal() throws {
    let base = try print(Self.base)
    #expect(base.count == 16)
    #expect(
      base
        == (try print(
          "CREATE TABLE T (A INT NOT NULL, b VARCHAR);\n create view v as\nselect (a + 1) x from t")))
    let one = "create table t (a int) with ('append_only' = 'false', 'skip_unused_columns' = 'true');"
    let two = "create table t (a int) with ('skip_unused_columns' = 'true', 'append_only' = 'false');"
    let other = "create table s (b int);"
    #expect(try print(one + other) == print(other + two))
  }

  @Test(
    "what matters, changes it",
    arguments: [
      "create table t (a int, b varchar); create view v as select a + 1 as x from t;",
      "create table t (a bigint not null, b varchar); create view v as select a + 1 as x from t;",
      "create table t (a int not null primary key, b varchar); create view v as select a + 1 as x from t;",
      "create table t (a int not null, b varchar); create view v as select a + 2 as x from t;",
      "create table t (a int not null, b varchar); create view v as select a - 1 as x from t;",
      "create table t (a int not null, b varchar); create materialized view v as select a + 1 as x from t;",
      "create table t (a int not null, b varchar); create view w as select a + 1 as x from t;",
      "create table t (a int not null, b varchar); create view v as select a + 1 as y from t;",
      "create table t (a int not null, b varchar); create view v as select distinct a + 1 as x from t;",
      "create table t (a int not null, b varchar) with ('materialized' = 'true'); create view v as select a + 1 as x from t;",
    ])
  func different(text: String) throws { #expect(try print(text) != print(Self.base)) }

  @Test("queries that differ in one part of a window, an outer join or a set operation differ")
  func parts() throws {
    let queries = [
      "select t.a from t left join s on t.a = s.a", "select t.a from t full join s on t.a = s.a",
      "select t.a from t left join s on t.a = s.a and t.b < s.b",
      "select a from t where a in (select a from s)",
      "select a from t where a not in (select a from s)", "select a from t except select a from s",
      "select a from t except all select a from s", "select a from t intersect select a from s",
      "select a from t order by a limit 3", "select a from t order by a limit 4",
      "select a from t order by a limit 3 offset 1", "select a from t order by a desc limit 3",
      "select a from t order by a nulls first limit 3", "select a, rank() over (order by b) as r from t",
      "select a, dense_rank() over (order by b) as r from t",
      "select a, lag(a) over (order by b) as r from t",
      "select a, lag(a, 2) over (order by b) as r from t",
      "select a, lead(a, 2) over (order by b) as r from t",
      "select a, max(a) over (order by b rows 1 preceding) as r from t",
      "select a, max(a) over (order by b rows 2 preceding) as r from t",
      "select a, max(a) over (order by a range 2 preceding) as r from t",
      "select a, max(a) over (order by a range 2 preceding) as r from t qualify rank() over (order by a) < 3",
      "select g from table(hop(table t, descriptor(g), interval '1' second, interval '2' second))",
      "select g from table(hop(table t, descriptor(g), interval '1' second, interval '3' second))",
      "select a, window_start as s from table(session(table t, descriptor(g), interval '3' second))",
      "select a, window_start as s from table(session(table t, descriptor(g), interval '4' second))",
    ]
    let prints = try queries.map {
      try print(
        "create table t (a int not null, b int, g timestamp); create table s (a int not null, b int); "
          + "create view v as \($0);")
    }
    for (index, first) in prints.enumerated() {
      for other in prints.indices.dropFirst(index + 1) {
        #expect(first != prints[other], "\(queries[index]) and \(queries[other])")
      }
    }
  }

  @Test("stays the same from build to build")
  func golden() throws {
    let hex = try print(Self.base).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    #expect(hex == "c6af507e4c0336e078d08d0a4af8debc")
  }
}

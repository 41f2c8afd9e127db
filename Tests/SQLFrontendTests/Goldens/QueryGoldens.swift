enum QueryGoldens { static let file = GoldenFile(path: #filePath, text: text) }

private let text = #"""
  select a, b from t order by a desc, 2 limit 5 offset 2
  ==
  visible 2 order [#0 desc nulls first, #1] limit 5 offset 2
  Project a: INTEGER = #0, b: BIGINT NOT NULL = #1
    Scan t [a, b, c, d, e, f, g, h]
  ----
  select a as x from t order by x, b + 1 nulls first
  ==
  visible 1 order [#0, #1 nulls first] limit none offset 0
  Project x: INTEGER = #0, EXPR$ORDER: BIGINT NOT NULL = add(#1, 1:BIGINT)
    Scan t [a, b, c, d, e, f, g, h]
  ----
  select a, count(*) from t group by a order by count(*) desc, sum(b)
  ==
  visible 2 order [#1 desc nulls first, #2] limit none offset 0
  Project a: INTEGER = #0, EXPR$1: BIGINT NOT NULL = #1, EXPR$ORDER: BIGINT NOT NULL = #2
    Aggregate [#0] COUNT(*): BIGINT NOT NULL, SUM(#1): BIGINT NOT NULL
      Project a: INTEGER = #0, b: BIGINT NOT NULL = #1
        Scan t [a, b, c, d, e, f, g, h]
  ----
  select distinct a from t order by b
  ==
  1:35-1:35 Error in SQL statement: Expression 'b' is not in the select clause
      1|select distinct a from t order by b
                                          ^
  ----
  select a from t union select a from u order by 1 desc
  ==
  visible 1 order [#0 desc nulls first] limit none offset 0
  Distinct
    UnionAll [a: INTEGER]
      Project a: INTEGER = #0
        Scan t [a, b, c, d, e, f, g, h]
      Project a: INTEGER NOT NULL = #0
        Scan u [a, k, x, s]
  ----
  select now()
  ==
  visible 1 order [] limit none offset 0
  Project EXPR$0: TIMESTAMP NOT NULL = now()
    Values (0) [ZERO: INTEGER NOT NULL]
  ----
  select * from w
  ==
  1:15-1:15 Error in query: Tried to SELECT from a non-materialized source. Make sure 'w' is configured as materialized: use `with ('materialized' = 'true')` for tables, or `create materialized view` for views
      1|select * from w
                      ^
  ----
  select a from t fetch first 3 rows only
  ==
  visible 1 order [] limit 3 offset 0
  Project a: INTEGER = #0
    Scan t [a, b, c, d, e, f, g, h]
  ----
  values (3), (1) order by 1
  ==
  visible 1 order [#0] limit none offset 0
  Values (3), (1) [EXPR$0: INTEGER NOT NULL]
  ----
  select t.a from t where t.h;
  ==
  visible 1 order [] limit none offset 0
  Project a: INTEGER = #0
    Filter #1
      Project a: INTEGER = #0, h: BOOLEAN = #7
        Scan t [a, b, c, d, e, f, g, h]
  ----
  select a from t limit -1
  ==
  1:23-1:24 Error in SQL statement: LIMIT must be a non-negative integer literal
      1|select a from t limit -1
                              ^^
  ----
  insert into t values (1)
  ==
  1:15-1:24 Error in SQL statement: Number of INSERT target columns (8) does not equal number of source items (1)
      1|insert into t values (1)
                      ^^^^^^^^^^
  ----
  select a from t order by 9
  ==
  1:26-1:26 Error in SQL statement: Ordinal out of range
      1|select a from t order by 9
                                 ^
  ----
  (select a from t order by a limit 3)
  ==
  visible 1 order [#0] limit 3 offset 0
  Project a: INTEGER = #0
    Scan t [a, b, c, d, e, f, g, h]
  ----
  select a from t; select b from t
  ==
  1:18-1:23 Error parsing SQL: Encountered "select" at line 1, column 18.
      1|select a from t; select b from t
                         ^^^^^^
  ----
  create table x (a int)
  ==
  1:1-1:22 Not yet implemented: statement in an ad-hoc query is not yet implemented
      1|create table x (a int)
        ^^^^^^^^^^^^^^^^^^^^^^
  ----
  select a b from t order by b
  ==
  visible 1 order [#0] limit none offset 0
  Project b: INTEGER = #0
    Scan t [a, b, c, d, e, f, g, h]
  ----
  select a from t left join u on true
  ==
  1:8-1:8 Error in SQL statement: Column 'a' is ambiguous
      1|select a from t left join u on true
               ^
  ----
  insert into u (a, k) select a, c from t where a is not null
  ==
  INSERT u
  Project a: INTEGER = #0, k: VARCHAR(10) = cast(#1 as VARCHAR(10)), x: REAL = NULL:REAL, s: SMALLINT = NULL:SMALLINT
    Filter isNotNull(#0)
      Project a: INTEGER = #0, c: VARCHAR = #2
        Scan t [a, b, c, d, e, f, g, h]
  ----
  insert into u values ('1', 2, 3, 4), (5, 'k', null, 6)
  ==
  1:15-1:54 Error in SQL statement: Values passed to VALUES operator must have compatible types
      1|insert into u values ('1', 2, 3, 4), (5, 'k', null, 6)
                      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  ----
  insert into u (zz) values (1)
  ==
  1:16-1:17 Error in SQL statement: Unknown target column 'zz'
      1|insert into u (zz) values (1)
                       ^^
  ----
  insert into u values (1)
  ==
  1:15-1:24 Error in SQL statement: Number of INSERT target columns (4) does not equal number of source items (1)
      1|insert into u values (1)
                      ^^^^^^^^^^
  ----
  explain plan for select a from t where b > 1
  ==
  EXPLAIN Project a: INTEGER = #0
    Filter greater(#1, 1:BIGINT)
      Project a: INTEGER = #0, b: BIGINT NOT NULL = #1
        Scan t [a, b, c, d, e, f, g, h]
  ----
  delete from t
  ==
  1:1-1:13 Not yet implemented: statement in an ad-hoc query is not yet implemented
      1|delete from t
        ^^^^^^^^^^^^^
  """#

enum ErrorGoldens { static let file = GoldenFile(path: #filePath, text: text) }

private let text = #"""
  create view v as select x from t
  ==
  2:25-2:25 Error in SQL statement: Column 'x' not found in any table
      2|create view v as select x from t
                                ^
  ----
  create view v as select a from missing
  ==
  2:32-2:38 Error in SQL statement: Object 'missing' not found
      2|create view v as select a from missing
                                       ^^^^^^^
  ----
  create view v as select q.a from t
  ==
  2:25-2:27 Error in SQL statement: Table 'q' not found
      2|create view v as select q.a from t
                                ^^^
  ----
  create view v as select t.zz from t
  ==
  2:25-2:28 Error in SQL statement: Column 'zz' not found in table 't'
      2|create view v as select t.zz from t
                                ^^^^
  ----
  create view v as select a from t, u
  ==
  2:25-2:25 Error in SQL statement: Column 'a' is ambiguous
      2|create view v as select a from t, u
                                ^
  ----
  create view v as select true + 1
  ==
  2:25-2:32 Error in SQL statement: Cannot apply '+' to arguments of type '<BOOLEAN> + <INTEGER>'
      2|create view v as select true + 1
                                ^^^^^^^^
  ----
  create view v as select h + a from t
  ==
  2:25-2:29 Error in SQL statement: Cannot apply '+' to arguments of type '<BOOLEAN> + <INTEGER>'
      2|create view v as select h + a from t
                                ^^^^^
  ----
  create view v as select a, c from t group by a
  ==
  2:28-2:28 Error in SQL statement: Expression 'c' is not being grouped
      2|create view v as select a, c from t group by a
                                   ^
  ----
  create view v as select * from t group by a
  ==
  2:25-2:25 Error in SQL statement: Expression 'b' is not being grouped
      2|create view v as select * from t group by a
                                ^
  ----
  create view v as select foo bar baz from t
  ==
  2:33-2:35 Error parsing SQL: Encountered "baz" at line 2, column 33.
      2|create view v as select foo bar baz from t
                                        ^^^
  ----
  create view v as select
  ==
  2:24-2:24 Error parsing SQL: Encountered "<EOF>" at line 2, column 24.
      2|create view v as select
                               ^
  ----
  create view v as select a from t where a
  ==
  2:40-2:40 Error in SQL statement: WHERE clause must be a condition
      2|create view v as select a from t where a
                                               ^
  ----
  create view v as select a from t where count(*) > 1
  ==
  2:40-2:47 Error in SQL statement: Aggregate expression is illegal in WHERE clause
      2|create view v as select a from t where count(*) > 1
                                               ^^^^^^^^
  ----
  create view v as select sum(sum(a)) from t
  ==
  2:29-2:34 Error in SQL statement: Aggregate expressions cannot be nested
      2|create view v as select sum(sum(a)) from t
                                    ^^^^^^
  ----
  create view v as select a from t group by sum(a)
  ==
  2:43-2:48 Error in SQL statement: Aggregate expression is illegal in GROUP BY clause
      2|create view v as select a from t group by sum(a)
                                                  ^^^^^^
  ----
  create view v as select nosuch(a, c) from t
  ==
  2:25-2:36 Error in SQL statement: No match found for function signature nosuch(<NUMERIC>, <CHARACTER>)
      2|create view v as select nosuch(a, c) from t
                                ^^^^^^^^^^^^
  ----
  create view v as select abs(h), 1 from t
  ==
  2:25-2:30 Error in SQL statement: Cannot apply 'ABS' to arguments of type 'ABS(<BOOLEAN>)'
      2|create view v as select abs(h), 1 from t
                                ^^^^^^
  ----
  create view v as select abs(a, b) from t
  ==
  2:25-2:33 Error in SQL statement: Invalid number of arguments to function 'ABS'. Was expecting 1 arguments
      2|create view v as select abs(a, b) from t
                                ^^^^^^^^^
  ----
  create view v as select a from t union select a, b from t
  ==
  2:18-2:57 Error in SQL statement: Column count mismatch in UNION
      2|create view v as select a from t union select a, b from t
                         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  ----
  create view v as select a from t union select h from t
  ==
  2:18-2:54 Error in SQL statement: Type mismatch in column 1 of UNION
      2|create view v as select a from t union select h from t
                         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  ----
  create view v as select case when h then 1 else 'x' end from t
  ==
  2:25-2:55 Error in SQL statement: Illegal mixing of types in CASE or COALESCE statement
      2|create view v as select case when h then 1 else 'x' end from t
                                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  ----
  create view v as select cast(h as date) from t
  ==
  2:30-2:30 Error in SQL statement: Cast function cannot convert value of type BOOLEAN to type DATE
      2|create view v as select cast(h as date) from t
                                     ^
  ----
  create view v as select a + interval '1' day from t
  ==
  2:25-2:44 Error in SQL statement: Cannot apply '+' to arguments of type '<INTEGER> + <INTERVAL DAY>'
      2|create view v as select a + interval '1' day from t
                                ^^^^^^^^^^^^^^^^^^^^
  ----
  create view v as select * from t, unnest(a) as x
  ==
  2:42-2:42 Error in SQL statement: Cannot apply 'UNNEST' to arguments of type 'UNNEST(<INTEGER>)'
      2|create view v as select * from t, unnest(a) as x
                                                 ^
  ----
  create view v as select now() from t
  ==
  ok
  ----
  create view v as with recursive r as (select 1) select * from r
  ==
  2:23-2:31 Not yet implemented: WITH RECURSIVE is not yet implemented
      2|create view v as with recursive r as (select 1) select * from r
                              ^^^^^^^^^
  ----
  create table x (a int, a bigint)
  ==
  2:24-2:24 Compilation error: Column with name 'a' already defined
      2|create table x (a int, a bigint)
                               ^
  ----
  create table t (a int)
  ==
  2:14-2:14 Compilation error: An object named 't' is already defined
      2|create table t (a int)
                     ^
  ----
  create view t as select 1
  ==
  2:13-2:13 Compilation error: An object named 't' is already defined
      2|create view t as select 1
                    ^
  ----
  create table x (a int lateness interval 1 day)
  ==
  2:32-2:45 Compilation error: LATENESS of type INTERVAL DAY cannot be subtracted from INTEGER
      2|create table x (a int lateness interval 1 day)
                                       ^^^^^^^^^^^^^^
  ----
  create table x (a int multiset)
  ==
  2:23-2:30 Not yet implemented: MULTISET type is not yet implemented
      2|create table x (a int multiset)
                              ^^^^^^^^
  ----
  create table x (a nosuchtype)
  ==
  2:19-2:28 Error in SQL statement: Unknown identifier 'nosuchtype'
      2|create table x (a nosuchtype)
                          ^^^^^^^^^^
  ----
  create table x (a decimal(50, 2))
  ==
  2:19-2:32 Compilation error: DECIMAL precision 50 must be between 1 and 38
      2|create table x (a decimal(50, 2))
                          ^^^^^^^^^^^^^^
  ----
  create table x (a int primary key, b int primary key)
  ==
  2:42-2:52 Compilation error: PRIMARY KEY already declared
      2|create table x (a int primary key, b int primary key)
                                                 ^^^^^^^^^^^
  ----
  create table x (a int, primary key (zz))
  ==
  2:37-2:38 Compilation error: PRIMARY KEY field 'zz' does not exist
      2|create table x (a int, primary key (zz))
                                            ^^
  ----
  create table x (a int primary key)
  ==
  ok
  2:17-2:17 warning: PRIMARY KEY cannot be nullable: PRIMARY KEY column 'a' has type INTEGER, which is nullable
      2|create table x (a int primary key)
                        ^
  ----
  create table x (a int) with ('materialised' = 'true')
  ==
  ok
  2:30-2:43 warning: Unknown property: Unknown property 'materialised'
      2|create table x (a int) with ('materialised' = 'true')
                                     ^^^^^^^^^^^^^^
  ----
  create table x (a int) with ('materialized' = 'maybe')
  ==
  2:47-2:53 Compilation error: Expected a boolean value for property 'materialized'
      2|create table x (a int) with ('materialized' = 'maybe')
                                                      ^^^^^^^
  ----
  create table x (a int default 'abc')
  ==
  2:31-2:35 Compilation error: DEFAULT does not fit INTEGER: cannot convert 'abc' to INTEGER
      2|create table x (a int default 'abc')
                                      ^^^^^
  ----
  create table x (a tinyint default 300)
  ==
  2:35-2:37 Compilation error: DEFAULT does not fit TINYINT: '300' is out of range of TINYINT
      2|create table x (a tinyint default 300)
                                          ^^^
  ----
  create function f(x int) returns int as x + 1
  ==
  2:1-2:45 Not yet implemented: CREATE FUNCTION statement is not yet implemented
      2|create function f(x int) returns int as x + 1
        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  ----
  create type p as (a int, a int)
  ==
  2:26-2:26 Compilation error: Field 'a' is defined twice
      2|create type p as (a int, a int)
                                 ^
  ----
  insert into t values (1)
  ==
  2:1-2:24 Not yet implemented: INSERT statement is not yet implemented
      2|insert into t values (1)
        ^^^^^^^^^^^^^^^^^^^^^^^^
  ----
  select 1
  ==
  2:1-2:8 Compilation error: Statement is not a CREATE statement; a program defines tables and views
      2|select 1
        ^^^^^^^^
  ----
  create view v (p) as select a, b from t
  ==
  2:13-2:13 Error in SQL statement: List of column aliases must have same degree as table; table has 2 columns ('a', 'b'), whereas alias list has 1 columns ('p')
      2|create view v (p) as select a, b from t
                    ^
  ----
  create view v as select a, b as a from t
  ==
  2:13-2:13 Compilation error: View 'v' has several columns named 'a'
      2|create view v as select a, b as a from t
                    ^
  ----
  create view v as select bad from t;
  create view w2 as select * from v;
  create view x as select other from t;
  create view y as select a fro t
  ==
  2:25-2:27 Error in SQL statement: Column 'bad' not found in any table
      2|create view v as select bad from t;
                                ^^^
  4:25-4:29 Error in SQL statement: Column 'other' not found in any table
      4|create view x as select other from t;
                                ^^^^^
  5:31-5:31 Error parsing SQL: Encountered "t" at line 5, column 31.
      5|create view y as select a fro t
                                      ^
  ----
  create view v as select 'unclosed from t
  ==
  2:25-2:25 Error parsing SQL: Lexical error at line 2, column 25: quoted string is not closed
      2|create view v as select 'unclosed from t
                                ^
  ----
  create view v as select a /* open
  ==
  2:27-2:28 Error parsing SQL: Lexical error at line 2, column 27: comment is not closed
      2|create view v as select a /* open
                                  ^^
  ----
  create view v as select a # b from t
  ==
  2:27-2:27 Error parsing SQL: Lexical error at line 2, column 27. Encountered: "#"
      2|create view v as select a # b from t
                                  ^
  ----
  create view v as select date '2024-13-45'
  ==
  2:25-2:41 Error in SQL statement: Illegal DATE literal '2024-13-45': cannot convert '2024-13-45' to DATE
      2|create view v as select date '2024-13-45'
                                ^^^^^^^^^^^^^^^^^
  ----
  create view v as select 99999999999999999999999999999999999999999
  ==
  2:25-2:65 Error in SQL statement: Numeric literal '99999999999999999999999999999999999999999' out of range
      2|create view v as select 99999999999999999999999999999999999999999
                                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  ----
  create view v as select t.a from t, t
  ==
  2:37-2:37 Error in SQL statement: Duplicate relation name 't' in FROM clause
      2|create view v as select t.a from t, t
                                            ^
  ----
  create view v as select a
  from t
  where c >
    1 + true
  ==
  5:3-5:10 Error in SQL statement: Cannot apply '+' to arguments of type '<INTEGER> + <BOOLEAN>'
      5|  1 + true
          ^^^^^^^^
  ----
  create view v as select ünï from t
  ==
  2:25-2:27 Error in SQL statement: Column 'ünï' not found in any table
      2|create view v as select ünï from t
                                ^^^
  ----
  create view v as select sum(c) from t
  ==
  2:25-2:30 Error in SQL statement: Cannot apply 'SUM' to arguments of type 'SUM(<VARCHAR>)'
      2|create view v as select sum(c) from t
                                ^^^^^^
  ----
  create view v as select a from t group by 3
  ==
  2:43-2:43 Error in SQL statement: Ordinal out of range
      2|create view v as select a from t group by 3
                                                  ^
  ----
  create view v as select c || a from t
  ==
  2:25-2:30 Error in SQL statement: Cannot apply '||' to arguments of type '<VARCHAR> || <INTEGER>'
      2|create view v as select c || a from t
                                ^^^^^^
  ----
  create view v as select a[1] from t
  ==
  2:25-2:28 Error in SQL statement: Cannot apply 'ITEM' to arguments of type '<INTEGER>[<INTEGER>]'
      2|create view v as select a[1] from t
                                ^^^^
  ----
  create view v as select a from t where (a, c) in ((1, 'x', 2))
  ==
  2:51-2:61 Error in SQL statement: Values passed to IN operator must have compatible types
      2|create view v as select a from t where (a, c) in ((1, 'x', 2))
                                                          ^^^^^^^^^^^
  ----
  create view v as select nosuch.* from t
  ==
  2:25-2:30 Error in SQL statement: Unknown identifier 'nosuch'
      2|create view v as select nosuch.* from t
                                ^^^^^^
  ----
  create view v as values (1), (2, 3)
  ==
  2:18-2:35 Error in SQL statement: Values passed to VALUES operator must have compatible types
      2|create view v as values (1), (2, 3)
                         ^^^^^^^^^^^^^^^^^^
  ----
  create view v as select * from t, lateral (select 1)
  ==
  ok
  ----
  create view v as select a from t where a = any (select a from u)
  ==
  ok
  ----
  create recursive view r as select 1
  ==
  2:1-2:21 Not yet implemented: CREATE RECURSIVE VIEW is not yet implemented
      2|create recursive view r as select 1
        ^^^^^^^^^^^^^^^^^^^^^
  ----
  drop table t
  ==
  2:1-2:12 Not yet implemented: DROP statement is not yet implemented
      2|drop table t
        ^^^^^^^^^^^^
  ----
  create view v as select * from t, lateral (select x.a from u x where x.a = t.nope) z
  ==
  2:76-2:81 Error in SQL statement: Column 'nope' not found in table 't'
      2|create view v as select * from t, lateral (select x.a from u x where x.a = t.nope) z
                                                                                   ^^^^^^
  ----
  create view v as select * from t where a > (select a, k from u)
  ==
  2:44-2:63 Error in SQL statement: Cannot apply '$SCALAR_QUERY' to arguments with several columns
      2|create view v as select * from t where a > (select a, k from u)
                                                   ^^^^^^^^^^^^^^^^^^^^
  ----
  create view v as select * from t where a in (select a, k from u)
  ==
  2:40-2:64 Error in SQL statement: Values passed to IN operator must have compatible types
      2|create view v as select * from t where a in (select a, k from u)
                                               ^^^^^^^^^^^^^^^^^^^^^^^^^
  ----
  create view v as select * from t where c in (select x from u)
  ==
  ok
  ----
  create view v as select count(*) from t where row_number() over (order by a) = 1
  ==
  2:47-2:76 Error in SQL statement: Windowed aggregate expression is illegal in WHERE clause
      2|create view v as select count(*) from t where row_number() over (order by a) = 1
                                                      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  ----
  create view v as select rank() over (partition by a) from t
  ==
  2:25-2:52 Error in SQL statement: RANK or DENSE_RANK functions require ORDER BY clause in window specification
      2|create view v as select rank() over (partition by a) from t
                                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  ----
  create view v as select ntile(0) over (order by a) from t
  ==
  2:25-2:50 Error in SQL statement: Argument to function 'NTILE' must be a positive integer literal
      2|create view v as select ntile(0) over (order by a) from t
                                ^^^^^^^^^^^^^^^^^^^^^^^^^^
  ----
  create view v as select lag(a, b) over (order by a) from t
  ==
  2:32-2:32 Not yet implemented: LAG by other than a literal number of rows is not yet implemented
      2|create view v as select lag(a, b) over (order by a) from t
                                       ^
  ----
  create view v as select sum(a) over (order by c range between 1 preceding and current row) from t
  ==
  2:63-2:63 Not yet implemented: RANGE distance over VARCHAR is not yet implemented
      2|create view v as select sum(a) over (order by c range between 1 preceding and current row) from t
                                                                      ^
  ----
  create view v as select sum(a) over (order by a groups between 1 preceding and current row) from t
  ==
  2:32-2:91 Not yet implemented: GROUPS frame is not yet implemented
      2|create view v as select sum(a) over (order by a groups between 1 preceding and current row) from t
                                       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  ----
  create view v as select sum(a) over (order by a rows between 1 following and 1 preceding) from t
  ==
  2:32-2:89 Error in SQL statement: ROW/RANGE frame ends before it starts
      2|create view v as select sum(a) over (order by a rows between 1 following and 1 preceding) from t
                                       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  ----
  create view v as select sum(a) over v from t window w as (order by a)
  ==
  2:37-2:37 Error in SQL statement: Window 'v' not found
      2|create view v as select sum(a) over v from t window w as (order by a)
                                            ^
  ----
  create view v as select lag(a) ignore nulls over (order by a) from t
  ==
  ok
  ----
  create view v as select upper(c) over (order by a) from t
  ==
  2:25-2:50 Error in SQL statement: OVER clause is not allowed with function UPPER
      2|create view v as select upper(c) over (order by a) from t
                                ^^^^^^^^^^^^^^^^^^^^^^^^^^
  ----
  create view v as select a, sum(sum(b) over ()) from t group by a
  ==
  2:32-2:45 Error in SQL statement: Aggregate expressions cannot be nested
      2|create view v as select a, sum(sum(b) over ()) from t group by a
                                       ^^^^^^^^^^^^^^
  ----
  create view v as select a, grouping(b) from t group by a
  ==
  2:18-2:56 Error in SQL statement: Argument to GROUPING operator must be a grouped expression
      2|create view v as select a, grouping(b) from t group by a
                         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  ----
  create view v as select a, b from t group by rollup(a)
  ==
  2:28-2:28 Error in SQL statement: Expression 'b' is not being grouped
      2|create view v as select a, b from t group by rollup(a)
                                   ^
  ----
  create view v as select * from table(tumble(table t, descriptor(a), interval '1' minute))
  ==
  2:54-2:66 Error in SQL statement: DESCRIPTOR column must be TIMESTAMP, not INTEGER
      2|create view v as select * from table(tumble(table t, descriptor(a), interval '1' minute))
                                                             ^^^^^^^^^^^^^
  ----
  create view v as select * from table(tumble(table t, descriptor(g), interval '0' minute))
  ==
  2:69-2:87 Error in SQL statement: Window length must be positive
      2|create view v as select * from table(tumble(table t, descriptor(g), interval '0' minute))
                                                                            ^^^^^^^^^^^^^^^^^^^
  ----
  create view v as select * from table(tumble(table t, descriptor(g), interval '1' month))
  ==
  2:69-2:86 Not yet implemented: window length in MONTH is not yet implemented
      2|create view v as select * from table(tumble(table t, descriptor(g), interval '1' month))
                                                                            ^^^^^^^^^^^^^^^^^^
  ----
  create view v as select * from table(hop(table t, descriptor(g), interval '1' second, interval '1' day))
  ==
  2:32-2:104 Not yet implemented: HOP with more than 1000 windows a row is not yet implemented
      2|create view v as select * from table(hop(table t, descriptor(g), interval '1' second, interval '1' day))
                                       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  ----
  create view v as select * from table(jump(table t, descriptor(g), interval '1' second))
  ==
  2:32-2:87 Not yet implemented: table function JUMP is not yet implemented
      2|create view v as select * from table(jump(table t, descriptor(g), interval '1' second))
                                       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  ----
  create view v as select upper(c) filter (where h) from t
  ==
  2:25-2:49 Error in SQL statement: FILTER must not be used with function UPPER
      2|create view v as select upper(c) filter (where h) from t
                                ^^^^^^^^^^^^^^^^^^^^^^^^^
  ----
  create view v as select a from t intersect select a, k from u
  ==
  2:18-2:61 Error in SQL statement: Column count mismatch in INTERSECT
      2|create view v as select a from t intersect select a, k from u
                         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  ----
  create view v as select a from t except all select f from t
  ==
  2:18-2:59 Error in SQL statement: Type mismatch in column 1 of EXCEPT ALL
      2|create view v as select a from t except all select f from t
                         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  ----
  create view v as select a from t full join u on t.a = u.a
  ==
  2:25-2:25 Error in SQL statement: Column 'a' is ambiguous
      2|create view v as select a from t full join u on t.a = u.a
                                ^
  ----
  create view v as select t.a from t left asof join u match_condition (t.b >= u.a) on t.a = u.a
  ==
  ok
  ----
  create view v as select sum((select max(x.a) from u x)) from t
  ==
  ok
  ----
  create view v as select t.a from t join u on exists (select 1 from w)
  ==
  ok
  ----
  create view v as select a, (select k from u where u.s = t.b) as k from t group by a
  ==
  2:28-2:60 Error in SQL statement: Expression 'b' is not being grouped
      2|create view v as select a, (select k from u where u.s = t.b) as k from t group by a
                                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  ----
  create view v as select a from t limit a
  ==
  2:40-2:40 Error in SQL statement: LIMIT must be a non-negative integer literal
      2|create view v as select a from t limit a
                                               ^
  ----
  create view v as select stddev(c) from t
  ==
  2:25-2:33 Error in SQL statement: Cannot apply 'STDDEV' to arguments of type 'STDDEV(<VARCHAR>)'
      2|create view v as select stddev(c) from t
                                ^^^^^^^^^
  ----
  create view v as select bool_and(a) from t
  ==
  2:25-2:35 Error in SQL statement: Cannot apply 'BOOL_AND' to arguments of type 'BOOL_AND(<INTEGER>)'
      2|create view v as select bool_and(a) from t
                                ^^^^^^^^^^^
  ----
  create view v as select bit_or(a + 0.5) from t
  ==
  2:25-2:39 Error in SQL statement: Cannot apply 'BIT_OR' to arguments of type 'BIT_OR(<DECIMAL(12, 1)>)'
      2|create view v as select bit_or(a + 0.5) from t
                                ^^^^^^^^^^^^^^^
  ----
  create view v as select a from t qualify a > 1 and row_number() over (order by zz) = 1
  ==
  2:80-2:81 Error in SQL statement: Column 'zz' not found in any table
      2|create view v as select a from t qualify a > 1 and row_number() over (order by zz) = 1
                                                                                       ^^
  ----
  create view v as select * from t left join unnest(array[a]) as l (x) on x > zz
  ==
  2:77-2:78 Error in SQL statement: Column 'zz' not found in any table
      2|create view v as select * from t left join unnest(array[a]) as l (x) on x > zz
                                                                                    ^^
  ----
  create view v as select * from t, unnest(array[1], array[2]) as l (x)
  ==
  2:65-2:65 Error in SQL statement: List of column aliases must have same degree as table; table has 2 columns ('EXPR$0', 'EXPR$1'), whereas alias list has 1 columns ('x')
      2|create view v as select * from t, unnest(array[1], array[2]) as l (x)
                                                                        ^
  ----
  create view v as select array_agg(array_agg(a)) from t
  ==
  2:35-2:46 Error in SQL statement: Aggregate expressions cannot be nested
      2|create view v as select array_agg(array_agg(a)) from t
                                          ^^^^^^^^^^^^
  ----
  create view v as select a, array_agg(a) over (partition by a) as x from t
  ==
  2:28-2:61 Not yet implemented: window function ARRAY_AGG OVER is not yet implemented
      2|create view v as select a, array_agg(a) over (partition by a) as x from t
                                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  ----
  create view v as select mode(a order by a) from t
  ==
  2:25-2:42 Not yet implemented: ORDER BY in MODE is not yet implemented
      2|create view v as select mode(a order by a) from t
                                ^^^^^^^^^^^^^^^^^^
  ----
  create view v as select a > all (select a, a from t) as x from t
  ==
  2:25-2:52 Error in SQL statement: Values passed to > ALL operator must have compatible types
      2|create view v as select a > all (select a, a from t) as x from t
                                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  ----
  create view v as select * from t left join t u on t.a = (select max(x.a) from t x where x.a < t.a + u.a)
  ==
  2:57-2:104 Not yet implemented: subquery over both sides in the ON clause of an outer join is not yet implemented
      2|create view v as select * from t left join t u on t.a = (select max(x.a) from t x where x.a < t.a + u.a)
                                                                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  ----
  create view v as select array(select a from t order by a) as x from t
  ==
  2:47-2:56 Not yet implemented: ORDER BY in ARRAY of a subquery is not yet implemented
      2|create view v as select array(select a from t order by a) as x from t
                                                      ^^^^^^^^^^
  ----
  create view v as select * from t pivot (sum(a) for zz in (1, 2))
  ==
  2:52-2:53 Error in SQL statement: Column 'zz' not found in any table
      2|create view v as select * from t pivot (sum(a) for zz in (1, 2))
                                                           ^^
  ----
  create view v as select * from t pivot (a + 1 for a in (1, 2))
  ==
  2:41-2:45 Error in SQL statement: Measure expression in PIVOT must use aggregate function
      2|create view v as select * from t pivot (a + 1 for a in (1, 2))
                                                ^^^^^
  ----
  create view v as select * from t pivot (sum(a) for (a, a) in (1, 2))
  ==
  2:63-2:63 Error in SQL statement: Value count in PIVOT (1) must match number of FOR columns (2)
      2|create view v as select * from t pivot (sum(a) for (a, a) in (1, 2))
                                                                      ^
  ----
  create view v as select * except (zz) from t
  ==
  2:35-2:36 Error in SQL statement: Column 'zz' not found in any table
      2|create view v as select * except (zz) from t
                                          ^^
  ----
  create view v as select transform(array[a], x -> sum(x)) from t
  ==
  2:50-2:55 Error in SQL statement: Aggregate expression is illegal in SELECT clause
      2|create view v as select transform(array[a], x -> sum(x)) from t
                                                         ^^^^^^
  ----
  create view v as select transform(a, x -> x) from t
  ==
  2:25-2:44 Error in SQL statement: Cannot apply 'TRANSFORM' to arguments of type 'TRANSFORM(<INTEGER>)'
      2|create view v as select transform(a, x -> x) from t
                                ^^^^^^^^^^^^^^^^^^^^
  ----
  create view v as select transform(array[a], 1) from t
  ==
  2:45-2:45 Error in SQL statement: Second argument of TRANSFORM must be a lambda with one parameter
      2|create view v as select transform(array[a], 1) from t
                                                    ^
  ----
  create view v as select array_exists(array[a], x -> x) from t
  ==
  2:25-2:54 Error in SQL statement: Cannot apply 'ARRAY_EXISTS' to arguments of type 'ARRAY_EXISTS(<INTEGER ARRAY>, <INTEGER>)'
      2|create view v as select array_exists(array[a], x -> x) from t
                                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  ----
  create view v as select (a, b) in (select a, x from u) as x from t
  ==
  2:25-2:54 Not yet implemented: [NOT] IN of rows with NULLs as a value is not yet implemented
      2|create view v as select (a, b) in (select a, x from u) as x from t
                                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  ----
  create view v as select a from t where (a, b) in (select a from u)
  ==
  2:40-2:66 Error in SQL statement: Values passed to IN operator must have compatible types
      2|create view v as select a from t where (a, b) in (select a from u)
                                               ^^^^^^^^^^^^^^^^^^^^^^^^^^^
  ----
  create view v as select * from table(tumble(data => table t, width => interval '1' day, timecol => descriptor(g)))
  ==
  2:62-2:66 Error in SQL statement: Unknown parameter 'width'
      2|create view v as select * from table(tumble(data => table t, width => interval '1' day, timecol => descriptor(g)))
                                                                     ^^^^^
  ----
  create view v as select sum(a) ignore nulls over (order by b) as s from t
  ==
  2:25-2:61 Error in SQL statement: Cannot specify IGNORE NULLS or RESPECT NULLS following 'SUM'
      2|create view v as select sum(a) ignore nulls over (order by b) as s from t
                                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  """#

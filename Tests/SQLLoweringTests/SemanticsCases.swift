/// Queries over the tables of `SemanticsTests` and what DuckDB 2.0.0 answers, as sorted rows.
enum SemanticsCases {
  static let ddl = """
    create table t (id int, a int, b int, c varchar, ts timestamp);
    create table u (a int, k varchar, n int);
    create table w (n int);
    create table e (n int);
    create table e2 (c varchar);
    """

  /// Rows of the tables, each value as text.
  static let rows: [(table: String, values: [String?])] = [
    ("t", ["1", "1", "10", "x", "2024-01-01 00:00:00"]),
    ("t", ["2", "1", "20", "y", "2024-01-01 00:00:07"]),
    ("t", ["3", "2", nil, "x", "2024-01-01 00:00:12"]),
    ("t", ["4", nil, "5", "z", "2024-01-01 00:00:12"]),
    ("t", ["5", "3", "7", nil, "2024-01-01 00:01:00"]),
    ("t", ["6", "2", "10", "x", nil]),
    ("t", ["6", "2", "10", "x", nil]),
    ("u", ["1", "p", "1"]),
    ("u", ["1", "q", "2"]),
    ("u", ["2", "p", nil]),
    ("u", ["4", "r", "4"]),
    ("u", [nil, "s", "5"]),
    ("w", ["10"]),
    ("w", [nil]),
    ("w", ["7"]),
  ]

  static let cases: [(query: String, rows: String)] = [
    (
      "select t.id, u.k from t left join u on t.a = u.a",
      "1,p ; 1,q ; 2,p ; 2,q ; 3,p ; 4,null ; 5,null ; 6,p ; 6,p"
    ),
    (
      "select t.id, u.k from t left join u on t.a = u.a and u.n > 1",
      "1,q ; 2,q ; 3,null ; 4,null ; 5,null ; 6,null ; 6,null"
    ),
    (
      "select t.id, u.k from t right join u on t.a = u.a and t.b > 5",
      "1,p ; 1,q ; 2,p ; 2,q ; 6,p ; 6,p ; null,r ; null,s"
    ),
    (
      "select t.id, u.k from t full join u on t.a = u.a",
      "1,p ; 1,q ; 2,p ; 2,q ; 3,p ; 4,null ; 5,null ; 6,p ; 6,p ; null,r ; null,s"
    ),
    (
      "select t.id, u.k from t full join u on t.a < u.a and t.c = 'x'",
      "1,p ; 1,r ; 2,null ; 3,r ; 4,null ; 5,null ; 6,r ; 6,r ; null,p ; null,q ; null,s"
    ),
    (
      "select t.id, u.k from t full join u on t.a = u.a where u.k is null or t.id > 2",
      "3,p ; 4,null ; 5,null ; 6,p ; 6,p"
    ),
    (
      "select a, id, k, n, x.a as l, u.a as r from (select id, a from t) x full join u using (a)",
      "1,1,p,1,1,1 ; 1,1,q,2,1,1 ; 1,2,p,1,1,1 ; 1,2,q,2,1,1 ; 2,3,p,null,2,2 ; 2,6,p,null,2,2 ; "
        + "2,6,p,null,2,2 ; 3,5,null,null,3,null ; 4,null,r,4,null,4 ; null,4,null,null,null,null ; "
        + "null,null,s,5,null,null"
    ),
    (
      "select a, id, k from (select id, a from t) x natural right join u",
      "1,1,p ; 1,1,q ; 1,2,p ; 1,2,q ; 2,3,p ; 2,6,p ; 2,6,p ; 4,null,r ; null,null,s"
    ),
    (
      "select t.id, w.n from t left join w on t.b = w.n left join e on e.n = w.n",
      "1,10 ; 2,null ; 3,null ; 4,null ; 5,7 ; 6,10 ; 6,10"
    ),
    (
      "select t.id from t left join e on true",
      "1 ; 2 ; 3 ; 4 ; 5 ; 6 ; 6"
    ),
    (
      "select id from t where a in (select a from u)",
      "1 ; 2 ; 3 ; 6 ; 6"
    ),
    (
      "select id from t where a not in (select a from u)",
      ""
    ),
    (
      "select id from t where a not in (select a from u where a is not null)",
      "5"
    ),
    (
      "select id from t where b not in (select n from e)",
      "1 ; 2 ; 3 ; 4 ; 5 ; 6 ; 6"
    ),
    (
      "select id from t where id not in (select n from u where n is not null)",
      "3 ; 6 ; 6"
    ),
    (
      "select id, a in (select a from u) as m from t",
      "1,TRUE ; 2,TRUE ; 3,TRUE ; 4,null ; 5,null ; 6,TRUE ; 6,TRUE"
    ),
    (
      "select id, a not in (select a from u where a > 1) as m from t",
      "1,TRUE ; 2,TRUE ; 3,FALSE ; 4,null ; 5,TRUE ; 6,FALSE ; 6,FALSE"
    ),
    (
      "select id, b in (select n from e) as m from t",
      "1,FALSE ; 2,FALSE ; 3,FALSE ; 4,FALSE ; 5,FALSE ; 6,FALSE ; 6,FALSE"
    ),
    (
      "select id, a in (select x.a from u x where x.n < t.id) as m from t",
      "1,FALSE ; 2,TRUE ; 3,FALSE ; 4,null ; 5,FALSE ; 6,null ; 6,null"
    ),
    (
      "select id from t where a not in (select x.a from u x where x.n < t.id)",
      "1 ; 3 ; 5"
    ),
    (
      "select id from t where exists (select 1 from u where u.a = t.a and u.n < t.id)",
      "2"
    ),
    (
      "select id from t where not exists (select 1 from u where u.a = t.a)",
      "4 ; 5"
    ),
    (
      "select id, exists (select 1 from u where u.a = t.a) as x from t",
      "1,TRUE ; 2,TRUE ; 3,TRUE ; 4,FALSE ; 5,FALSE ; 6,TRUE ; 6,TRUE"
    ),
    (
      "select id from t where exists (select 1 from u where u.a = t.a) or b = 5",
      "1 ; 2 ; 3 ; 4 ; 6 ; 6"
    ),
    (
      "select id from t where not exists (select * from e) and exists (select * from w)",
      "1 ; 2 ; 3 ; 4 ; 5 ; 6 ; 6"
    ),
    (
      "select id, (select max(n) from u where u.a = t.a) as m from t",
      "1,2 ; 2,2 ; 3,null ; 4,null ; 5,null ; 6,null ; 6,null"
    ),
    (
      "select id, (select count(*) from u where u.a = t.a) as m from t",
      "1,2 ; 2,2 ; 3,1 ; 4,0 ; 5,0 ; 6,1 ; 6,1"
    ),
    (
      "select id, (select count(n) + 1 from u where u.a = t.a and u.n > t.b) as m from t",
      "1,1 ; 2,1 ; 3,1 ; 4,1 ; 5,1 ; 6,1 ; 6,1"
    ),
    (
      "select id, (select sum(n) from u) as s, (select min(n) from e) as z from t",
      "1,12,null ; 2,12,null ; 3,12,null ; 4,12,null ; 5,12,null ; 6,12,null ; 6,12,null"
    ),
    (
      "select id from t where b > (select avg(n) from u)",
      "1 ; 2 ; 4 ; 5 ; 6 ; 6"
    ),
    (
      "select id from t where b = (select max(x.b) from t x where x.c = t.c)",
      "1 ; 2 ; 4 ; 6 ; 6"
    ),
    (
      "select id, (select k from u where u.a = t.a order by k desc limit 1) as k from t",
      "1,q ; 2,q ; 3,p ; 4,null ; 5,null ; 6,p ; 6,p"
    ),
    (
      "select a, count(*) as c from t group by a having count(*) > (select min(n) from u)",
      "1,2 ; 2,3"
    ),
    (
      "select a, (select count(*) from u where u.a = t.a) as m from t group by a",
      "1,2 ; 2,1 ; 3,0 ; null,0"
    ),
    (
      "select sum(b) as s, (select count(*) from u) as n from t",
      "62,5"
    ),
    (
      "select id, (select sum(x.n) from (select n from u) x) + t.id as v from t",
      "1,13 ; 2,14 ; 3,15 ; 4,16 ; 5,17 ; 6,18 ; 6,18"
    ),
    (
      "select id from t where (select count(*) from u where u.a = t.a) = 2",
      "1 ; 2"
    ),
    (
      "select id from t where exists (select 1 from u where u.a = t.a and exists (select 1 from w "
        + "where w.n > t.b))",
      ""
    ),
    (
      "select t.id, x.k from t, lateral (select k from u where u.a = t.a and u.n < t.b) x",
      "1,p ; 1,q ; 2,p ; 2,q"
    ),
    (
      "select t.id, x.m from t left join lateral (select max(k) as m from u where u.a = t.a) x on true",
      "1,q ; 2,q ; 3,p ; 4,null ; 5,null ; 6,p ; 6,p"
    ),
    (
      "select t.id, x.k from t left join lateral (select k from u where u.a = t.a) x on x.k <> 'p'",
      "1,q ; 2,q ; 3,null ; 4,null ; 5,null ; 6,null ; 6,null"
    ),
    (
      "select t.id, x.n from t cross join lateral (select count(*) as n from u where u.a = t.a) x",
      "1,2 ; 2,2 ; 3,1 ; 4,0 ; 5,0 ; 6,1 ; 6,1"
    ),
    (
      "select a from t intersect select a from u",
      "1 ; 2 ; null"
    ),
    (
      "select a from t intersect all select a from u",
      "1 ; 1 ; 2 ; null"
    ),
    (
      "select a from t except select a from u",
      "3"
    ),
    (
      "select a from t except all select a from u",
      "2 ; 2 ; 3"
    ),
    (
      "select a, b from t except all (select 2, 10)",
      "1,10 ; 1,20 ; 2,10 ; 2,null ; 3,7 ; null,5"
    ),
    (
      "select a from t union select n from u intersect select n from w",
      "1 ; 2 ; 3 ; null"
    ),
    (
      "select a, c, count(*) as n, grouping(a, c) as g from t group by rollup (a, c)",
      "1,null,2,1 ; 1,x,1,0 ; 1,y,1,0 ; 2,null,3,1 ; 2,x,3,0 ; 3,null,1,0 ; 3,null,1,1 ; "
        + "null,null,1,1 ; null,null,7,3 ; null,z,1,0"
    ),
    (
      "select a, c, sum(b) as n from t group by cube (a, c)",
      "1,null,30 ; 1,x,10 ; 1,y,20 ; 2,null,20 ; 2,x,20 ; 3,null,7 ; 3,null,7 ; null,null,5 ; "
        + "null,null,62 ; null,null,7 ; null,x,30 ; null,y,20 ; null,z,5 ; null,z,5"
    ),
    (
      "select c, count(*) as n, grouping(c) as g from e2 group by grouping sets ((c), ())",
      "null,0,1"
    ),
    (
      "select a, c, count(*) as n from t group by grouping sets ((a, c), (c), ())",
      "1,x,1 ; 1,y,1 ; 2,x,3 ; 3,null,1 ; null,null,1 ; null,null,7 ; null,x,4 ; null,y,1 ; "
        + "null,z,1 ; null,z,1"
    ),
    (
      "select a % 2 as p, c, max(b) as m from t group by 1, 2",
      "0,x,10 ; 1,null,7 ; 1,x,10 ; 1,y,20 ; null,z,5"
    ),
    (
      "select a, grouping(a) as g from t group by a",
      "1,0 ; 2,0 ; 3,0 ; null,0"
    ),
    (
      "select a, count(*) filter (where b > 8) as n, sum(b) filter (where c = 'x') as s, "
        + "count(distinct c) filter (where b > 5) as d from t group by a",
      "1,2,10,2 ; 2,2,20,1 ; 3,0,null,0 ; null,0,null,0"
    ),
    (
      "select count(*) filter (where b > 8) as n, bool_and(b > 6) as x, bool_or(b > 6) as y from t",
      "4,FALSE,TRUE"
    ),
    (
      "select a, bool_and(b > 6) as x, bool_or(b is null) as y, countif(b > 6) as n from t group by a",
      "1,TRUE,FALSE,2 ; 2,TRUE,TRUE,2 ; 3,TRUE,FALSE,1 ; null,FALSE,FALSE,0"
    ),
    (
      "select id, row_number() over (partition by a order by id) as n from t",
      "1,1 ; 2,2 ; 3,1 ; 4,1 ; 5,1 ; 6,2 ; 6,3"
    ),
    (
      "select id, rank() over (order by b) as r, dense_rank() over (order by b desc) as d from t",
      "1,3,3 ; 2,6,2 ; 3,7,1 ; 4,1,5 ; 5,2,4 ; 6,3,3 ; 6,3,3"
    ),
    (
      "select id, ntile(3) over (order by id) as n from t",
      "1,1 ; 2,1 ; 3,1 ; 4,2 ; 5,2 ; 6,3 ; 6,3"
    ),
    (
      "select id, lag(b) over (order by id, b) as x, lead(b, 2, 0) over (order by id, b) as y from t",
      "1,null,null ; 2,10,5 ; 3,20,7 ; 4,null,10 ; 5,5,10 ; 6,10,0 ; 6,7,0"
    ),
    (
      "select id, first_value(b) over (partition by a order by id) as f, last_value(id) over "
        + "(partition by a order by id) as l, nth_value(b, 2) over (partition by a order by id rows "
        + "between unbounded preceding and unbounded following) as n from t",
      "1,10,1,20 ; 2,10,2,20 ; 3,null,3,10 ; 4,5,4,null ; 5,7,5,null ; 6,null,6,10 ; 6,null,6,10"
    ),
    (
      "select id, sum(b) over (partition by a) as s, count(*) over () as n from t",
      "1,30,7 ; 2,30,7 ; 3,20,7 ; 4,5,7 ; 5,7,7 ; 6,20,7 ; 6,20,7"
    ),
    (
      "select id, sum(b) over (order by id) as s from t",
      "1,10 ; 2,30 ; 3,30 ; 4,35 ; 5,42 ; 6,62 ; 6,62"
    ),
    (
      "select id, sum(b) over (order by id rows between 1 preceding and 1 following) as s, min(b) "
        + "over (order by id rows between 2 preceding and 1 preceding) as m from t",
      "1,30,null ; 2,30,10 ; 3,25,10 ; 4,12,20 ; 5,22,5 ; 6,20,7 ; 6,27,5"
    ),
    (
      "select id, sum(b) over (order by a range between 1 preceding and current row) as s, max(b) "
        + "over (order by a desc range between current row and 1 following) as m from t",
      "1,30,20 ; 2,30,20 ; 3,50,20 ; 4,5,5 ; 5,27,10 ; 6,50,20 ; 6,50,20"
    ),
    (
      "select id, count(*) over (order by ts range between interval '7' second preceding and "
        + "interval '5' second following) as n from t",
      "1,1 ; 2,4 ; 3,3 ; 4,3 ; 5,1 ; 6,2 ; 6,2"
    ),
    (
      "select id from t qualify row_number() over (partition by a order by b desc, id) = 1",
      "2 ; 3 ; 4 ; 5"
    ),
    (
      "select a, sum(b) as s, rank() over (order by sum(b) desc) as r from t group by a",
      "1,30,1 ; 2,20,2 ; 3,7,3 ; null,5,4"
    ),
    (
      "select * from (select id, b, row_number() over (order by b desc, id) as n from t) x where n <= 3",
      "1,10,3 ; 2,20,2 ; 3,null,1"
    ),
    (
      "select * from (select id, b, rank() over (order by b desc) as n from t) x where n < 3",
      "2,20,2 ; 3,null,1"
    ),
    (
      "select id, b from t order by b desc, id limit 3",
      "1,10 ; 2,20 ; 3,null"
    ),
    (
      "select id, b from t order by b nulls first, id limit 2 offset 1",
      "4,5 ; 5,7"
    ),
    (
      "select x.id from (select id from t order by id desc limit 3) x where x.id < 6",
      "5"
    ),
    (
      "select distinct a, c from t",
      "1,x ; 1,y ; 2,x ; 3,null ; null,z"
    ),
    (
      "select count(distinct a) as n, sum(distinct b) as s from t",
      "3,42"
    ),
    (
      "select t.id from t join u on t.a = u.a and t.id > u.n",
      "2"
    ),
    (
      "select id from t where a in (select a from u) and b not in (select n from w where n is not null)",
      "2"
    ),
    (
      "select id from t where not (a in (select a from u))",
      ""
    ),
    (
      "select u.k, x.id from u join (select id, a from t order by id limit 2) x on x.a = u.a",
      "p,1 ; p,2 ; q,1 ; q,2"
    ),
    (
      "select id, sum(b) over w as s, rank() over (w order by id) as r from t window w as "
        + "(partition by a)",
      "1,30,1 ; 2,30,2 ; 3,20,1 ; 4,5,1 ; 5,7,1 ; 6,20,2 ; 6,20,2"
    ),
    (
      "select id from t where a = any (select a from u)",
      "1 ; 2 ; 3 ; 6 ; 6"
    ),
    (
      "select id from t where id <> all (select n from u where n is not null)",
      "3 ; 6 ; 6"
    ),
    (
      "select a, arg_max(id, b) as x, arg_min(id, b) as y, count(*) as n from t where b is "
        + "distinct from 10 group by a",
      "1,2,2,1 ; 2,null,null,1 ; 3,5,5,1 ; null,4,4,1"
    ),
    (
      "select arg_max(k, n) as k, min(a) as m from u",
      "s,1"
    ),
    (
      "select arg_max(k, n) filter (where n < 3) as k from u",
      "q"
    ),
    (
      "select a, arg_min(id, b) filter (where c = 'x') as x from t group by rollup(a)",
      "1,1 ; 2,6 ; 3,null ; null,1 ; null,null"
    ),
    (
      "select u.k, (select arg_max(t.id, t.b) from t where t.a = u.a and t.b < 20) as m from u",
      "p,1 ; p,6 ; q,1 ; r,null ; s,null"
    ),
    (
      "select x.id, x.b, y.id as o, y.b as p from t x left asof join (select * from t where id in "
        + "(1, 2, 3)) y match_condition (x.id >= y.id) on x.c = y.c",
      "1,10,1,10 ; 2,20,2,20 ; 3,null,3,null ; 4,5,null,null ; 5,7,null,null ; 6,10,3,null ; "
        + "6,10,3,null"
    ),
    (
      "select x.id, x.b, y.id as o, y.b as p from t x left asof join (select * from t where id in "
        + "(1, 2, 3)) y match_condition (x.id > y.id) on x.c = y.c",
      "1,10,null,null ; 2,20,null,null ; 3,null,1,10 ; 4,5,null,null ; 5,7,null,null ; 6,10,3,null "
        + "; 6,10,3,null"
    ),
    (
      "select x.id, x.b, y.id as o, y.b as p from t x left asof join (select * from t where id in "
        + "(1, 2, 3)) y match_condition (x.id <= y.id) on x.c = y.c",
      "1,10,1,10 ; 2,20,2,20 ; 3,null,3,null ; 4,5,null,null ; 5,7,null,null ; 6,10,null,null ; "
        + "6,10,null,null"
    ),
    (
      "select x.id, x.b, y.id as o, y.b as p from t x left asof join (select * from t where id in "
        + "(1, 2, 3)) y match_condition (x.id < y.id) on x.c = y.c",
      "1,10,3,null ; 2,20,null,null ; 3,null,null,null ; 4,5,null,null ; 5,7,null,null ; "
        + "6,10,null,null ; 6,10,null,null"
    ),
  ]
}

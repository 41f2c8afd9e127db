/// Quantified comparisons, subqueries in unusual places, PIVOT and stars that change, over the same tables.
extension SemanticsCases {
  static let comparisons: [(query: String, rows: String)] = [
    (
      "select id from t where b > all (select n from w)",
      ""
    ),
    (
      "select id, b > all (select n from w where n is not null) as x from t",
      "1,FALSE ; 2,TRUE ; 3,null ; 4,FALSE ; 5,FALSE ; 6,FALSE ; 6,FALSE"
    ),
    (
      "select id, b > all (select n from w) as x, b >= any (select n from w) as y from t",
      "1,FALSE,TRUE ; 2,null,TRUE ; 3,null,null ; 4,FALSE,null ; 5,FALSE,TRUE ; 6,FALSE,TRUE ; 6,FALSE,TRUE"
    ),
    (
      "select id, b < any (select n from w) as x, b = all (select n from w) as y, b <> any (select n "
        + "from w) as z from t",
      "1,null,FALSE,TRUE ; 2,null,FALSE,TRUE ; 3,null,null,null ; 4,TRUE,FALSE,TRUE ; "
        + "5,TRUE,FALSE,TRUE ; 6,null,FALSE,TRUE ; 6,null,FALSE,TRUE"
    ),
    (
      "select id, b > all (select n from e) as x, b < any (select n from e) as y from t",
      "1,TRUE,FALSE ; 2,TRUE,FALSE ; 3,TRUE,FALSE ; 4,TRUE,FALSE ; 5,TRUE,FALSE ; 6,TRUE,FALSE ; 6,TRUE,FALSE"
    ),
    (
      "select id, a = all (select u.a from u where u.a = t.a) as x, a <> any (select u.n from u) as y from t",
      "1,TRUE,TRUE ; 2,TRUE,TRUE ; 3,TRUE,TRUE ; 4,TRUE,null ; 5,TRUE,TRUE ; 6,TRUE,TRUE ; 6,TRUE,TRUE"
    ),
    (
      "select id from t where not (b <= any (select n from w where n > 8))",
      "2"
    ),
    (
      "select id from t where a > all (1, 0) and a < any (3, 1)",
      "3 ; 6 ; 6"
    ),
    (
      "select t.id, w.n from t join w on t.b = w.n and t.id < (select max(n) from u)",
      "1,10"
    ),
    (
      "select t.id, w.n from t left join w on t.b = w.n and t.id < (select max(n) from u)",
      "1,10 ; 2,null ; 3,null ; 4,null ; 5,null ; 6,null ; 6,null"
    ),
    (
      "select t.id, w.n from t left join w on t.b = w.n and w.n in (select n + 6 from u)",
      "1,10 ; 2,null ; 3,null ; 4,null ; 5,7 ; 6,10 ; 6,10"
    ),
    (
      "select t.id, u.k from t full join u on t.a = u.a and exists (select 1 from w where w.n = u.n + 8)",
      "1,q ; 2,q ; 3,null ; 4,null ; 5,null ; 6,null ; 6,null ; null,p ; null,p ; null,r ; null,s"
    ),
    (
      "select c, sum((select count(*) from u where u.a = t.a)) as n from t group by c",
      "null,0 ; x,5 ; y,2 ; z,0"
    ),
    (
      "select sum(case when a in (select a from u where k = 'p') then 1 else 0 end) as n from t",
      "5"
    ),
    (
      "select c, count(*) filter (where exists (select 1 from u where u.a = t.a)) as n from t group by c",
      "null,0 ; x,4 ; y,1 ; z,0"
    ),
    (
      "select id, array(select k from u where u.a = t.a) as ks from t",
      "1,[p, q] ; 2,[p, q] ; 3,[p] ; 4,[] ; 5,[] ; 6,[p] ; 6,[p]"
    ),
    (
      "select array(select a from u) as x, array(select n from e) as y",
      "[NULL, 1, 1, 2, 4],[]"
    ),
    (
      "select map(select k, n from u where n is not null)['q'] as x",
      "2"
    ),
    (
      "select * from (select a, c, b from t) pivot (sum(b) as s, count(*) as n for c in ('x' as x, "
        + "'y' as y))",
      "1,10,1,20,1 ; 2,20,3,null,0 ; 3,null,0,null,0 ; null,null,0,null,0"
    ),
    (
      "select * from (select c, b from t) pivot (max(b) for c in ('x', 'z' as z)) as p (l, m)",
      "10,5"
    ),
    (
      "select * from (select a, c, b from t) pivot (count(*) for (a, c) in ((1, 'x') as p, (2, 'x') as q))",
      "10,1,2 ; 20,0,0 ; 5,0,0 ; 7,0,0 ; null,0,1"
    ),
    (
      "select * except (ts, c) from t",
      "1,1,10 ; 2,1,20 ; 3,2,null ; 4,null,5 ; 5,3,7 ; 6,2,10 ; 6,2,10"
    ),
    (
      "select t.* exclude (ts) replace (b + 1 as b) from t where id < 3",
      "1,1,11,x ; 2,1,21,y"
    ),
    (
      "select id, x from t cross apply (select max(n) as x from u where u.a = t.a) v",
      "1,2 ; 2,2 ; 3,null ; 4,null ; 5,null ; 6,null ; 6,null"
    ),
    (
      "select id, k from t outer apply (select k from u where u.a = t.a) v",
      "1,p ; 1,q ; 2,p ; 2,q ; 3,p ; 4,null ; 5,null ; 6,p ; 6,p"
    ),
    (
      "select id, case when exists (select 1 from u where u.a = t.a) then (select max(k) from u "
        + "where u.a = t.a) else 'none' end as k from t",
      "1,q ; 2,q ; 3,p ; 4,none ; 5,none ; 6,p ; 6,p"
    ),
    (
      "select c, count(*) as n from t group by c having count(*) > (select count(*) from u where k = "
        + "'p') - 1",
      "x,4"
    ),
    (
      "select * from (values (1, 'a'), (2, 'b')) as v (n, s)",
      "1,a ; 2,b"
    ),
    (
      "select id from t where (a, c) in (select a, case when k = 'p' then 'x' else 'y' end from u)",
      "1 ; 2 ; 3 ; 6 ; 6"
    ),
    (
      "select id from t where (coalesce(id, 0), 1) not in (select coalesce(n, 0), 1 from u)",
      "3 ; 6 ; 6"
    ),
    (
      "select id, (coalesce(id, 0), 1) in (select coalesce(n, 0), 1 from u) as x from t",
      "1,TRUE ; 2,TRUE ; 3,FALSE ; 4,TRUE ; 5,TRUE ; 6,FALSE ; 6,FALSE"
    ),
    (
      "select a, c, count(*) as n from t group by distinct rollup (a, c), a",
      "1,null,2 ; 1,x,1 ; 1,y,1 ; 2,null,3 ; 2,x,3 ; 3,null,1 ; 3,null,1 ; null,null,1 ; null,z,1"
    ),
    (
      "select t.id, cast(t.id as varchar) from t where id < 3 and cast('2024-13-01' || '' as date) is null",
      "1,1 ; 2,2"
    ),
    (
      "select id from t where cast(c as timestamp) is null and c is not null",
      "1 ; 2 ; 3 ; 4 ; 6 ; 6"
    ),
  ]
}

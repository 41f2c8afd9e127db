/// Arrays taken apart and put together, over the same tables; arrays without an order are in that of their
/// values.
extension SemanticsCases {
  static let nested: [(query: String, rows: String)] = [
    (
      "select id, x from t, unnest(array[a, b]) as l (x) where id < 4",
      "1,1 ; 1,10 ; 2,1 ; 2,20 ; 3,2 ; 3,null"
    ),
    (
      "select id, x, n from t cross join unnest(split(c, '')) with ordinality as l (x, n) where id in (1, 5)",
      "1,x,1"
    ),
    (
      "select t.id, x from t left join unnest(case when a > 1 then array[b, a] end) as l (x) on true",
      "1,null ; 2,null ; 3,2 ; 3,null ; 4,null ; 5,3 ; 5,7 ; 6,10 ; 6,10 ; 6,2 ; 6,2"
    ),
    (
      "select id from t where 20 in (select x from unnest(array[a, b]) as l (x))",
      "2"
    ),
    (
      "select id, (select max(x) from unnest(array[a, b, 8]) as l (x)) as m from t",
      "1,10 ; 2,20 ; 3,8 ; 4,8 ; 5,8 ; 6,10 ; 6,10"
    ),
    (
      "select x, count(*) as n from t, unnest(array[a, 2]) as l (x) group by x",
      "1,2 ; 2,10 ; 3,1 ; null,1"
    ),
    (
      "select x from unnest(array[1, 2]) as l (x) union all select a from u",
      "1 ; 1 ; 1 ; 2 ; 2 ; 4 ; null"
    ),
    (
      "select k, v from unnest(map['b', 2, 'a', 1]) as m (k, v)",
      "a,1 ; b,2"
    ),
    (
      "select p.x, p.y from unnest(array[row(1, 'a'), row(2, 'b')]) as p (x, y)",
      "1,a ; 2,b"
    ),
    (
      "select x, y, n from unnest(array[1, 2], array['a', 'b']) with ordinality as l (x, y, n)",
      "1,a,1 ; 1,b,2 ; 2,a,3 ; 2,b,4"
    ),
    (
      "select a, array_agg(b) as bs from t group by a",
      "1,[10, 20] ; 2,[NULL, 10, 10] ; 3,[7] ; null,[5]"
    ),
    (
      "select c, array_agg(id order by b desc, id) as ids from t group by c",
      "null,[5] ; x,[3, 1, 6, 6] ; y,[2] ; z,[4]"
    ),
    (
      "select c, array_agg(distinct b) as bs, count(*) as n from t group by c",
      "null,[7],1 ; x,[NULL, 10],4 ; y,[20],1 ; z,[5],1"
    ),
    (
      "select c, array_agg(id) filter (where b > 5) as ids from t group by c",
      "null,[5] ; x,[1, 6, 6] ; y,[2] ; z,[]"
    ),
    (
      "select c, array_agg(b ignore nulls) as bs from t group by c",
      "null,[7] ; x,[10, 10, 10] ; y,[20] ; z,[5]"
    ),
    (
      "select array_agg(n) as a, max(n) as m from e",
      "[],null"
    ),
    (
      "select bit_and(b) as x, bit_or(b) as y, bit_xor(b) as z from t",
      "0,31,28"
    ),
    (
      "select c, bit_xor(distinct id) as x, bit_or(b) filter (where a = 1) as o from t group by c",
      "null,5,null ; x,4,10 ; y,2,20 ; z,4,null"
    ),
    (
      "select bit_and(n) as x, mode(n) as m from e",
      "null,null"
    ),
    (
      "select mode(a) as m, mode(c) as s from t",
      "2,x"
    ),
    (
      "select c, listagg(id, '-') within group (order by id desc) as ids from t group by c",
      "null,5 ; x,6-6-3-1 ; y,2 ; z,4"
    ),
    (
      "select string_agg(c, '+') as s from t where id < 5",
      "x+x+y+z"
    ),
    (
      "select string_agg(c, '+' order by id desc) as s from t where id < 5",
      "z+x+y+x"
    ),
    (
      "select count(a, b) as n, count(c) as m from t",
      "5,6"
    ),
    (
      "select regr_count(a, b) as n, cast(regr_sxx(a, b) as int) as x, cast(regr_syy(b, a) as int) as y "
        + "from t",
      "5,99,99"
    ),
    (
      "select u.k, (select array_agg(t.id) from t where t.a = u.a) as ids from u",
      "p,[1, 2] ; p,[3, 6, 6] ; q,[1, 2] ; r,[] ; s,[]"
    ),
  ]
}

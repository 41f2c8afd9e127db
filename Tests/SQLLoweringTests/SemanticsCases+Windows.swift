/// Window functions that pass over NULLs, shares of rows, and RANGE frames over more types, on the same tables.
extension SemanticsCases {
  static let windows: [(query: String, rows: String)] = [
    (
      "select id, lag(b) ignore nulls over (order by id) as x, lead(b, 2) ignore nulls over (order "
        + "by id) as y, lag(b, 1, -1) ignore nulls over (order by id) as z from t where id < 6",
      "1,null,5,-1 ; 2,10,7,10 ; 3,20,7,20 ; 4,20,null,20 ; 5,5,null,5"
    ),
    (
      "select id, first_value(b) ignore nulls over (order by id rows between 1 preceding and 1 "
        + "following) as f, last_value(b) ignore nulls over (order by id rows between 1 preceding "
        + "and 1 following) as l, nth_value(b, 2) ignore nulls over (order by id rows between "
        + "unbounded preceding and current row) as n from t where id < 6",
      "1,10,20,null ; 2,10,20,20 ; 3,20,5,20 ; 4,5,7,20 ; 5,5,7,20"
    ),
    (
      "select id, percent_rank() over (order by b) as p, cume_dist() over (order by b) as c from t "
        + "where b is not null and id <> 5",
      "1,0.25,0.8 ; 2,1.0,1.0 ; 4,0.0,0.2 ; 6,0.25,0.8 ; 6,0.25,0.8"
    ),
    (
      "select c, percent_rank() over (partition by c order by id) as p from t where id in (1, 3, 4)",
      "x,0.0 ; x,1.0 ; z,0.0"
    ),
    (
      "select id, sum(id) over (order by cast(b as decimal(10, 2)) / 10 range between 0.35 "
        + "preceding and current row) as s from t where b is not null",
      "1,18 ; 2,2 ; 4,4 ; 5,9 ; 6,18 ; 6,18"
    ),
    (
      "select id, count(*) over (order by cast(b as decimal(10, 2)) desc range between 5 preceding "
        + "and 2 following) as n from t where b is not null",
      "1,3 ; 2,1 ; 4,5 ; 5,5 ; 6,3 ; 6,3"
    ),
    (
      "select id, count(*) over (order by cast(ts as time) range between interval '5' second "
        + "preceding and current row) as n from t where ts is not null",
      "1,1 ; 2,1 ; 3,3 ; 4,3 ; 5,1"
    ),
  ]
}

/// Views of `SampleProgram` over joins that keep rows without a match, and subqueries.
enum JoinViews {
  static let views: [(name: String, query: String)] = [
    ("left_keys", "select o.id, c.name from orders o left join customers c on o.customer = c.id"),
    (
      "left_more",
      "select o.id, c.name from orders o left join customers c on o.customer = c.id and o.amount > 20 "
        + "and c.region = 'a'"
    ),
    ("right_keys", "select o.id, c.name from orders o right join customers c on o.customer = c.id"),
    ("full_keys", "select o.id, c.id as c from orders o full join customers c on o.customer = c.id"),
    (
      "full_bags",
      "select a.value as x, b.value as y from events a full join events b "
        + "on a.kind = b.kind and a.value < b.value"
    ),
    ("left_theta", "select c.id, e.value from customers c left join events e on c.id < e.value"),
    ("left_never", "select c.id, e.value from customers c left join events e on 1 = 2"),
    (
      "left_chain",
      "select o.id, c.name, e.kind from orders o left join customers c on o.customer = c.id "
        + "left join events e on e.value = c.id where o.amount > 10"
    ),
    (
      "left_lonely", "select o.id from orders o left join customers c on o.customer = c.id where c.id is null"
    ),
    (
      "using_full",
      "select id, n.name, m.region from customers n full join (select id, region from customers where id > 2) m using (id)"
    ),
    ("natural_left", "select * from customers natural left join (select id, amount from orders) o"),
    ("in_query", "select id from orders where customer in (select id from customers)"),
    ("not_in_null", "select value from events where value not in (select customer from orders)"),
    ("not_in_known", "select id from customers where id not in (select id from orders where amount > 30)"),
    (
      "exists_equal",
      "select c.name from customers c where exists (select * from orders o where o.customer = c.id)"
    ),
    (
      "exists_theta",
      "select c.id from customers c where not exists "
        + "(select 1 from events e where e.value > c.id and e.flag)"
    ),
    ("exists_alone", "select kind from events where exists (select 1 from customers where region = 'x')"),
    ("in_value", "select value, value in (select customer from orders) as known from events"),
    (
      "in_either",
      "select id from orders o where o.amount < 5 or o.customer in "
        + "(select c.id from customers c where c.name = o.note)"
    ),
    ("scalar_max", "select id, amount, (select max(amount) from orders) as top from orders"),
    (
      "scalar_correlated",
      "select c.id, (select sum(o.amount) from orders o where o.customer = c.id) as total, "
        + "(select count(*) from orders o where o.customer = c.id) as n from customers c"
    ),
    (
      "scalar_where",
      "select e.kind, e.value from events e where e.value > "
        + "(select avg(x.value) from events x where x.kind = e.kind)"
    ),
    (
      "scalar_limit",
      "select c.id, (select o.id from orders o where o.customer = c.id "
        + "order by o.amount desc, o.id limit 1) as best from customers c"
    ),
    (
      "scalar_having",
      "select kind, count(*) as n from events group by kind having count(*) > (select count(*) from customers) - 3"
    ),
    (
      "scalar_grouped",
      "select kind, (select count(*) from customers c where c.name = e.kind) as n, sum(value) as s "
        + "from events e group by kind"
    ),
    (
      "two_levels",
      "select c.id from customers c where exists (select 1 from orders o where o.customer = c.id "
        + "and exists (select 1 from events e where e.value = o.customer and e.kind = c.name))"
    ),
    (
      "lateral_top",
      "select c.id, t.id as o from customers c, lateral (select o.id from orders o where o.customer = c.id order by o.id limit 2) t"
    ),
    (
      "lateral_left",
      "select c.id, t.n from customers c left join lateral "
        + "(select o.note, count(*) as n from orders o where o.customer = c.id group by o.note) t on t.n > 1"
    ),
  ]
}

/// Views over windows and top-K.
enum WindowViews {
  static let views: [(name: String, query: String)] = [
    ("top_orders", "select id, amount from orders order by amount desc nulls last, id limit 3"),
    ("top_skip", "select kind, value from events order by value, kind desc limit 4 offset 2"),
    ("any_two", "select kind from events limit 2"),
    ("sorted_only", "select kind, value from events order by value"),
    (
      "best_per_customer",
      "select id, customer, amount from (select *, row_number() over "
        + "(partition by customer order by amount desc, id) as n from orders) t where n <= 2"
    ),
    (
      "ranked",
      "select * from (select kind, value, rank() over (partition by kind order by value desc) as r from events) t where r < 3"
    ),
    (
      "dense",
      "select * from (select kind, value, dense_rank() over (order by value) as r, "
        + "row_number() over (order by value) as n from events) t where 2 >= r"
    ),
    (
      "numbered",
      "select kind, value, row_number() over (partition by flag order by score desc, value) as n from events"
    ),
    (
      "qualified",
      "select kind, value from events qualify row_number() over (partition by kind order by score) = 1"
    ),
    (
      "ranks",
      "select value, rank() over (order by value) as r, dense_rank() over (order by value) as d, "
        + "ntile(3) over (order by value) as t from events"
    ),
    (
      "shifts",
      "select kind, value, lag(value) over (partition by kind order by value) as before, "
        + "lead(value, 2, -1) over (partition by kind order by value) as behind from events"
    ),
    (
      "ends",
      "select kind, first_value(value) over (partition by kind order by score) as f, "
        + "last_value(value) over (partition by kind order by score) as l, "
        + "last_value(value) over (partition by kind order by score rows between 1 preceding and 1 following) as m "
        + "from events"
    ),
    (
      "running",
      "select id, sum(amount) over (partition by customer order by id) as s, "
        + "avg(amount) over (partition by customer order by id rows between 2 preceding and current row) as a, "
        + "count(*) over (partition by customer) as n from orders"
    ),
    (
      "ranges",
      "select value, sum(value) over (order by value range between 1 preceding and 2 following) as s, "
        + "min(score) over (order by value desc range between 2 preceding and current row) as m, "
        + "max(score) over (order by value range between 1 following and unbounded following) as x, "
        + "count(value) over (order by value range between unbounded preceding and 1 preceding) as c from events"
    ),
    (
      "rows_frames",
      "select value, min(value) over (order by score, value rows between 3 preceding and 1 preceding) as m, "
        + "sum(score) over (order by score, value rows between current row and 2 following) as s, "
        + "avg(score) over (order by score, value rows between unbounded preceding and 1 following) as a from events"
    ),
    (
      "days",
      "select id, count(*) over (order by placed range between interval '500' day preceding and current row) as n "
        + "from orders"
    ),
    (
      "over_groups",
      "select kind, sum(value) as s, rank() over (order by sum(value) desc) as r from events group by kind"
    ),
    (
      "tumbled",
      "select window_start, window_end, count(*) as n from "
        + "table(tumble(table orders, descriptor(placed), interval '30' day)) group by window_start, window_end"
    ),
    (
      "hopped",
      "select id, window_start from table(hop(table orders, descriptor(placed), interval '100' day, interval '250' day))"
    ),
    (
      "sessions",
      "select customer, window_start, window_end, count(*) as n from table(session(table orders, "
        + "descriptor(placed), descriptor(customer), interval '470' day)) group by customer, window_start, window_end"
    ),
    (
      "tumble_groups",
      "select tumble_start(placed, interval '1' hour) as s, tumble_end(placed, interval '1' hour) as e, "
        + "count(*) as n from orders group by tumble(placed, interval '1' hour)"
    ),
  ]
}

/// Views over set operations, grouping sets and aggregates made of others.
enum QueryViews {
  static let views: [(name: String, query: String)] = [
    ("both", "select customer from orders intersect select value from events"),
    ("both_all", "select value from events intersect all select customer from orders"),
    ("less", "select value from events except select customer from orders"),
    ("less_all", "select value, kind from events except all select value, kind from events where flag"),
    (
      "mixed_sets",
      "select id from customers union (select value from events except all select customer from orders)"
    ),
    (
      "rolled",
      "select kind, flag, count(*) as n, grouping(kind, flag) as g from events group by rollup (kind, flag)"
    ),
    ("cubed", "select kind, flag, sum(value) as s from events group by cube (kind, flag)"),
    (
      "sets",
      "select region, name, count(*) as n, grouping(region) as g from customers "
        + "group by grouping sets ((region), (name), ()) having count(*) > 1"
    ),
    (
      "filtered",
      "select kind, count(*) filter (where value > 2) as n, sum(score) filter (where flag) as s, "
        + "count(distinct value) filter (where value < 4) as d from events group by kind"
    ),
    (
      "logical",
      "select kind, bool_and(flag) as a, every(value > 1) as e, bool_or(flag) as o, countif(flag) as n "
        + "from events group by kind"
    ),
    (
      "spread",
      "select kind, stddev_pop(score) as sp, stddev(score) as s, var_pop(score) as vp, variance(score) as v, "
        + "covar_pop(score, value) as cp, covar_samp(score, value) as cs from events group by kind"
    ),
    (
      "chosen",
      "select kind, arg_max(score, value) as x, arg_min(value, score) filter (where flag) as n, count(*) as c "
        + "from events group by kind"
    ),
    ("chosen_all", "select arg_max(id, amount) as best, arg_min(note, amount) as worst from orders"),
    (
      "nearest",
      "select o.id, c.id as c from orders o left asof join customers c "
        + "match_condition (o.id >= c.id) on o.note = c.name"
    ),
    (
      "window_clause",
      "select value, sum(value) over w as s, lag(value) over w as l from events window w as (partition by flag order by value)"
    ),
    ("distinct_over", "select distinct kind, count(*) over (partition by kind) as n from events"),
  ]
}

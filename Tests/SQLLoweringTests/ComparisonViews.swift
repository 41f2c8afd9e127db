/// Views of `SampleProgram` with quantified comparisons, subqueries in unusual places, and PIVOT.
enum ComparisonViews {
  static let views: [(name: String, query: String)] = [
    (
      "above_all",
      "select value from events where value >= all (select customer from orders where id < value)"
    ),
    ("below_any", "select value, value < any (select customer from orders) as b from events"),
    (
      "equal_all",
      "select c.id, c.id = all (select o.customer from orders o where o.customer = c.id) as e, "
        + "c.id <> some (select o.customer from orders o where o.amount > c.id) as u from customers c"
    ),
    ("quantified_list", "select value from events where value >= all (1, 2, 3) or value = any (0, 2)"),
    (
      "on_inner",
      "select o.id, c.name from orders o join customers c on o.customer = c.id "
        + "and o.amount >= (select min(amount) from orders)"
    ),
    (
      "on_left",
      "select o.id, c.name from orders o left join customers c on o.customer = c.id "
        + "and c.id in (select value from events) and o.amount > (select min(x.amount) from orders x "
        + "where x.customer = o.customer)"
    ),
    (
      "on_full",
      "select o.id, c.id as c from orders o full join customers c on o.customer = c.id "
        + "and exists (select 1 from events e where e.value = c.id)"
    ),
    (
      "aggregated_subquery",
      "select kind, sum((select count(*) from customers c where c.id = e.value)) as n, "
        + "max(case when e.value in (select customer from orders) then e.value end) as m "
        + "from events e group by kind"
    ),
    (
      "arrays_of_query",
      "select c.id, array(select o.id from orders o where o.customer = c.id) as ids from customers "
        + "c"
    ),
    ("rows_of_query", "select cardinality(array(select kind, value from events)) as n from customers"),
    ("map_of_query", "select cardinality(map(select id, name from customers)) as n"),
    (
      "pivoted",
      "select * from (select kind, flag, value from events) "
        + "pivot (sum(value) as s, count(*) as n for flag in (true as t, false as f))"
    ),
    (
      "pivoted_pairs",
      "select * from events pivot (max(score) for (kind, value) in (('a', 1) as a1, ('b', 2) as b2)) as p"
    ),
    ("star_changed", "select * except (note, placed) replace (amount * 2 as amount) from orders"),
    ("applied", "select e.kind, x from events e cross apply unnest(array[e.value, 1]) as t (x)"),
    (
      "applied_outer",
      "select c.id, o.id as oid from customers c outer apply (select id from orders o where "
        + "o.customer = c.id) o"
    ),
    (
      "rows_in",
      "select kind from events where (value, kind) in (select customer, note from orders)"
    ),
    (
      "rows_not_in",
      "select id from customers where (id, 1) not in (select id, 1 from orders where amount > 30)"
    ),
    (
      "hopped_named",
      "select id, window_end from table(hop(data => table orders, size => interval '250' day, "
        + "slide => interval '125' day, timecol => descriptor(placed)))"
    ),
    (
      "grouped_distinct",
      "select kind, flag, count(*) as n from events group by distinct rollup (kind, flag), kind"
    ),
  ]
}
